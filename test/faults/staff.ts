import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";
import { SHOP } from "../../src/simulator/shop.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Dice } from "./dice.ts";

/** Those who decide. */
export type Name = "dana" | "luis" | "ida";
/** All of them. */
export const NAMES: Name[] = ["dana", "luis", "ida"];

/** What people do in Chatwoot that takes something away from those who work with it. */
export interface Staff {
  /** With what each of them comes to the house: a token that was renewed is refused until they sign in again. */
  tokens: Record<Name, string>;
  /** Conversations that are no more; display ids. */
  gone: Set<number>;
  /** Deletes a conversation whose draft waits or is being sent, or its contact with all their conversations. */
  remove(what: "conversation" | "contact", dice: Dice): Promise<boolean>;
  /** Renews somebody's access token, at best while a reply of theirs is about to be sent; they go on with the old one. */
  renew(as: Name): Promise<boolean>;
  /** They sign in with the token that Chatwoot knows. */
  signIn(as: Name): Promise<void>;
}

const PATIENCE_MS = 4_000;
const SIGN_IN_MS = 30_000;

/** Whoever's token Chatwoot takes now. */
export function tokenOf({ state }: Simulator, userId: number): string {
  const user = state.users.get(userId);
  if (!user) throw new Error(`Chatwoot has no user ${userId}.`);
  return user.token;
}

/** `keep` is told each token that somebody is given, so that it is looked for in the logs. */
export function createStaff({
  simulator,
  pool,
  houseUrl,
  keep,
}: {
  simulator: Simulator;
  pool: pg.Pool;
  houseUrl: string;
  keep(what: string, token: string): void;
}): Staff {
  const { people } = SHOP;
  const tokens: Record<Name, string> = { dana: people.dana.token, luis: people.luis.token, ida: people.ida.token };
  const gone = new Set<number>();
  let renewed = 0;

  /** Retries until Chatwoot has done it; 404 to a second try means that the first one was heard. */
  async function chatwoot(as: Name, method: string, path: string): Promise<boolean> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(200)) {
      const status = await fetch(`${simulator.url}/api/v1${path}`, {
        method,
        headers: { "api-access-token": tokenOf(simulator, people[as].id) },
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).then(
        (response) => response.arrayBuffer().then(() => response.status),
        () => 0,
      );
      if (status === 200 || status === 404) return true;
    }
    return false;
  }

  /** The first answer that is not empty, while the database may be away. */
  async function firstOf(sql: string, values: unknown[] = []): Promise<Record<string, number>[]> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(100)) {
      const { rows } = await pool.query(sql, values).catch(() => ({ rows: [] }));
      if (rows.length > 0) return rows;
    }
    return [];
  }

  return {
    tokens,
    gone,
    async remove(what, dice) {
      const drawn = dice.next();
      const status = dice.chance(0.3) ? "approved" : "pending";
      const rows = await firstOf(
        "select conversation_id::int as conversation, customer_id::int as contact from agent_approvals where status = $1 order by created_at, id",
        [status],
      );
      const victim = rows[Math.floor(drawn * rows.length)];
      if (!victim) return false;
      const theirs = [...simulator.state.conversations.values()].filter((row) => row.contact_id === victim.contact);
      const taken = what === "contact" ? theirs.map((row) => row.display_id) : [victim.conversation as number];
      const path = what === "contact" ? `contacts/${victim.contact}` : `conversations/${victim.conversation}`;
      if (!(await chatwoot("ida", "DELETE", `/accounts/1/${path}`))) return false;
      for (const conversation of taken) gone.add(conversation);
      return true;
    },
    async renew(as) {
      await firstOf(
        "select 1 as one from agent_approvals where status = 'approved' and reply_status = 'queued' and (decided_by->>'id')::int = $1 limit 1",
        [people[as].id],
      );
      const before = tokenOf(simulator, people[as].id);
      await chatwoot(as, "POST", "/profile/reset_access_token");
      const now = tokenOf(simulator, people[as].id);
      renewed += 1;
      keep(`${as}'s token, renewed for the ${renewed}. time`, now);
      return now !== before;
    },
    async signIn(as) {
      const token = tokenOf(simulator, people[as].id);
      for (const end = Date.now() + SIGN_IN_MS; Date.now() < end; await pause(300)) {
        const isIn = await fetch(`${houseUrl}/api/v1/session`, {
          method: "POST",
          signal: AbortSignal.timeout(PATIENCE_MS),
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ access_token: token }),
        }).then(
          (response) => response.arrayBuffer().then(() => response.ok),
          () => false,
        );
        if (!isIn) continue;
        tokens[as] = token;
        return;
      }
      throw new Error(`${as} cannot sign in.`);
    },
  };
}
