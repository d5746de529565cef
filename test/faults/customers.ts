import { setTimeout as pause } from "node:timers/promises";
import type { Dice } from "./dice.ts";
import { type Clocked, untilAt } from "./time.ts";

/** A message that a customer wrote, as Chatwoot stored it. */
export interface Written {
  id: number;
  /** Display id. */
  conversation: number;
  nonce: string;
  at: number;
}

/** Everybody who writes in a run. */
export interface Customers {
  written: Written[];
  /** Conversations that began, newest last; display ids. */
  conversations: number[];
  conversationOf(nonce: string): number | undefined;
  /** Plays the whole plan; `isOver` ends it early. */
  play(clocked: Clocked): Promise<void>;
  /** One message in a conversation of its own, now. */
  writeOne(): Promise<Written>;
}

interface Line {
  at: number;
  /** Which of the run's customers. */
  who: number;
  words: string;
  nonce: string;
}

const QUESTIONS = [
  "Which AN size do I need for a 350 Chevy with a four-barrel carburetor?",
  "How long do I have to return a hose that I did not use?",
  "When does a parcel to Austria arrive?",
  "Does the braided line fit a 1967 Camaro?",
  "My order has not arrived yet, where is it?",
  "There is a fuel leak at the fitting, what do I do?",
  "Is {{contact.email}} the address you have of me?",
  "I want to speak to a human about my complaint, this is the second time.",
  "Can I use the same fitting for E85?",
];
const THANKS = "Thanks a lot!";
/** Of the messages, so many open a conversation; the others follow up in one of the youngest. */
const NEW_CONVERSATIONS = 0.4;
const YOUNG = 14;
/** So often a customer whose conversation is deleted tries another one for the same words. */
const BEGINNINGS = 5;

/** Plans all that is written from the seed alone; who writes in which conversation, when and what does not depend on the machine. */
export function createCustomers(options: {
  dice: Dice;
  simulatorUrl: string;
  inboxIdentifier: string;
  messages: number;
  durationMs: number;
}): Customers {
  const { dice, simulatorUrl, inboxIdentifier, messages, durationMs } = options;
  const plan = planOf(dice, messages, durationMs);
  const base = `${simulatorUrl}/public/api/v1/inboxes/${inboxIdentifier}/contacts`;
  const customers = new Map<string, { conversation: number; post: string }>();
  const written: Written[] = [];
  const conversations: number[] = [];
  const places = new Map<string, number>();
  let alone = 0;

  /** Whose contact is deleted meanwhile is a new one to Chatwoot. */
  async function begin(who: string): Promise<{ conversation: number; post: string }> {
    for (let tries = 0; tries < BEGINNINGS; tries++) {
      const contact = await send(base, { name: `Customer ${who}`, email: `customer.${who}@mail.example` });
      const own = `${base}/${contact?.source_id}/conversations`;
      const conversation = (await send(own, {}))?.id;
      if (conversation === undefined) continue;
      conversations.push(conversation);
      return { conversation, post: `${own}/${conversation}/messages` };
    }
    throw new Error(`Customer ${who} cannot begin a conversation: Chatwoot answers 404.`);
  }

  /** Whose conversation was deleted begins another one. */
  async function write(who: string, nonce: string, words: string): Promise<Written> {
    for (let tries = 0; tries < BEGINNINGS; tries++) {
      const customer = customers.get(who) ?? (await begin(who));
      customers.set(who, customer);
      places.set(nonce, customer.conversation);
      const at = Date.now();
      const stored = await send(customer.post, { content: words });
      if (stored) {
        const message = { id: stored.id, conversation: customer.conversation, nonce, at };
        written.push(message);
        return message;
      }
      customers.delete(who);
    }
    throw new Error(`Customer ${who} cannot write: Chatwoot answers 404.`);
  }

  return {
    written,
    conversations,
    conversationOf: (nonce) => places.get(nonce),
    async play(clocked) {
      const underWay = new Set<Promise<unknown>>();
      const last = new Map<number, Promise<unknown>>();
      for (const { at, who, words, nonce } of plan) {
        if (!(await untilAt(clocked, at))) break;
        // What one customer writes stands in their order.
        const mine = (last.get(who) ?? Promise.resolve()).then(() => write(String(who), nonce, words));
        last.set(who, mine);
        underWay.add(mine);
        mine.finally(() => underWay.delete(mine)).catch(() => {});
        if (underWay.size > 50) await Promise.race(underWay);
      }
      await Promise.all(underWay);
    },
    async writeOne() {
      const nonce = dice.nonce();
      alone += 1;
      return write(`alone.${alone}`, nonce, `${QUESTIONS[0]} ${nonce}`);
    },
  };
}

function planOf(dice: Dice, messages: number, durationMs: number): Line[] {
  const lines: Line[] = [];
  let customers = 0;
  while (lines.length < messages) {
    const at = (lines.length / messages) * durationMs;
    const isNew = customers < 3 || dice.chance(NEW_CONVERSATIONS);
    const who = isNew ? customers++ : customers - 1 - dice.int(0, Math.min(YOUNG, customers) - 1);
    lines.push(line(dice, at, who, !isNew && dice.chance(0.12)));
    // People write in bursts: while the first is being drafted, or while its answer is on its way.
    if (dice.chance(0.25)) lines.push(line(dice, at + dice.int(50, 2_500), who, false));
  }
  return lines.slice(0, messages).sort((a, b) => a.at - b.at);
}

function line(dice: Dice, at: number, who: number, thanks: boolean): Line {
  const nonce = dice.nonce();
  return { at, who, nonce, words: thanks ? THANKS : `${dice.pick(QUESTIONS)} ${nonce}` };
}

/** The customers' side of Chatwoot is not what fails in this run; a moment's refusal is tried again. Null when what it is about was deleted. */
async function send(url: string, body: object): Promise<{ id: number; source_id: string } | null> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (response.ok) return (await response.json()) as { id: number; source_id: string };
    if (response.status === 404) return null;
    if (tries === 5) throw new Error(`a customer could not write: ${response.status} ${await response.text()}`);
    await pause(200);
  }
}
