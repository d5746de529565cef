import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Simulator } from "../simulator/start.ts";
import { chatwootCall } from "./demo-helpdesk.ts";
import { UsageError } from "./usage.ts";

/** Something that breaks while the demo runs. */
export interface DemoFault {
  /** What is broken, in a sentence for whoever watches. */
  says: string;
  /** A model that misbehaves like this writes the drafts. */
  model?: (response: ServerResponse) => void;
  /** Breaks it; answers how it is mended. */
  begin?: (demo: { simulator: Simulator; dataDir: string }) => Promise<() => Promise<void>>;
}

const EVERYTHING = { path: "/api/v1/accounts/*" };
const WRITES = { method: "POST", path: "/api/v1/accounts/*/messages" };
const NEVER_MS = 3_600_000;
const LATE_MS = 20_000;
/** How often PostgreSQL is killed: while it is away it does not come up in between, while it restarts it does. */
const AWAY_EVERY_MS = 400;
const RESTART_EVERY_MS = 15_000;
/** How often the channel looks for replies to refuse. */
const LOOK_EVERY_MS = 200;

const chatwoot = (says: string, fault: object, match: object = EVERYTHING): DemoFault => ({
  says: `Chatwoot ${says}.`,
  begin: ({ simulator }) => control(simulator, "faults", { match, fault }),
});
const webhooks = (says: string, fault: string | object): DemoFault => ({
  says: `Chatwoot's webhooks ${says}.`,
  begin: ({ simulator }) => control(simulator, "webhook-faults", { match: {}, fault }),
});
const model = (says: string, answer: (response: ServerResponse) => void): DemoFault => ({ says: `The model ${says}.`, model: answer });
const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end('{"type":"error","error":{"type":"api_error","message":"demo"}}');

/** What can be broken, by the name after `--fault`. */
export const DEMO_FAULTS: Record<string, DemoFault> = {
  "chatwoot-500": chatwoot("answers 500 to everything", { status: 500 }),
  "chatwoot-502": chatwoot("stands behind a proxy that answers 502", { status: 502 }),
  "chatwoot-429": chatwoot("asks to wait ten seconds, whatever is asked", { status: 429, headers: { "Retry-After": "10" } }),
  "chatwoot-timeout": chatwoot("does not answer", { delay_ms: NEVER_MS }),
  "chatwoot-drop-before": chatwoot("hangs up before it does anything", { drop: "before" }),
  "chatwoot-drop-after": chatwoot("stores what is posted and hangs up instead of answering", { drop: "after" }, WRITES),
  "channel-refuses": {
    says: "The app's channel refuses every reply after Chatwoot has stored it.",
    begin: async ({ simulator }) => refuseReplies(simulator),
  },
  "webhooks-never": webhooks("never come", "never"),
  "webhooks-twice": webhooks("come twice", "duplicate"),
  "webhooks-late": webhooks(`come ${LATE_MS / 1000} seconds late`, { delay_ms: LATE_MS }),
  "webhooks-reordered": webhooks("come out of order", "reorder"),
  "model-500": model("answers 500", answering(500)),
  "model-429": model("asks to wait an hour", answering(429, { "retry-after": "3600" })),
  "model-529": model("is overloaded", answering(529)),
  "model-timeout": model("does not answer", () => {}),
  "model-drop": model("hangs up", (response) => response.destroy()),
  "model-nonsense": model("writes nonsense", (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"content":[{"type":"text","text":"{"}]}'),
  ),
  "database-away": { says: "PostgreSQL is down.", begin: ({ dataDir }) => killAgainAndAgain(dataDir, AWAY_EVERY_MS) },
  "database-restarts": {
    says: `PostgreSQL is killed every ${RESTART_EVERY_MS / 1000} seconds.`,
    begin: ({ dataDir }) => killAgainAndAgain(dataDir, RESTART_EVERY_MS),
  },
  "disk-unwritable": { says: "The spool's disk takes nothing.", begin: ({ dataDir }) => blockSpool(dataDir) },
};

/** The faults of these names. Throws a UsageError that lists all. */
export function faultsNamed(names: string[]): DemoFault[] {
  return names.map((name) => {
    const fault = DEMO_FAULTS[name];
    if (!fault) throw new UsageError(`--fault ${name}: there is no such fault. There are ${Object.keys(DEMO_FAULTS).join(", ")}.`);
    return fault;
  });
}

/** A server in the model's place. */
export async function startBrokenModel(answer: (response: ServerResponse) => void): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function control(simulator: Simulator, kind: "faults" | "webhook-faults", body: object): Promise<() => Promise<void>> {
  const ask = async (init: RequestInit) => {
    const response = await fetch(`${simulator.url}/simulator/${kind}`, { headers: { "content-type": "application/json" }, ...init });
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${await response.text()}`);
  };
  await ask({ method: "POST", body: JSON.stringify(body) });
  return () => ask({ method: "DELETE" });
}

/** Says of each new public reply in an API inbox that it was not delivered, as the program behind such an inbox does. */
function refuseReplies(simulator: Simulator): () => Promise<void> {
  const { messages, conversations, inboxes, lastIds } = simulator.state;
  let last = lastIds.get("message") ?? 0;
  const timer = setInterval(() => {
    for (const newest = lastIds.get("message") ?? 0; last < newest; ) {
      const message = messages.get(++last);
      const conversation = message && conversations.get(message.conversation_id);
      if (!conversation || message.private || message.message_type !== "outgoing") continue;
      if (inboxes.get(conversation.inbox_id)?.channel_type !== "Channel::Api") continue;
      chatwootCall(simulator, "PATCH", `/conversations/${conversation.display_id}/messages/${message.id}`, {
        status: "failed",
        external_error: "The app's push service did not take it.",
      }).catch(() => {}); // Chatwoot may be broken, too
    }
  }, LOOK_EVERY_MS);
  return async () => clearInterval(timer);
}

async function killAgainAndAgain(dataDir: string, everyMs: number): Promise<() => Promise<void>> {
  const kill = () => {
    try {
      const [pid] = readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), "SIGQUIT"); // PostgreSQL's immediate shutdown
    } catch {
      // it is down already
    }
  };
  kill();
  const timer = setInterval(kill, everyMs);
  return async () => clearInterval(timer);
}

/** A file in the folder's place fails every write, for root, too. */
async function blockSpool(dataDir: string): Promise<() => Promise<void>> {
  const spool = join(dataDir, "spool");
  await rename(spool, `${spool}.away`);
  await writeFile(spool, "");
  return async () => {
    await rename(spool, `${spool}.file`);
    await rename(`${spool}.away`, spool);
  };
}
