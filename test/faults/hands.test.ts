import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { eventually } from "../support/eventually.ts";
import { call } from "../support/surroundings.ts";
import { startBalancer } from "./balancer.ts";
import { startChannel } from "./channel.ts";
import { createCustomers } from "./customers.ts";
import { diceOf } from "./dice.ts";
import { startModel } from "./model.ts";
import { createMember } from "./processes.ts";
import { tokenOf } from "./staff.ts";

/** What a fault run lets go wrong goes wrong, and nothing else with it. */
let simulator: Simulator;
const releasers: (() => unknown)[] = [];
beforeEach(async () => {
  simulator = await startSimulator({ seed: "shop" });
});
afterEach(async () => {
  for (const release of releasers.splice(0).reverse()) await release();
  await simulator.close();
});

const account = (path: string, init = {}) =>
  call(`${simulator.url}/api/v1/accounts/1${path}`, tokenOf(simulator, SHOP.people.ida.id), init);

async function newCustomers(messages: number) {
  const inboxes = (await account("/inboxes")).json.payload;
  const { inbox_identifier } = inboxes.find(({ channel_type }: { channel_type: string }) => channel_type === "Channel::Api");
  const options = { dice: diceOf(1, "customers"), simulatorUrl: simulator.url, inboxIdentifier: inbox_identifier };
  return createCustomers({ ...options, messages, durationMs: 500 });
}

test("a Chatwoot that restarts refuses its callers for a while, at the same address and with all that it knew", async () => {
  const front = await startBalancer(() => [simulator.port]);
  releasers.push(front.close);
  const profile = () => call(`${front.url}/api/v1/profile`, SHOP.people.dana.token, {});
  expect((await profile()).status).toBe(200);
  await front.shut();
  await expect(profile()).rejects.toThrow("fetch failed");
  await front.open();
  await front.open();
  expect((await profile()).json.name).toBe("Dana Weiss");
});

test("the channel refuses our replies while it is told to, and says so in Chatwoot", async () => {
  const channel = startChannel(simulator, diceOf(1, "channel"));
  releasers.push(channel.close);
  const { conversation } = await (await newCustomers(1)).writeOne();
  const post = async (kind: string, more: object) => {
    const content_attributes = { countersign_id: crypto.randomUUID(), countersign_kind: kind, countersign_ref: "1" };
    const body = { content: "x", message_type: "outgoing", content_attributes, ...more };
    return (await account(`/conversations/${conversation}/messages`, { method: "POST", body })).json.id as number;
  };
  const errorOf = (id: number) => simulator.state.messages.get(id)?.content_attributes.external_error;
  channel.refusing = 1;
  const [note, reply] = [await post("note", { private: true }), await post("reply", {})];
  await eventually("the reply is refused", async () => errorOf(reply) !== undefined);
  channel.refusing = 0;
  const later = await post("reply", {});
  await channel.settled();
  expect([errorOf(note), errorOf(later), channel.refused()]).toEqual([undefined, undefined, 1]);
});

test("customers whose conversation or contact is deleted write on in a new one", async () => {
  const customers = await newCustomers(60);
  const playing = customers.play({ beganAt: Date.now(), isOver: () => false });
  for (const place of [1, 4, 7]) {
    await eventually("somebody began a conversation", async () => customers.conversations.length > place);
    const id = customers.conversations[place] as number;
    const contact = [...simulator.state.conversations.values()].find((row) => row.display_id === id)?.contact_id;
    await account(place === 4 ? `/conversations/${id}` : `/contacts/${contact}`, { method: "DELETE" });
  }
  await playing;
  expect(customers.written).toHaveLength(60);
  expect(new Set(customers.written.map(({ id }) => id)).size).toBe(60);
});

test("a process that is frozen goes on where it stood, and one that is told to end meanwhile ends", async () => {
  const troubles: string[] = [];
  const lines: string[] = [];
  const member = createMember({
    name: "simulator",
    port: null,
    root: process.cwd(),
    env: {},
    preload: null,
    onLine: (_, line) => void lines.push(line),
    onReady() {},
    onEnd() {},
    onTrouble: (what) => void troubles.push(what),
    program: ["src/main.ts", "simulator", "--port", "0"],
  });
  member.start();
  releasers.push(member.kill);
  await eventually("it listens", async () => lines.some((line) => line.includes('"url"')), 30_000);
  const { url } = JSON.parse(lines.find((line) => line.includes('"url"')) as string);
  const isAlive = () =>
    fetch(`${url}/simulator/overview`, { signal: AbortSignal.timeout(300) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const frozen = member.freeze(700);
  expect(await isAlive()).toBe(false);
  await frozen;
  await eventually("it answers", isAlive);
  const again = member.freeze(60_000);
  await member.end();
  await again;
  expect([member.isUp(), troubles]).toEqual([false, []]);
}, 60_000);

test("two calls for one conversation are seen, but not beside that of a process that stands still", async () => {
  let frozen = "";
  const dice = { ...diceOf(1, "model"), int: () => 2000 }; // each call takes two seconds
  const model = await startModel({ dice, conversationOf: () => 7, standsStill: (caller) => caller === frozen });
  releasers.push(model.close);
  const ask = async (caller: string) => {
    const hangUp = new AbortController();
    const said = JSON.stringify([{ text: diceOf(1, caller).nonce(), new: true }]);
    const content = `<conversation-x>\n${said}\n</conversation-x>`;
    const body = { model: "m", messages: [{ content }], output_config: { format: { schema: { type: "object" } } } };
    const before = model.calls();
    const ended = fetch(`${model.urlFor(caller)}/v1/messages`, { method: "POST", body: JSON.stringify(body), signal: hangUp.signal }).catch(
      () => {},
    );
    await eventually("the model is asked", () => model.calls() > before);
    return { hangUp, ended };
  };
  const one = await ask("server 1");
  const other = await ask("worker");
  expect([model.overlaps.map(({ conversation }) => conversation), model.takenOver()]).toEqual([[7], 0]);
  await Promise.all([one.ended, other.ended]);

  frozen = "server 1";
  const still = await ask("server 1");
  const second = await ask("worker");
  expect([model.overlaps.length, model.takenOver()]).toEqual([1, 1]);
  await Promise.all([still.ended, second.ended]);

  const left = await ask("worker");
  left.hangUp.abort();
  await left.ended;
  await new Promise((resolve) => setTimeout(resolve, 100)); // the model hears of it
  await (await ask("server 2")).ended;
  expect(model.overlaps).toHaveLength(1);
});
