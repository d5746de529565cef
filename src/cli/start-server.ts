import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { type House, openHouse } from "../compose.ts";
import { ConfigError, type ServerConfig } from "../config.ts";
import { syncKnowledge } from "../flow/sync-knowledge.ts";
import { createApp } from "../http/app.ts";
import type { Log } from "../ports.ts";
import { startWorker } from "../worker.ts";

/** Time for jobs under way and open connections at shutdown; with what follows it stays below the ten seconds that people are promised. */
const GRACE_MS = 6000;
/** Drafting waits so long for the first knowledge; a larger library goes on coming in beside it. */
const FIRST_SYNC_MS = 20_000;
const PREPARE_AGAIN_MS = 1000;
const IDLE_MS = 50;
/** Longer than proxies and clients keep a connection that nobody uses: who closes first decides whether a request is lost. */
const KEEP_ALIVE_MS = 75_000;

export interface Server {
  url: string;
  house: House;
  /** Resolves once the database is migrated and the worker, if any, works. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** Listens at once and prepares the database behind: deliveries are taken from the first moment on. */
export async function startServer(
  config: ServerConfig,
  log: Log,
  { worker, http = true }: { worker: boolean; http?: boolean },
): Promise<Server> {
  const house = await openHouse(config, log, { supervise: worker });
  let closing = false;
  const server = createServer(
    createApp({
      ports: house.ports,
      reader: house.reader,
      health: house.health,
      pathSecret: config.WEBHOOK_PATH_SECRET ?? null,
      chatwootBaseUrl: config.CHATWOOT_BASE_URL,
      cookieSecure: config.COOKIE_SECURE ?? config.PUBLIC_URL?.startsWith("https:") ?? false,
      publicUrl: config.PUBLIC_URL ?? null,
      isShuttingDown: () => closing,
    }),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  let url = "";
  if (http) {
    await listen(server, config).catch(async (error: unknown) => {
      await house.close();
      throw error;
    });
    url = `http://${config.HOST.includes(":") ? `[${config.HOST}]` : config.HOST}:${(server.address() as AddressInfo).port}`;
  }
  const ready = prepare();
  return { url, house, ready, close };

  /** Tries until the database can be reached; the door takes deliveries meanwhile. */
  async function prepare(): Promise<void> {
    while (!closing) {
      try {
        await house.prepare();
        if (worker && !closing) await startWork();
        return log.info({ url, worker }, "ready");
      } catch (error) {
        log.warn({ err: error }, "the database is not ready, trying again");
        await after(PREPARE_AGAIN_MS);
      }
    }
  }

  /** Works, and looks at once for what came while nobody worked. */
  async function startWork(): Promise<void> {
    const { store } = house.ports;
    // The first drafts of an installation shall not quote half a library.
    const isFirst = (await store.knowledge.sources()).length === 0;
    if (isFirst) await Promise.race([firstSync(), atMost(FIRST_SYNC_MS)]);
    else await store.jobs.send({ kind: "sync-knowledge", data: {} });
    if (closing) return;
    await startWorker({ ...house.ports, reader: house.reader }, house.records.queue);
    await store.jobs.send({ kind: "reconcile", data: {} });
  }

  /** Without knowledge work goes on, too: the scheduled sync tries again. */
  async function firstSync(): Promise<void> {
    await syncKnowledge(house.ports).catch((error) => log.error({ err: error }, "the first knowledge sync failed"));
  }

  async function close(): Promise<void> {
    closing = true;
    await Promise.all([stopListening(), house.records.queue.stop(GRACE_MS)]);
    await Promise.race([ready, atMost(GRACE_MS)]);
    await house.close();
  }

  /** Answers what was accepted; connections that stay open beyond the grace are cut. */
  async function stopListening(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    const tidy = setInterval(() => server.closeIdleConnections(), IDLE_MS); // a connection whose answer or stream has just ended is idle then
    await Promise.race([closed, atMost(GRACE_MS)]);
    clearInterval(tidy);
    server.closeAllConnections();
    await closed;
  }
}

/** What stands in the way is the port or the host, so that is what the error names. */
async function listen(server: HttpServer, { PORT, HOST }: ServerConfig): Promise<void> {
  server.listen(PORT, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new ConfigError([`PORT: ${PORT} is taken by another program; choose another one.`]);
    if (code === "EACCES") throw new ConfigError([`PORT: ${PORT} may not be used by this user; choose one above 1023.`]);
    throw new ConfigError([`HOST: cannot listen on ${HOST} (${code}); name an address of this machine.`]);
  }
}

/** Bounds a wait at the end, without keeping the process alive for it. */
const atMost = (ms: number) => after(ms, undefined, { ref: false });
