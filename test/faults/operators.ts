import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { SHOP } from "../../src/simulator/shop.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Dice } from "./dice.ts";
import { NAMES, type Name, type Staff, tokenOf } from "./staff.ts";
import type { Clocked } from "./time.ts";

/** What an operator asked for, whatever came of it. */
export interface Asked {
  operator: number;
  decision: string;
  /** The words of an edit. */
  words: string | null;
}

/** Everything that people did in a run, as they did it. */
export interface Deeds {
  /** Decisions asked for over HTTP, by approval. */
  overHttp: Map<string, Asked[]>;
  /** Commands in notes, by conversation. */
  inNotes: Map<number, Asked[]>;
  /** Public answers written by hand. */
  byHand: Set<string>;
  counts: Record<string, number>;
  answers: Record<string, number>;
}

export const noDeeds = (): Deeds => ({ overHttp: new Map(), inNotes: new Map(), byHand: new Set(), counts: {}, answers: {} });

interface Waiting {
  id: string;
  version: number;
  conversation_id: number;
}

const REASONS = ["wrong_fact", "wrong_tone", "policy", "outdated", "not_needed", "other"];
const NO_ANSWER = { status: 0, json: {} as { code?: string } };
/** A person who gets no answer clicks again so often. */
const CLICKS = 4;
const PATIENCE_MS = 12_000;
/** Of their looks at the queue so many are at the replies that did not arrive. */
const LOOKS_AT_FAILED = 0.1;

