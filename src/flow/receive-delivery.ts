import { type Delivery, type Meaning, meaningOf } from "../core/delivery.ts";
import type { NewJob } from "../ports/jobs.ts";
import type { DeliveryOutcome, DeliverySource, NewDelivery } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { conversationKey } from "./keys.ts";

/** Records a verified delivery once, together with the job it causes. Answers only after both are committed. */
export async function receiveDelivery(
  { store, clock, settings }: Pick<Ports, "store" | "clock" | "settings">,
  given: { deliveryId: string; delivery: Delivery; body: string; source: DeliverySource },
): Promise<{ status: DeliveryOutcome; reason: string | null; deliveryId: string }> {
  const { row, job } = recordOf(given, settings, clock.now());
  const result = await store.ingest(row, job);
  if (result === "duplicate") return { status: "duplicate", reason: null, deliveryId: given.deliveryId };
  return { status: row.outcome, reason: row.reason, deliveryId: given.deliveryId };
}

/** What a delivery leaves behind: its row, and the job it causes. */
export function recordOf(
  { deliveryId, delivery, body, source }: { deliveryId: string; delivery: Delivery; body: string; source: DeliverySource },
  settings: Pick<Ports["settings"], "accountId" | "draftDebounceSeconds">,
  receivedAt: Date,
): { row: NewDelivery; job: NewJob | null } {
  const meaning = meaningOf(delivery, settings.accountId);
  const accountId = delivery.accountId ?? settings.accountId;
  const row: NewDelivery = {
    deliveryId,
    accountId,
    event: delivery.event,
    conversationId: delivery.conversationId,
    messageId: delivery.message?.id ?? null,
    messageAt: delivery.message?.createdAt ?? null,
    body,
    receivedAt,
    source,
    outcome: meaning.kind === "ignored" ? "ignored" : "accepted",
    reason: reasonOf(meaning, delivery),
    fromCustomer: meaning.kind === "customer_message",
  };
  return { row, job: jobOf(row, meaning, delivery, settings) };
}

function reasonOf(meaning: Meaning, delivery: Delivery): string | null {
  if (meaning.kind === "ignored") return meaning.reason;
  return meaning.kind === "customer_message" && delivery.conversationStatus === "pending" ? "conversation_pending" : null;
}

function jobOf(row: NewDelivery, meaning: Meaning, delivery: Delivery, settings: { draftDebounceSeconds: number }): NewJob | null {
  if (meaning.kind === "ignored" || row.conversationId === null) return null;
  const ids = { deliveryId: row.deliveryId, conversationId: row.conversationId, messageId: row.messageId };
  if (meaning.kind === "customer_message") {
    return {
      kind: "draft-reply",
      id: row.deliveryId,
      key: conversationKey(row.accountId, row.conversationId),
      data: ids,
      startAfterSeconds: settings.draftDebounceSeconds,
    };
  }
  if (meaning.kind === "command")
    return { kind: "run-command", id: row.deliveryId, data: { ...ids, operatorId: delivery.message?.sender.id ?? null } };
  return {
    kind: "capture-outcome",
    id: row.deliveryId,
    data: { ...ids, what: meaning.kind, status: delivery.conversationStatus, csatRating: delivery.message?.csatRating ?? null },
  };
}
