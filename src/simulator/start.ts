import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { runAutomation } from "./actions.ts";
import { answerAutomatically, askForRating, sendThroughChannel } from "./after-message.ts";
import { createApp } from "./app.ts";
import { openAfterBotFailure, wakeSnoozed } from "./conversations.ts";
import { fillFromInstallation, type Installation } from "./installation.ts";
import { BOT_RETRY_MS, createOutbox, type Outbox, WEBHOOK_TIMEOUT_MS } from "./outbox.ts";
import { createRestFaults } from "./rest-faults.ts";
import { openShop } from "./shop.ts";
import { emptyState, type State } from "./state.ts";
import { createWebhookFaults } from "./webhook-faults.ts";
import { createWorld, type World } from "./world.ts";

/** How often snoozed conversations are looked at; Chatwoot's own job runs every five minutes. */
const WAKE_UP_EVERY_MS = 5000;

/** As long as the proxies before real ones keep a connection that nobody uses. */
const KEEP_ALIVE_MS = 75_000;

export interface SimulatorOptions {
  /** 0 (the default): any free port. */
  port?: number;
  host?: string;
  /** An account with its people and nothing else; wins over `seed`. */
  installation?: Installation;
  /** "shop" (the default): the shop of the demo. "empty": account 1 and one administrator. */
  seed?: "shop" | "empty";
  webhookTimeoutMs?: number;
  /** How long a bot's webhook waits between its three attempts. */
  botRetryMs?: number;
}

export interface Simulator {
  url: string;
  port: number;
  /** The rows, to look into; `reset` replaces them. */
  readonly state: State;
  /** The webhooks: what was sent, and how many are on their way. */
  readonly outbox: Pick<Outbox, "log" | "pending">;
  close(): Promise<void>;
}

/** Starts a Chatwoot that behaves like contract and recording, with its state in memory. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = "127.0.0.1", webhookTimeoutMs = WEBHOOK_TIMEOUT_MS, botRetryMs = BOT_RETRY_MS } = options;
  const webhookFaults = createWebhookFaults();
  const restFaults = createRestFaults();
  const world: World = createWorld(
    createOutbox({ timeoutMs: webhookTimeoutMs, botRetryMs, faults: webhookFaults, now: () => world.now() }),
  );
  listen(world);
  fill(world, options);
  const reset = () => {
    webhookFaults.clear();
    restFaults.clear();
    world.outbox.log.length = 0;
    world.state = emptyState();
    fill(world, options);
  };
  const server = createServer(createApp(world, { restFaults, webhookFaults, reset }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  world.url = `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  const waking = setInterval(() => wakeSnoozed(world), WAKE_UP_EVERY_MS);
  return {
    url: world.url,
    port: address.port,
    get state() {
      return world.state;
    },
    outbox: world.outbox,
    async close() {
      clearInterval(waking);
      world.outbox.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Connects what happens with what follows from it. */
function listen(world: World): void {
  world.listeners = {
    botFailed: (conversation) => openAfterBotFailure(world, conversation),
    created: (conversation, message) => {
      sendThroughChannel(world, message);
      answerAutomatically(world, conversation, message);
    },
    resolved: (conversation) => askForRating(world, conversation),
    happened: (event, conversation, message) => runAutomation(world, event, conversation, message),
  };
}

const EMPTY: Installation = {
  account: { id: 1, name: "Empty account" },
  people: { admin: { id: 1, name: "Ida Admin", role: "administrator", token: "ida-token" } },
};

function fill(world: World, { installation, seed = "shop" }: SimulatorOptions): void {
  if (installation || seed === "empty") fillFromInstallation(world, installation ?? EMPTY);
  else openShop(world);
}
