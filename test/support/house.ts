import { type Server, startServer } from "../../src/cli/start-server.ts";
import { readConfig, serverConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "./eventually.ts";
import { type ApiAnswer, call, type Surroundings, startSurroundings } from "./surroundings.ts";

/** A whole house for one test file: its surroundings, and the real server with its worker. */
export interface TestHouse extends Surroundings {
  url: string;
  server: Server;
  /** The house's API as an operator of the shop. */
  api(
    path: string,
    init?: { as?: keyof typeof SHOP.people; method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<ApiAnswer>;
  /** Resolves when nothing is on its way any more: no webhook, no job. */
  settled(): Promise<void>;
}

/**
 * Starts a house; `env` overrides its configuration. Drafts at once and holds no send unless told to. `proxy` puts something between the
 * house and Chatwoot: it gets Chatwoot's address and answers with its own.
 */
export async function startHouse({
  env = {},
  worker = true,
  proxy,
}: {
  env?: Record<string, string>;
  worker?: boolean;
  proxy?: (chatwootUrl: string) => Promise<string>;
} = {}): Promise<TestHouse> {
  const surroundings = await startSurroundings(env);
  const chatwoot = proxy ? { CHATWOOT_BASE_URL: await proxy(surroundings.simulator.url) } : {};
  const config = serverConfig(readConfig({ ...surroundings.env, ...chatwoot }));
  const log = createLog({ level: process.env.TEST_LOG_LEVEL ?? "silent", to: "stderr" });
  const server = await startServer(config, log, { worker });
  await server.ready;
  await surroundings.sendWebhooksTo(server.url);
  const house: TestHouse = {
    ...surroundings,
    url: server.url,
    server,
    api: (path, { as = "dana", ...init } = {}) => call(`${server.url}${path}`, SHOP.people[as].token, { bearer: true, ...init }),
    settled: () => eventually("the house comes to rest", async () => (await isAtRest(house)) && (await staysAtRest(house))),
    async close() {
      await server.close();
      await surroundings.close();
    },
  };
  if (worker) await house.settled();
  return house;
}

async function isAtRest({ server, simulator }: TestHouse): Promise<boolean> {
  const outbox = (await (await fetch(`${simulator.url}/simulator/deliveries`)).json()) as { pending: number };
  const jobs = await server.house.ports.store.jobs.counts();
  return outbox.pending === 0 && jobs.every(({ count }) => count === 0);
}

/** What just ended may have caused a webhook that is about to be sent. */
async function staysAtRest(house: TestHouse): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 60));
  return isAtRest(house);
}
