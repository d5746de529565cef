import { createHmac, randomUUID } from "node:crypto";
import { WEBHOOK_SECRET } from "./app.ts";

/** A customer's message as Chatwoot's webhook tells it. */
export function customerMessage(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const id = Math.floor(Math.random() * 1e9) + 1000;
  return {
    id,
    event: "message_created",
    message_type: "incoming",
    private: false,
    content: "What size AN fitting for my 350 Chevy?",
    content_type: "text",
    content_attributes: {},
    created_at: new Date().toISOString(),
    account: { id: 1, name: "Shop" },
    inbox: { id: 1, name: "Shop" },
    sender: { id: 1, name: "Rosa Lind", type: "contact", account: { id: 1, name: "Shop" } },
    conversation: { id: 1, status: "open", inbox_id: 1, channel: "Channel::Api", can_reply: true },
    ...changes,
  };
}

export interface Posted {
  status: number;
  type: string | null;
  body: Record<string, unknown>;
  text: string;
}

export interface PostOptions {
  deliveryId?: string | null;
  secret?: string;
  /** Unix seconds. */
  timestamp?: number | string;
  headers?: Record<string, string>;
  path?: string;
}

/** The headers that Chatwoot would send with these bytes. */
export function sealed(body: string | Buffer, { deliveryId = randomUUID(), secret = WEBHOOK_SECRET, timestamp }: PostOptions = {}) {
  const seconds = String(timestamp ?? Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
  return {
    "Content-Type": "application/json",
    "X-Chatwoot-Timestamp": seconds,
    "X-Chatwoot-Signature": `sha256=${signature}`,
    ...(deliveryId !== null && { "X-Chatwoot-Delivery": deliveryId }),
  };
}

/** Sends bytes through the door, sealed unless the options break the seal. */
export async function post(url: string, body: string | Buffer, options: PostOptions = {}): Promise<Posted> {
  const response = await fetch(`${url}${options.path ?? "/webhooks/chatwoot"}`, {
    method: "POST",
    headers: { ...sealed(body, options), ...options.headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), body: JSON.parse(text), text };
}
