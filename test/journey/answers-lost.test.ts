import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  approvalThat,
  ask,
  decide,
  draftNotes,
  type Json,
  messagesOf,
  newCustomer,
  QUESTION,
  reached,
  replies,
  trail,
} from "../support/trip.ts";

/** A proxy before Chatwoot passes everything on, and of some posts it hides what Chatwoot answered. */
let house: TestHouse;
let proxy: Server;
/** What is answered instead, by conversation; the post itself arrives. */
const hidden = new Map<number, { status: number; body: string }>();
beforeAll(async () => {
  house = await startHouse({
    async proxy(chatwootUrl) {
      proxy = createServer((incoming, outgoing) => {
        const { method, headers, url = "" } = incoming;
        const post = method === "POST" ? /\/conversations\/(\d+)\/messages$/.exec(url) : null;
        const conversationId = Number(post?.[1]);
        const instead = hidden.get(conversationId);
        hidden.delete(conversationId);
        incoming.pipe(
          request(`${chatwootUrl}${url}`, { method, headers }, (answer) => {
            if (instead)
              answer.resume().on("end", () => outgoing.writeHead(instead.status, { "content-type": "text/html" }).end(instead.body));
            else answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
          }),
        );
      }).listen(0, "127.0.0.1");
      await once(proxy, "listening");
      return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    },
  });
}, 60_000);
afterAll(async () => {
  await house?.close();
  proxy?.closeAllConnections();
  proxy?.close();
});

const ANSWERS = [
  { name: "500 after it was written", status: 500, body: "" },
  { name: "a proxy's 502 after it was written", status: 502, body: "<html>Bad Gateway</html>" },
  { name: "a page instead of the message that was written", status: 200, body: "<html>Sign in</html>" },
];

const stored = async (conversationId: number, kind: string): Promise<Json[]> =>
  (await messagesOf(house, conversationId)).filter((message) => message.content_attributes.countersign_kind === kind);

test.concurrent.each(ANSWERS)("a reply that was answered with $name is found, not sent again", async ({ status, body }) => {
  const { customer, approval } = await ask(house);
  hidden.set(customer.conversationId, { status, body });
  await decide(house, approval, "edit", { response: "Exactly these words." });
  const sent = await reached(house, approval, "sent", 45_000);
  await house.settled();
  expect((await replies(house, customer.conversationId)).map(({ id, content }) => [id, content])).toEqual([
    [sent.reply.message_id, "Exactly these words."],
  ]);
  expect((await trail(house, approval)).filter((what) => what === "sent")).toHaveLength(1);
  expect(hidden.has(customer.conversationId)).toBe(false);
});

test.concurrent.each(ANSWERS)("a note that was answered with $name is found, not posted again", async ({ status, body }) => {
  const customer = await newCustomer(house);
  hidden.set(customer.conversationId, { status, body });
  await customer.write(QUESTION);
  const approval = await approvalThat(house, customer.conversationId, "shows its note", ({ note }) => note.status === "posted", 45_000);
  expect(hidden.has(customer.conversationId)).toBe(false);
  expect((await draftNotes(house, customer.conversationId)).map(({ id }) => id)).toEqual([approval.note.message_id]);
  expect(await stored(customer.conversationId, "note")).toHaveLength(1);
});
