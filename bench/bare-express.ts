import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";
import { z } from "zod";

/** The door's checks without its memory: what Express alone can do. Signature, age, header's shape, and the same fields of the body. */
const secret = process.env.SECRET ?? "";
const TOLERANCE_SECONDS = 300;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const id = z.int().positive();
const bag = z.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value));
const envelope = z.object({ event: z.string().regex(/^[\w.]{1,100}$/) });
const shape = z.object({
  id,
  account: z.object({ id }),
  conversation: z.object({ id, status: z.string().nullish() }),
  message_type: z.string(),
  private: z.boolean(),
  content: z.string().nullish(),
  content_type: z.string().nullish(),
  content_attributes: bag.nullish(),
  created_at: z.iso.datetime({ offset: true }),
  sender: z.object({ id: id.nullish(), type: z.string().nullish(), blocked: z.boolean().nullish() }).nullish(),
  attachments: z.array(z.unknown()).nullish(),
});

const app = express();
app.post("/webhooks/chatwoot", express.raw({ type: "application/json", limit: "10mb" }), (request, response) => {
  const timestamp = request.get("x-chatwoot-timestamp") ?? "";
  const expected = Buffer.from(`sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(request.body).digest("hex")}`);
  const given = Buffer.from(request.get("x-chatwoot-signature") ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return void response.status(401).end();
  if (Math.abs(Math.floor(Date.now() / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) return void response.status(401).end();
  const payload = JSON.parse(request.body.toString("utf8"));
  const deliveryId = request.get("x-chatwoot-delivery") ?? "";
  if (!envelope.safeParse(payload).success || !shape.safeParse(payload).success || !UUID.test(deliveryId)) {
    return void response.status(400).end();
  }
  response.status(202).json({ status: "accepted", delivery_id: deliveryId.toLowerCase() });
});
app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
