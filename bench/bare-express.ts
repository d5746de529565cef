import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";
import { z } from "zod";

/** The door's checks without its memory: what Express alone can do. */
const secret = process.env.SECRET ?? "";
const shape = z.looseObject({
  event: z.string(),
  id: z.int(),
  message_type: z.string(),
  private: z.boolean(),
  content: z.string().nullable(),
  account: z.looseObject({ id: z.int() }),
  conversation: z.looseObject({ id: z.int(), status: z.string() }),
});

const app = express();
app.post("/webhooks/chatwoot", express.raw({ type: "application/json", limit: "10mb" }), (request, response) => {
  const timestamp = request.get("x-chatwoot-timestamp") ?? "";
  const expected = Buffer.from(`sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(request.body).digest("hex")}`);
  const given = Buffer.from(request.get("x-chatwoot-signature") ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return void response.status(401).end();
  const parsed = shape.safeParse(JSON.parse(request.body.toString("utf8")));
  if (!parsed.success) return void response.status(400).end();
  response.status(202).json({ status: "accepted", delivery_id: request.get("x-chatwoot-delivery") });
});
app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
