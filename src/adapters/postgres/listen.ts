import pg from "pg";
import type { LiveEvent } from "../../ports/store.ts";
import type { Log, News } from "../../ports.ts";

/** Channels of PostgreSQL's NOTIFY: sent with a transaction's commit, heard by every process. */
export const JOBS_CHANNEL = "countersign_jobs";
export const NEWS_CHANNEL = "countersign_news";

const RECONNECT_MS = 500;

export interface Listener extends News {
  /** Called with kind and due time (epoch ms) of each job sent, and with null after each reconnection: anything may have been missed. */
  onJob(listener: (job: { kind: string; dueAt: number } | null) => void): void;
  /** The session that lives as long as the process; its advisory locks tell that the process lives. Null while disconnected. */
  session(): pg.Client | null;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** One connection that listens, and comes back by itself when it is lost. */
export function createListener({ url, log }: { url: string; log: Log }): Listener {
  const news = new Set<(event: LiveEvent) => void>();
  const jobs = new Set<(job: { kind: string; dueAt: number } | null) => void>();
  let client: pg.Client | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: "countersign listen",
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    fresh.on("error", (error) => {
      if (client === fresh) lost(error);
    });
    fresh.on("end", () => {
      if (client === fresh) lost(new Error("the connection ended"));
    });
    fresh.on("notification", ({ channel, payload }) => hear(channel, payload ?? ""));
    await fresh.connect();
    await fresh.query(`listen ${JOBS_CHANNEL}; listen ${NEWS_CHANNEL}`);
    client = fresh;
    for (const listener of jobs) listener(null);
  }

  function lost(error: Error): void {
    client = null;
    if (closed) return;
    log.warn({ err: error }, "the listening connection was lost, connecting again");
    again();
  }

  function again(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!closed) connect().catch(again);
    }, RECONNECT_MS);
  }

  function hear(channel: string, payload: string): void {
    if (channel === JOBS_CHANNEL) {
      const [kind = "", dueAt = "0"] = payload.split(" ");
      for (const listener of jobs) listener({ kind, dueAt: Number(dueAt) });
    } else {
      const [type, id = ""] = payload.split(" ");
      for (const listener of news) listener({ type: type as LiveEvent["type"], id });
    }
  }

  return {
    subscribe(listener) {
      news.add(listener);
      return () => news.delete(listener);
    },
    onJob: (listener) => void jobs.add(listener),
    session: () => client,
    start: connect,
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
