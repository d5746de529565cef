import { createHelpdesk } from "../../src/adapters/chatwoot/helpdesk.ts";
import { createHistory } from "../../src/adapters/chatwoot/history.ts";
import { mineConversations } from "../../src/flow/mine-conversations.ts";
import type { StoredAnswer } from "../../src/ports/knowledge-tables.ts";
import { startApp, type TestApp, TOKENS } from "../support/app.ts";
import { type Call, call } from "../support/call.ts";
import { foundPassage } from "../support/draft-request.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  const source = { id: "an-sizes", title: "AN sizes", url: null, contentHash: "x", updatedAt: null, safety: false, language: "en" };
  await app.store.knowledge.replace({ ...source, origin: "folder", file: null }, []);
  await seed();
});
afterAll(() => app.close());

const api = (path: string, options: Call = {}) => call(`${app.url}/api/v1/knowledge/suggestions${path}`, { token: TOKENS.ida, ...options });

const day = (n: number) => new Date(Date.UTC(2026, 4, n)).toISOString();

async function seed(): Promise<void> {
  const said = (content: string, n: number, sender?: string) => ({
    content,
    created_at: day(n),
    ...(sender ? { message_type: "outgoing", sender } : { message_type: "incoming" }),
  });
  const conversation = (display_id: number, status: string, ...messages: object[]) => ({
    display_id,
    inbox: 1,
    contact: 1,
    status,
    messages,
  });
  const story = {
    conversations: [
      conversation(
        10,
        "resolved",
        said("Which AN size fits my 350 Chevy?", 20),
        said("An AN-6 feed line feeds up to 400 horsepower.", 21, "Olaf Operator"),
      ),
      conversation(
        11,
        "resolved",
        said("Do you sell gift cards in your shop?", 22),
        said("Gift cards are sold at the counter of our Berlin shop.", 23, "Olaf Operator"),
      ),
      conversation(
        12,
        "open",
        said("Is the open question mined?", 24),
        said("No, open conversations are left alone until resolved.", 25, "Olaf Operator"),
      ),
      conversation(
        13,
        "resolved",
        said("Is this conversation too old to matter?", 1),
        said("Yes, everything before the day is left alone.", 2, "Olaf Operator"),
      ),
      ...Array.from({ length: 60 }, (_, i) =>
        conversation(100 + i, "resolved", said(`Nobody answered question number ${i} about hoses.`, 26)),
      ),
    ],
  };
  const response = await fetch(`${app.simulatorUrl}/simulator/seed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(story),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function mine(since = day(10)) {
  const chatwoot = { baseUrl: app.simulatorUrl, accountId: 1, token: TOKENS.ida };
  const told: string[] = [];
  const search = async (text: string) => ({
    passages: text.includes("AN-6")
      ? [foundPassage({ passageId: "an-sizes#1", text: "AN-6", coverage: 0.8 })]
      : [foundPassage({ passageId: "far#1", text: "x", coverage: 0.1 })],
    contradictions: [],
    answerable: 0.5,
  });
  const report = await mineConversations(
    {
      helpdesk: createHelpdesk(chatwoot),
      history: createHistory(chatwoot),
      knowledge: { search, sync: () => Promise.reject(new Error("not here")) },
      store: app.store,
      settings: { accountId: 1 } as never,
      clock: { now: () => new Date() },
    },
    { since: new Date(since), tell: ({ done, total }) => void told.push(`${done}/${total}`) },
  );
  return { report, told };
}

async function remembered(): Promise<StoredAnswer[]> {
  const rows: StoredAnswer[] = [];
  for await (const row of app.store.answered.changedAfter(0)) rows.push(row);
  return rows;
}

test("resolved conversations since a day are looked through whole, and suggest what people answered", async () => {
  const { report, told } = await mine();
  expect(report).toEqual({ conversations: 62, found: 2, suggested: 2 });
  expect(told.at(-1)?.split("/")[0]).toBe("62");
  const { body } = await api("");
  expect(body.data).toMatchObject([
    { status: "pending", conversation_id: 11, question: "Do you sell gift cards in your shop?", source_ids: [] },
    {
      status: "pending",
      conversation_id: 10,
      question: "Which AN size fits my 350 Chevy?",
      source_ids: ["an-sizes"],
      answered_at: day(21),
    },
  ]);
});

test("mining again suggests nothing twice", async () => {
  expect((await mine()).report).toEqual({ conversations: 62, found: 2, suggested: 0 });
});

test("nothing counts before a person accepts it; accepted, it is an answered question, in better words where they gave some", async () => {
  expect(await remembered()).toEqual([]);
  const { body: list } = await api("");
  const { status, body } = await api(`/${list.data[1].id}/accept`, { json: { answer: "AN-6 up to 400 hp." } });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: "accepted",
    answer: "AN-6 up to 400 hp.",
    decided_by: { type: "operator", name: expect.any(String) },
  });
  const accepted = {
    question: "Which AN size fits my 350 Chevy?",
    answer: "AN-6 up to 400 hp.",
    sourceIds: ["an-sizes"],
    outcome: "answered_by_hand",
  };
  expect(await remembered()).toMatchObject([{ ...accepted, answeredAt: new Date(day(21)) }]);

  expect((await api(`/${list.data[1].id}/accept`, { json: {} })).body).toMatchObject({ status: "accepted", answer: "AN-6 up to 400 hp." });
  expect(await api(`/${list.data[1].id}/reject`, { json: {} })).toMatchObject({ status: 409, body: { code: "already_decided" } });
  expect(await remembered()).toHaveLength(1);
});

test("what is rejected is gone from the queue, stays in the list of the rejected, and teaches nothing", async () => {
  const { body: list } = await api("");
  expect(list.data).toHaveLength(1);
  expect((await api(`/${list.data[0].id}/accept`, { json: { source_ids: ["nowhere"] } })).body).toMatchObject({ code: "invalid_payload" });
  expect((await api(`/${list.data[0].id}/reject`, { json: {} })).status).toBe(200);
  expect((await api("")).body.data).toEqual([]);
  expect((await api("?status=rejected")).body.data).toHaveLength(1);
  expect(await remembered()).toHaveLength(1);
  expect((await mine()).report.suggested).toBe(0);
});

test("the list comes in pages; suggestions are for administrators", async () => {
  await mine(day(1));
  const first = (await api("?status=pending&limit=1")).body;
  expect(first.data).toHaveLength(1);
  expect(first.data[0].conversation_id).toBe(13);
  expect(first.next_cursor).toBeNull();
  expect((await api("?status=half")).status).toBe(400);
  expect((await api("", { token: TOKENS.olaf })).status).toBe(403);
  expect((await api(`/${first.data[0].id}/accept`, { token: TOKENS.olaf, json: {} })).status).toBe(403);
  expect((await api("/00000000-0000-4000-8000-000000000000/accept", { json: {} })).status).toBe(404);
});
