import { createHmac, timingSafeEqual } from "node:crypto";
import { Problem } from "../../core/problem.ts";

const SIGNATURE = /^sha256=([0-9a-f]{64})$/;
const UNIX_SECONDS = /^[0-9]+$/;

/**
 * Lets a delivery pass only when one of our secrets signed it, not too long ago.
 * `signature` and `timestamp` are the headers X-Chatwoot-Signature and X-Chatwoot-Timestamp as received, `rawBody` the bytes as received.
 * Throws Problem: `missing_signature`, `bad_signature`, and only after the signature verified `stale_timestamp`.
 */
export function verifySignature(delivery: {
  rawBody: Buffer;
  headers: { signature?: string | undefined; timestamp?: string | undefined };
  secrets: string[];
  toleranceSeconds: number;
  now: Date;
}): void {
  const { signature, timestamp } = delivery.headers;
  if (!signature || !timestamp) {
    throw new Problem(
      "missing_signature",
      "The headers X-Chatwoot-Signature and X-Chatwoot-Timestamp are needed; Chatwoot sends them since 4.11.2 when the webhook has a secret.",
    );
  }
  const digest = SIGNATURE.exec(signature)?.[1];
  if (!digest || !UNIX_SECONDS.test(timestamp) || !anySecretSigned(delivery.rawBody, timestamp, digest, delivery.secrets)) {
    throw new Problem(
      "bad_signature",
      "No configured secret made this signature: compare CHATWOOT_WEBHOOK_SECRET with this webhook's secret in Chatwoot.",
    );
  }
  const ageSeconds = Math.floor(delivery.now.getTime() / 1000) - Number(timestamp);
  if (Math.abs(ageSeconds) > delivery.toleranceSeconds) {
    throw new Problem(
      "stale_timestamp",
      `The delivery was signed more than ${delivery.toleranceSeconds} s away from this server's time: check both clocks, or send it anew.`,
    );
  }
}

/** The value of X-Chatwoot-Signature for a body, as Chatwoot makes it; `timestamp` is the text of X-Chatwoot-Timestamp. */
export function sign(rawBody: Buffer, secret: string, timestamp: string): string {
  return `sha256=${hmac(rawBody, secret, timestamp).toString("hex")}`;
}

/** Tries every secret whatever the first ones said, so that time tells nothing about them. An empty secret signs nothing. */
function anySecretSigned(rawBody: Buffer, timestamp: string, digest: string, secrets: string[]): boolean {
  const claimed = Buffer.from(digest, "hex");
  let signed = false;
  for (const secret of secrets) {
    if (secret !== "" && timingSafeEqual(hmac(rawBody, secret, timestamp), claimed)) signed = true;
  }
  return signed;
}

const hmac = (rawBody: Buffer, secret: string, timestamp: string): Buffer =>
  createHmac("sha256", secret).update(`${timestamp}.`).update(rawBody).digest();
