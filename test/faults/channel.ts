import { setTimeout as pause } from "node:timers/promises";
import { SHOP } from "../../src/simulator/shop.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Dice } from "./dice.ts";
import { tokenOf } from "./staff.ts";

/** The channel behind the inbox, which may refuse what Chatwoot has stored. */
export interface Channel {
  /** The share of our replies that do not reach the customer from now on. */
  refusing: number;
  refused(): number;
  /** Resolves when Chatwoot was told of everything that was refused. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const LOOK_MS = 40;
/** Some channels know at once, some after a while. */
const LONGEST_MS = 2_500;
const TRIES = 10;

/** Reads along in Chatwoot and has it say of a reply that it was not delivered, as the program behind an API inbox does. */
export function startChannel(simulator: Simulator, dice: Dice): Channel {
  const underWay = new Set<Promise<void>>();
  let last = simulator.state.lastIds.get("message") ?? 0;
  let refused = 0;

  function look(): void {
    const newest = simulator.state.lastIds.get("message") ?? 0;
    while (last < newest) {
      last += 1;
      const message = simulator.state.messages.get(last);
      if (message?.content_attributes.countersign_kind !== "reply" || message.private) continue;
      if (!dice.chance(channel.refusing)) continue;
      refused += 1;
      const conversation = simulator.state.conversations.get(message.conversation_id)?.display_id;
      const telling = refuse(`/conversations/${conversation}/messages/${last}`, dice.pick([0, dice.int(0, LONGEST_MS)]));
      underWay.add(telling);
      void telling.finally(() => underWay.delete(telling));
    }
  }

  async function refuse(path: string, afterMs: number): Promise<void> {
    await pause(afterMs);
    for (let tries = 0; tries < TRIES; tries++) {
      const status = await fetch(`${simulator.url}/api/v1/accounts/1${path}`, {
        method: "PATCH",
        headers: { "api-access-token": tokenOf(simulator, SHOP.people.ida.id), "content-type": "application/json" },
        body: JSON.stringify({ status: "failed", external_error: "131026: the customer's phone takes no messages" }),
      }).then(
        (response) => response.arrayBuffer().then(() => response.status),
        () => 0,
      );
      if (status === 200 || status === 404) return; // told, or deleted meanwhile
      await pause(200);
    }
  }

  const timer = setInterval(look, LOOK_MS);
  const channel: Channel = {
    refusing: 0,
    refused: () => refused,
    settled: async () => void (await Promise.all(underWay)),
    async close() {
      clearInterval(timer);
      await channel.settled();
    },
  };
  return channel;
}
