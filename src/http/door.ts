import { createHash, timingSafeEqual } from "node:crypto";
import express, { type Request, type Response } from "express";
import { z } from "zod";
import { uuidOf } from "../core/hash.ts";
import { Problem } from "../core/problem.ts";
import { receiveDelivery } from "../flow/receive-delivery.ts";
import type { DeliveryReader, Ports } from "../ports.ts";
import { createRefusals } from "./door-refusals.ts";
import { problemOf } from "./problem-response.ts";
import { type Operation, type Route, route } from "./route.ts";

/** A long e-mail carries its text several times, so one delivery may be this long. */
export const MAX_DELIVERY_BYTES = 10 * 1024 * 1024;

/** What Chatwoot sends; any other word a verified delivery brings is counted together, so that no sender can make metrics grow. */
const EVENTS = new Set([
  "conversation_created",
  "conversation_updated",
  "conversation_status_changed",
  "conversation_typing_on",
  "conversation_typing_off",
  "message_created",
  "message_updated",
  "webwidget_triggered",
  "contact_created",
  "contact_updated",
  "inbox_created",
  "inbox_updated",
]);

const HEADERS = { delivery: "x-chatwoot-delivery", signature: "x-chatwoot-signature", timestamp: "x-chatwoot-timestamp" } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const readRaw = express.raw({ type: () => true, limit: MAX_DELIVERY_BYTES, inflate: false });

type DoorPorts = Pick<Ports, "store" | "clock" | "settings" | "metrics" | "log">;

/** Takes Chatwoot's deliveries: verified over the raw bytes, then read, then committed, and only then answered 202. */
export function doorRoutes(ports: DoorPorts, { reader, pathSecret }: { reader: DeliveryReader; pathSecret: string | null }): Route[] {
  const refusals = createRefusals(ports);

  async function receive(req: Request, res: Response, trusted: boolean) {
    const startedAt = performance.now();
    try {
      const taken = await open(req, res, trusted);
      ports.metrics.delivery(taken.event, taken.status);
      const { event, ...body } = taken;
      res.locals.about = { event, delivery_id: body.delivery_id, outcome: body.status, ...(body.reason && { reason: body.reason }) };
      return { status: 202, body };
    } catch (error) {
      const problem = problemOf(error);
      if (problem) refusals.record(problem, req);
      throw error;
    } finally {
      ports.metrics.doorDuration((performance.now() - startedAt) / 1000);
    }
  }

  async function open(req: Request, res: Response, trusted: boolean) {
    refuseOtherTypes(req);
    const rawBody = await rawBodyOf(req, res);
    const signature = onlyOne(req, HEADERS.signature, "bad_signature");
    const timestamp = onlyOne(req, HEADERS.timestamp, "bad_signature");
    const { delivery, body } = reader.read({ rawBody, signature, timestamp, trusted });
    const deliveryId = deliveryIdOf(req, rawBody);
    const event = EVENTS.has(delivery.event) ? delivery.event : "other";
    try {
      const taken = await receiveDelivery(ports, { deliveryId, delivery, body, source: "webhook" });
      return { event, status: taken.status, delivery_id: taken.deliveryId, ...(taken.reason !== null && { reason: taken.reason }) };
    } catch (error) {
      if (problemOf(error)) throw error;
      ports.log.error({ err: error, delivery_id: deliveryId, event }, "a verified delivery could not be recorded");
      throw new Problem("unavailable", "The delivery could not be recorded.", { cause: error, retryAfterSeconds: 5 });
    }
  }

  return [
    route({
      method: "post",
      path: "/webhooks/chatwoot",
      access: "open",
      operation: operation("receiveDelivery", "Takes one signed delivery from Chatwoot"),
      handle: ({ req, res }) => receive(req, res, false),
    }),
    route({
      method: "post",
      path: "/webhooks/chatwoot/{path_secret}",
      access: "open",
      operation: operation("receiveUnsignedDelivery", "Takes one delivery from a Chatwoot before 4.11.2, which signs nothing", true),
      params: z.object({ path_secret: z.string() }),
      handle: ({ req, res, params }) => {
        if (pathSecret !== null && sameSecret(params.path_secret, pathSecret)) return receive(req, res, true);
        const problem = new Problem("not_found", "There is nothing at this address.");
        refusals.record(problem, req);
        throw problem;
      },
    }),
  ];
}

function refuseOtherTypes(req: Request): void {
  const [type, ...parameters] = (req.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  if (type?.trim() !== "application/json" || (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))) {
    throw new Problem("unsupported_media_type", "Send Content-Type: application/json in UTF-8.");
  }
  if ((req.get("content-encoding") ?? "identity").toLowerCase() !== "identity") {
    throw new Problem("unsupported_media_type", "Send the body without a Content-Encoding; the signature is over the raw bytes.");
  }
}

async function rawBodyOf(req: Request, res: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => readRaw(req, res, (error?: unknown) => (error ? reject(error) : resolve())));
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}

/** Node joins a header that came twice; which of the two was meant is not ours to guess. */
function onlyOne(req: Request, name: string, code: "bad_signature" | "invalid_payload"): string | undefined {
  const values = req.headersDistinct[name] ?? [];
  if (values.length > 1) throw new Problem(code, `The header ${name} came ${values.length} times.`);
  return values[0];
}

/** The id that makes a repeated delivery a duplicate. Chatwoot before 4.11.2 sends none: then the same body is the same delivery. */
function deliveryIdOf(req: Request, rawBody: Buffer): string {
  const given = onlyOne(req, HEADERS.delivery, "invalid_payload");
  if (given === undefined) return uuidOf(rawBody);
  if (!UUID.test(given)) throw new Problem("invalid_payload", "X-Chatwoot-Delivery is not a UUID.");
  return given.toLowerCase();
}

/** Compares hashes, so that neither content nor length of the secret shows in the time it takes. */
function sameSecret(given: string, secret: string): boolean {
  const hash = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(hash(given), hash(secret));
}

function operation(id: string, summary: string, unsigned = false): Operation {
  const signed = z.object({
    "x-chatwoot-signature": z.string().meta({ description: "`sha256=` and the HMAC of `timestamp.body` in hex." }),
    "x-chatwoot-timestamp": z.string().meta({ description: "Unix seconds, at most `SIGNATURE_TOLERANCE_SECONDS` from now." }),
    "x-chatwoot-delivery": z.guid().optional().meta({ description: "Missing: the same body counts as the same delivery." }),
  });
  return {
    id,
    summary,
    tag: "Door",
    ...(!unsigned && { headers: signed }),
    answers: [
      {
        status: 202,
        description: "Committed, or nothing that needs doing",
        schema: z.object({
          status: z.enum(["accepted", "duplicate", "ignored"]),
          delivery_id: z.guid(),
          reason: z.string().optional().meta({ description: "Why it was ignored." }),
        }),
      },
    ],
    problems: [
      ...(unsigned ? (["not_found"] as const) : (["missing_signature", "bad_signature", "stale_timestamp"] as const)),
      "invalid_json",
      "invalid_payload",
      "unsupported_media_type",
      "payload_too_large",
      "unavailable",
    ],
  };
}
