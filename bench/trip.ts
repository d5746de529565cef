import { SHOP } from "../src/simulator/shop.ts";
import { type BenchHouse, chatwoot, clear, quantile, startBenchHouse } from "./house.ts";
import { memoryOf } from "./memory.ts";

const MESSAGES = 200;
const PER_SECOND = 5;

const QUESTIONS = [
  "What size AN fitting do I need for my 350 Chevy?",
  "How long do I have to return unused fittings?",
  "Do you ship to Canada and how long does it take?",
  "How tight do I torque an AN-6 hose end?",
  "Is PTFE hose safe with E85?",
];

/** From the customer's message in Chatwoot to the approval that operators are told of, without a model, and memory meanwhile. */
export async function benchTrip(): Promise<void> {
  const house = await startBenchHouse();
  try {
    await pause(3000); // the first knowledge sync
    const idle = memoryOf(house.pid, house.dataDir);
    const took = await load(house, MESSAGES);
    console.table({ [`message → pending approval, ${PER_SECOND}/s, ms`]: row(took) });
    console.table({ idle, "after the load": memoryOf(house.pid, house.dataDir) });
  } finally {
    await house.stop();
    await clear(house);
  }
  await benchDelay();
}

/** The same with a debounce: what is beyond it is the trip and how late a delayed job starts. */
async function benchDelay(): Promise<void> {
  const house = await startBenchHouse({ env: { DRAFT_DEBOUNCE_SECONDS: "1" } });
  try {
    await pause(3000);
    const took = await load(house, MESSAGES / 4);
    console.table({ "the same after a debounce of 1 s, ms beyond it": row(took.map((ms) => ms - 1000)) });
  } finally {
    await house.stop();
    await clear(house);
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How many there were, and their quantiles. */
export const row = (took: number[]) => ({ n: took.length, p50: Math.round(quantile(took, 0.5)), p95: Math.round(quantile(took, 0.95)) });

/** Customers write at a steady pace; answers how long each waited for its approval, in milliseconds. Fails when one never came. */
export async function load(house: BenchHouse, messages: number, { settleMs = 4000 } = {}): Promise<number[]> {
  const seen = await watch(house);
  const write = await customers(house);
  await write("Warm-up: which hose for oil?");
  await pause(settleMs / 2);
  const sent = new Map<number, number>();
  for (let count = 0; count < messages; count++) {
    const due = performance.now() + 1000 / PER_SECOND;
    void write(QUESTIONS[count % QUESTIONS.length] ?? "").then(({ conversation, at }) => sent.set(conversation, at));
    await pause(Math.max(0, due - performance.now()));
  }
  await pause(settleMs);
  return [...sent].map(([conversation, at]) => {
    const shown = seen.get(conversation);
    if (shown === undefined) throw new Error(`conversation ${conversation} got no approval`);
    return shown - at;
  });
}

/** When operators were told of each conversation's approval. */
async function watch(house: BenchHouse): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  const response = await fetch(`${house.url}/api/v1/events`, { headers: { authorization: `Bearer ${SHOP.people.ida.token}` } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  void (async () => {
    for (let text = ""; reader; ) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done) return;
      text += value ?? "";
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        if (!/^event: ?approval\.created$/m.test(event)) continue;
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        if (data) seen.set(JSON.parse(data).conversation_id, performance.now());
      }
    }
  })();
  return seen;
}

/** Each message comes from a customer of its own; the clock starts when Chatwoot has it. */
async function customers({ simulator }: BenchHouse): Promise<(text: string) => Promise<{ conversation: number; at: number }>> {
  const { payload } = await chatwoot(simulator, "GET", "/inboxes");
  const inbox = payload.find((one: { channel_type: string }) => one.channel_type === "Channel::Api");
  const base = `${simulator.url}/public/api/v1/inboxes/${inbox.inbox_identifier}/contacts`;
  const post = async (url: string, body: object) =>
    (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json() as Promise<{
      id: number;
      source_id: string;
    }>;
  return async (text) => {
    const { source_id } = await post(base, { name: "Bench" });
    const { id } = await post(`${base}/${source_id}/conversations`, {});
    const at = performance.now();
    await post(`${base}/${source_id}/conversations/${id}/messages`, { content: text });
    return { conversation: id, at };
  };
}
