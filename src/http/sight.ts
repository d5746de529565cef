import { Problem } from "../core/problem.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Ports } from "../ports.ts";
import type { Caller } from "./identity.ts";
import { createMemory } from "./memory.ts";

/** How long Chatwoot's word on who sees what is good, and how much longer while Chatwoot cannot be asked. Milliseconds. */
const FRESH_MS = 60_000;
const STALE_MS = 15 * 60_000;
const REMEMBERED = 20_000;
/** Questions put to Chatwoot at once for one page of a list. */
const AT_ONCE = 8;

/** Who may see which conversation: Chatwoot decides, asked with the operator's own token. */
export interface Sight {
  maySee(caller: Caller, conversationId: number): Promise<boolean>;
  /** The rows whose conversation the caller may see, in order. */
  visible<Row extends { conversationId: number }>(caller: Caller, rows: Row[]): Promise<Row[]>;
}

/** Asks Chatwoot and remembers for a minute; administrators see everything and cost no question. */
export function createSight({ helpdesk, clock }: Pick<Ports, "helpdesk" | "clock">): Sight {
  const remembered = createMemory<boolean>(REMEMBERED);

  async function maySee({ operator, token }: Caller, conversationId: number): Promise<boolean> {
    if (operator.role === "administrator") return true;
    const key = `${operator.id}:${conversationId}`;
    const now = clock.now().getTime();
    const known = remembered.get(key);
    if (known && now - known.at < FRESH_MS) return known.value;
    try {
      const value = await helpdesk.canSee(conversationId, token);
      remembered.set(key, { value, at: now });
      return value;
    } catch (error) {
      if (error instanceof HelpdeskError && error.kind === "refused") {
        throw new Problem("unauthorized", "Chatwoot refused your access token. Sign in again.", { cause: error });
      }
      if (error instanceof HelpdeskError && known && now - known.at < STALE_MS) return known.value;
      throw error;
    }
  }

  async function visible<Row extends { conversationId: number }>(caller: Caller, rows: Row[]): Promise<Row[]> {
    if (caller.operator.role === "administrator") return rows;
    const ids = [...new Set(rows.map((row) => row.conversationId))];
    const seen = new Set<number>();
    const askInTurn = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) if (await maySee(caller, id)) seen.add(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
    return rows.filter((row) => seen.has(row.conversationId));
  }

  return { maySee, visible };
}
