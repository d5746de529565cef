import type { Ports } from "../../ports.ts";
import { createMemory } from "../memory.ts";
import type { Targets } from "./actions.ts";

const FRESH_MS = 60_000;

/** Teams and people for the escalation form; an empty list while Chatwoot cannot be asked, for the queue must show without it. */
export function createTargets({ helpdesk, clock, log }: Pick<Ports, "helpdesk" | "clock" | "log">): () => Promise<Targets> {
  const remembered = createMemory<Targets>(1);
  return async () => {
    const now = clock.now().getTime();
    const known = remembered.get("all");
    if (known && now - known.at < FRESH_MS) return known.value;
    try {
      const [teams, operators] = await Promise.all([helpdesk.teams(), helpdesk.operators()]);
      remembered.set("all", { value: { teams, operators }, at: now });
      return { teams, operators };
    } catch (error) {
      log.warn({ err: error }, "teams and operators could not be listed");
      return known?.value ?? { teams: [], operators: [] };
    }
  };
}