/** Operators who decide what waits, all at once, as people do: twice, against each other, by hand, and with second thoughts. */
export function createOperators({
  houseUrl,
  simulator,
  staff,
  deeds,
  habit,
}: {
  houseUrl: string;
  simulator: Simulator;
  staff: Staff;
  deeds: Deeds;
  /** What everybody does all the time, as a roll of the dice below; null: of everything some. */
  habit: number | null;
}) {
  const count = (what: string) => {
    deeds.counts[what] = (deeds.counts[what] ?? 0) + 1;
  };

  async function api(
    as: Name,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: { data?: Waiting[]; code?: string } }> {
    const response = await fetch(`${houseUrl}${path}`, {
      method: body ? "POST" : "GET",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { authorization: `Bearer ${staff.tokens[as]}`, "content-type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json().catch(() => ({}))) as { data?: Waiting[]; code?: string } };
  }

  /** In Chatwoot itself. Whoever sees an error there looks, and does not write twice. */
  async function chatwoot(as: Name, path: string, body: object): Promise<void> {
    await fetch(`${simulator.url}/api/v1/accounts/1${path}`, {
      method: "POST",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { "api-access-token": tokenOf(simulator, SHOP.people[as].id), "content-type": "application/json" },
      body: JSON.stringify(body),
    })
      .then((response) => response.arrayBuffer())
      .catch(() => {});
  }

  async function decide(
    as: Name,
    approval: Waiting,
    decision: string,
    body: object,
    words: string | null = null,
    key: string | null = null,
  ) {
    count(decision);
    const asked = deeds.overHttp.get(approval.id) ?? [];
    asked.push({ operator: SHOP.people[as].id, decision, words });
    deeds.overHttp.set(approval.id, asked);
    const headers: Record<string, string> = key ? { "idempotency-key": key } : {};
    for (let click = 1; click <= CLICKS; click++) {
      const { status, json } = await api(as, `/api/v1/approvals/${approval.id}/${decision}`, body, headers).catch(() => NO_ANSWER);
      const answer = [status || "none", json.code].filter(Boolean).join(" ");
      deeds.answers[answer] = (deeds.answers[answer] ?? 0) + 1;
      if (status !== 0 && status < 500) return;
      await pause(300 * click);
    }
  }

  async function command(
    as: Name,
    { conversation_id: conversation }: Waiting,
    decision: string,
    words: string | null,
    content: string,
    viaMacro = false,
  ) {
    count(viaMacro ? "macro" : "note command");
    const asked = deeds.inNotes.get(conversation) ?? [];
    asked.push({ operator: SHOP.people[as].id, decision, words });
    deeds.inNotes.set(conversation, asked);
    if (viaMacro) return chatwoot(as, `/macros/1/execute`, { conversation_ids: [conversation] });
    return chatwoot(as, `/conversations/${conversation}/messages`, { content, private: true, message_type: "outgoing" });
  }

  async function listed(as: Name, query: string): Promise<Waiting[]> {
    const { json } = await api(as, `/api/v1/approvals?${query}`).catch(() => ({ json: { data: [] } }));
    return json.data ?? [];
  }

  /** One deed, drawn from this operator's own dice; what it is done to is whatever waits just then. */
  async function act(own: Dice, as: Name, approval: Waiting): Promise<void> {
    const drawn = own.next();
    const roll = habit ?? drawn;
    const edited = `Edited words ${own.nonce()}.${own.chance(0.2) ? " {{contact.name}} keeps\n\nhis braces." : ""}`;
    const key = own.chance(0.6) ? randomUUID() : null;
    const other = NAMES[(NAMES.indexOf(as) + 1) % NAMES.length] as Name;
    if (roll < 0.26) return decide(as, approval, "approve", {}, null, key);
    if (roll < 0.42) return decide(as, approval, "edit", { response: edited }, edited, key);
    if (roll < 0.49) return decide(as, approval, "reject", { reason: own.pick(REASONS), comment: `Because ${own.nonce()}` }, null, key);
    if (roll < 0.54)
      return decide(
        as,
        approval,
        "escalate",
        own.chance(0.5) ? { team_id: own.int(1, 3), note: own.nonce() } : { note: own.nonce() },
        null,
        key,
      );
    if (roll < 0.6) return decide(as, approval, "redraft", { instruction: `Shorter ${own.nonce()}` }, null, key);
    if (roll < 0.67) {
      // A double click.
      await Promise.all([decide(as, approval, "approve", {}, null, key), decide(as, approval, "approve", {}, null, key)]);
      return;
    }
    if (roll < 0.74) {
      // Two people at once, of two minds.
      await Promise.all([
        decide(as, approval, "edit", { response: edited }, edited),
        decide(other, approval, own.pick(["approve", "reject"]), { reason: "other" }),
      ]);
      return;
    }
    if (roll < 0.81) {
      if (own.chance(0.5)) await decide(as, approval, "approve", {});
      else await decide(as, approval, "edit", { response: edited }, edited);
      await pause(own.int(0, 1_500));
      return decide(own.pick([as, other]), approval, "undo", {});
    }
    if (roll < 0.84) return command(as, approval, "approve", null, "/approve");
    if (roll < 0.87) {
      // Without Liquid: Chatwoot renders that in a note before anybody reads the command.
      const words = `Edited in a note ${own.nonce()}.`;
      return command(as, approval, "edit", words, `/edit ${words}`);
    }
    if (roll < 0.89) return command(as, approval, "reject", null, `/reject other ${own.nonce()}`);
    if (roll < 0.9) return command(as, approval, "redraft", null, `/redraft ${own.nonce()}`);
    if (roll < 0.94) return command(as, approval, "approve", null, "", true);
    if (roll < 0.975) {
      count("by hand");
      const content = `By hand ${own.nonce()}.`;
      // Some decide first and write all the same.
      if (own.chance(0.3)) await decide(as, approval, "edit", { response: edited }, edited);
      deeds.byHand.add(content);
      return chatwoot(as, `/conversations/${approval.conversation_id}/messages`, { content, message_type: "outgoing" });
    }
    count("resolve or open");
    const status = own.pick(["resolved", "resolved", "open"]);
    return chatwoot("ida", `/conversations/${approval.conversation_id}/toggle_status`, { status });
  }

  async function work(place: number, thinkMs: number, dice: Dice, clocked: Clocked): Promise<void> {
    const as = NAMES[place % NAMES.length] as Name;
    while (!clocked.isOver()) {
      await pause(dice.int(thinkMs / 4, thinkMs));
      const sort = dice.pick(["newest", "due"]);
      const status = dice.chance(LOOKS_AT_FAILED) ? "send_failed" : "pending";
      const waiting = await listed(as, `status=${status}&limit=40&sort=${sort}`);
      // Drawn also when nothing waits, so that the stream does not depend on it.
      const place = dice.next();
      const approval = waiting[Math.floor(place * waiting.length)];
      if (approval) await act(dice, as, approval).catch(() => {});
    }
  }

  return {
    /** Dana and Luis sign in, so that their replies carry their names; Ida's go out as hers once she was seen. */
    async signIn() {
      for (const as of ["dana", "luis"] as const) await staff.signIn(as);
    },
    /** What did not reach its customer is sent once more, now that everything works; answers how many there were. */
    async sendAgain(): Promise<number> {
      const failed = await listed("ida", "status=send_failed&limit=100");
      for (const approval of failed) await decide("ida", approval, "approve", {});
      return failed.length;
    },
    async play(people: number, thinkMs: number, clocked: Clocked, diceFor: (name: string) => Dice) {
      await Promise.all(Array.from({ length: people }, (_, place) => work(place, thinkMs, diceFor(`operator ${place}`), clocked)));
    },
  };
}
