import { randomUUID } from "node:crypto";
import { CONVERSATIONS, startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { call } from "../support/call.ts";

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

interface Told {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any news as it likes
  data: any;
}

/** Watches as one operator; `heard` waits for the first news that fits, or fails after ten seconds. */
async function watch(token: string) {
  const stopping = new AbortController();
  const response = await fetch(`${app.url}/api/v1/events`, { headers: { Authorization: `Bearer ${token}` }, signal: stopping.signal });
  const told: Told[] = [];
  let ended = false;
  const reading = (async () => {
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split("\n")
            .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
        );
        if (fields.event && fields.data) told.push({ event: fields.event, data: JSON.parse(fields.data) });
        text = text.slice(end + 2);
      }
    }
    ended = true;
  })().catch(() => {
    ended = true;
  });
  return {
    response,
    told,
    heard: (fits: (news: Told) => boolean) => until(() => told.find(fits)),
    ended: () => until(() => ended || undefined),
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

async function until<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error("it did not happen within ten seconds");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function created(changes: Parameters<typeof anApproval>[0]) {
  const approval = anApproval(changes);
  await app.store.transaction(async (tables) => {
    await tables.approvals.insert(approval);
    await tables.live.publish({ type: "approval.created", id: approval.id });
  });
  return approval;
}

test("an operator hears of a new draft and of its decision as the approval's JSON, and of the counts", async () => {
  const ida = await watch(TOKENS.ida);
  expect(ida.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  await ida.heard(({ event, data }) => event === "queue.counts" && data.pending === 0);
  const { id } = await created({ conversationId: CONVERSATIONS.seen, priority: "high" });
  const news = await ida.heard(({ event }) => event === "approval.created");
  expect(news.data).toMatchObject({ id, status: "pending", confidence_score: 86 });
  await ida.heard(({ event, data }) => event === "queue.counts" && data.pending === 1 && data.by_priority.high === 1);
  await call(`${app.url}/api/v1/approvals/${id}/reject`, { token: TOKENS.olaf, json: { reason: "other" } });
  await ida.heard(({ event, data }) => event === "approval.updated" && data.status === "rejected" && data.version === 2);
  await ida.heard(({ event, data }) => event === "queue.counts" && data.pending === 0);
  await ida.stop();
});

test("nobody hears of conversations that Chatwoot does not show them, nor of dead letters without being an administrator", async () => {
  const [ida, olaf] = [await watch(TOKENS.ida), await watch(TOKENS.olaf)];
  const unseen = await created({ conversationId: CONVERSATIONS.unseen, inboxId: 2 });
  const letter = {
    id: randomUUID(),
    kind: "post-note" as const,
    data: {},
    key: null,
    conversationId: 2,
    approvalId: null,
    deliveryId: null,
    reason: "Chatwoot answered 500.",
    attempts: 8,
    createdAt: new Date(),
    redrivenAt: null,
    redrivenBy: null,
    lastResponse: null,
    discardedAt: null,
    discardedBy: null,
    discardReason: null,
  };
  await app.store.transaction(async (tables) => {
    await tables.deadLetters.insert(letter);
    await tables.live.publish({ type: "delivery.dead", id: letter.id });
  });
  const seen = await created({ conversationId: CONVERSATIONS.seen });
  await Promise.all([ida, olaf].map((watcher) => watcher.heard(({ data }) => data.id === seen.id)));
  expect(ida.told.map(({ data }) => data.id)).toEqual(expect.arrayContaining([unseen.id, letter.id]));
  const heardByOlaf = olaf.told.map(({ data }) => data.id);
  expect(heardByOlaf).not.toContain(unseen.id);
  expect(heardByOlaf).not.toContain(letter.id);
  await Promise.all([ida.stop(), olaf.stop()]);
});

test("the stream needs identity, and ends when the server goes down", async () => {
  expect((await call(`${app.url}/api/v1/events`)).status).toBe(401);
  const ida = await watch(TOKENS.ida);
  app.shuttingDown = true;
  await ida.ended();
  expect(await call(`${app.url}/readyz`)).toMatchObject({ status: 503 });
});

test("a watcher who leaves is forgotten, and the next one hears again", async () => {
  const first = await watch(TOKENS.ida);
  await first.stop();
  const second = await watch(TOKENS.ida);
  const { id } = await created({ conversationId: CONVERSATIONS.seen });
  await second.heard(({ data }) => data.id === id);
  await second.stop();
});
