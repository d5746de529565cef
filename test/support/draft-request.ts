import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import type { Conversation, FoundPassage, Message, Triage } from "../../src/core/words.ts";
import type { DraftRequest } from "../../src/ports/drafter.ts";

const AT = new Date("2026-11-20T10:00:00Z");

/** A customer's message of a website chat. */
export function customerSays(text: string, change: Partial<Message> = {}): Message {
  return {
    id: 100,
    type: "incoming",
    private: false,
    text,
    createdAt: AT,
    sender: { type: "contact", id: 77, name: "Rosa Lind" },
    attachments: [],
    mark: null,
    deleted: false,
    autoReply: false,
    externalError: null,
    ...change,
  };
}

/** A passage as search finds it. */
export function foundPassage(change: Partial<FoundPassage> & Pick<FoundPassage, "passageId" | "text">): FoundPassage {
  const sourceId = change.passageId.split("#")[0] ?? change.passageId;
  return {
    sourceId,
    title: sourceId,
    titlePath: [],
    url: null,
    updatedAt: new Date("2026-05-02T00:00:00Z"),
    safety: false,
    relevance: 0.8,
    coverage: 0.8,
    why: "",
    ...change,
  };
}

/** What a drafter is given for one message of a customer. */
export function draftRequest(
  text: string,
  passages: FoundPassage[],
  change: Partial<Omit<DraftRequest, "triage" | "style">> & { triage?: Partial<Triage>; style?: Partial<DraftRequest["style"]> } = {},
): DraftRequest {
  const burst = change.burst ?? [customerSays(text)];
  const conversation: Conversation = {
    accountId: 1,
    id: 123,
    inboxId: 4,
    channel: "Channel::WebWidget",
    status: "open",
    canReply: true,
    muted: false,
    labels: [],
    priority: null,
    contact: { id: 77, name: "Rosa Lind", email: null, phone: null, blocked: false, customAttributes: {} },
    assigneeId: null,
    teamId: null,
    waitingSince: AT,
    hmacVerified: true,
    customAttributes: {},
  };
  return {
    approvalId: null,
    conversation,
    history: burst,
    burst,
    customerMessage: text,
    findings: { passages, contradictions: [], answerable: 0.8 },
    instruction: null,
    approvedBefore: null,
    houseStyle: { version: 0, rules: [] },
    ...change,
    style: { ...DEFAULT_POLICY.style, ...change.style },
    triage: {
      intent: "product_question",
      sentiment: "neutral",
      language: "en",
      flags: [],
      needsReply: true,
      urgency: "normal",
      reasons: [],
      ...change.triage,
    },
  };
}
