import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { isUuid, uuidOf } from "../core/hash.ts";
import { Problem } from "../core/problem.ts";
import { receiveDelivery } from "../flow/receive-delivery.ts";
import type { DeliveryOutcome } from "../ports/store.ts";
import type { DeliveryReader, Ports } from "../ports.ts";
import { createRefusals } from "./door-refusals.ts";
import { problemOf } from "./problem-response.ts";
import { readBody } from "./read-body.ts";
import type { Operation, Route } from "./route.ts";

/** A long e-mail carries its text several times, so one delivery may be this long. */
const MAX_DELIVERY_BYTES = 10 * 1024 * 1024;

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

type DoorPorts = Pick<Ports, "store" | "clock" | "settings" | "metrics" | "log">;

/**
 * Takes Chatwoot's deliveries: verified over the raw bytes, then read, then committed, and only then answered 202. Its routes come before
 * all others, and what is read of a delivery is read once: the answer is waited for by Chatwoot, which hangs up after five seconds.
 */
export function doorRoutes(ports: DoorPorts, { reader, pathSecret }: { reader: DeliveryReader; pathSecret: string | null }): Route[] {
  const refusals = createRefusals(ports);

  function receive(path: string, isTrusted: (req: Request) => boolean): RequestHandler {
    return (req, res, next) => {
      const startedAt = performance.now();
      let bytes = Number(req.headers["content-length"]) || 0;
      const measure = () => ports.metrics.doorDuration((performance.now() - startedAt) / 1000);

      const refuse = (error: unknown) => {
        const problem = problemOf(error);
        if (problem) refusals.record(problem, bytes);
        measure();
        Object.assign(res.locals, { route: path, startedAt });
        next(error);
      };
      const open = async (rawBody: Buffer, trusted: boolean) => {
        bytes = rawBody.length;
        try {
          const taken = await take(req, rawBody, trusted);
          measure();
          answer(res, taken);
          tell(ports.log, path, startedAt, taken);
        } catch (error) {
          refuse(error);
        }
      };

      try {
        const trusted = isTrusted(req);
        refuseOtherTypes(req);
        readBody(req, MAX_DELIVERY_BYTES, (error, rawBody) => (error ? refuse(error) : void open(rawBody, trusted)));
      } catch (error) {
        refuse(error);
      }
    };
  }

  async function take(req: Request, rawBody: Buffer, trusted: boolean): Promise<Taken> {
    const signature = onlyOne(req, HEADERS.signature, "bad_signature");
    const timestamp = onlyOne(req, HEADERS.timestamp, "bad_signature");
    const { delivery, body } = reader.read({ rawBody, signature, timestamp, trusted });
    const deliveryId = deliveryIdOf(req, rawBody);
    const event = EVENTS.has(delivery.event) ? delivery.event : "other";
    try {
      const { status, reason } = await receiveDelivery(ports, { deliveryId, delivery, body, source: "webhook" });
      ports.metrics.delivery(event, status);
      return { event, body: { status, delivery_id: deliveryId, ...(reason !== null && { reason }) } };
    } catch (error) {
      if (problemOf(error)) throw error;
      ports.log.error({ err: error, delivery_id: deliveryId, event }, "a verified delivery could not be recorded");
      throw new Problem("unavailable", "The delivery could not be recorded.", { cause: error, retryAfterSeconds: 5 });
    }
  }

  const knowsSecret = (req: Request) => {
    if (pathSecret !== null && sameSecret(String(req.params.path_secret), pathSecret)) return true;
    throw new Problem("not_found", "There is nothing at this address.");
  };

  return [
    {
      method: "post",
      path: SIGNED,
      access: "open",
      operation: operation("receiveDelivery", "Takes one signed delivery from Chatwoot"),
      early: receive(SIGNED, () => false),
    },
    {
      method: "post",
      path: UNSIGNED,
      access: "open",
      operation: operation("receiveUnsignedDelivery", "Takes one delivery from a Chatwoot before 4.11.2, which signs nothing", true),
      params: z.object({ path_secret: z.string() }),
      early: receive(UNSIGNED, knowsSecret),
    },
  ];
}

const SIGNED = "/webhooks/chatwoot";
const UNSIGNED = "/webhooks/chatwoot/{path_secret}";

interface Taken {
  event: string;
  body: { status: DeliveryOutcome; delivery_id: string; reason?: string };
}

/** Written at once and by itself: Express would hash the body for an ETag and look up what is always the same. */
function answer(res: Response, { body }: Taken): void {
  const json = JSON.stringify(body);
  res.writeHead(202, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(json),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  res.end(json);
}

function tell(log: DoorPorts["log"], route: string, startedAt: number, { event, body }: Taken): void {
  const { status: outcome, delivery_id, reason } = body;
  const ms = Math.round((performance.now() - startedAt) * 10) / 10;
  log.info({ method: "POST", route, status: 202, ms, event, delivery_id, outcome, ...(reason && { reason }) }, "request");
}

function refuseOtherTypes(req: Request): void {
  if (req.headers["content-type"] === "application/json" && req.headers["content-encoding"] === undefined) return;
  const [type, ...parameters] = (req.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  if (type?.trim() !== "application/json" || (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))) {
    throw new Problem("unsupported_media_type", "Send Content-Type: application/json in UTF-8.");
  }
  if ((req.get("content-encoding") ?? "identity").toLowerCase() !== "identity") {
    throw new Problem("unsupported_media_type", "Send the body without a Content-Encoding; the signature is over the raw bytes.");
  }
}

/** Node joins a header that came twice; which of the two was meant is not ours to guess. */
function onlyOne(req: Request, name: string, code: "bad_signature" | "invalid_payload"): string | undefined {
  const joined = req.headers[name];
  if (joined === undefined || !joined.includes(",")) return joined as string | undefined;
  const values = req.headersDistinct[name] ?? [];
  if (values.length > 1) throw new Problem(code, `The header ${name} came ${values.length} times.`);
  return values[0];
}

/** The id that makes a repeated delivery a duplicate. Chatwoot before 4.11.2 sends none: then the same body is the same delivery. */
function deliveryIdOf(req: Request, rawBody: Buffer): string {
  const given = onlyOne(req, HEADERS.delivery, "invalid_payload");
  if (given === undefined) return uuidOf(rawBody);
  if (!isUuid(given)) throw new Problem("invalid_payload", "X-Chatwoot-Delivery is not a UUID.");
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
