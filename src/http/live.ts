import { createSession, type Session } from "better-sse";
import { z } from "zod";
import type { LiveEvent } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { approvalJson } from "./approval-json.ts";
import { deadLetterJson } from "./dead-letters.ts";
import type { Caller, Identity } from "./identity.ts";
import { type Route, route } from "./route.ts";
import type { Sight } from "./sight.ts";

/** However much happens, the counts are read and told no oftener than this. Milliseconds. */
const COUNTS_EVERY_MS = 500;
/** A stream outlives neither its session nor its operator's token by more than this. */
const RECHECK_MS = 60_000;
/** How soon open streams notice that the server goes down. */
const SHUTDOWN_CHECK_MS = 250;

interface Watcher {
  caller: Caller;
  session: Session;
}

type LivePorts = Pick<Ports, "store" | "clock" | "news" | "log">;

/** Server-Sent Events: what operators may see of the queue, the moment it is committed. */
export function liveRoutes(
  ports: LivePorts,
  { sight, identity, isShuttingDown }: { sight: Sight; identity: Identity; isShuttingDown: () => boolean },
): Route[] {
  const { store, clock, log } = ports;
  const watchers = new Set<Watcher>();
  let stopListening: (() => void) | null = null;
  let countsDue = false;
  let telling: Promise<void> = Promise.resolve();

  /** One after the other, so that everybody hears of versions in order. */
  function hear(event: LiveEvent): void {
    telling = telling
      .then(() => (event.type === "delivery.dead" ? tellDead(event.id) : tellApproval(event)))
      .catch((error: unknown) => log.warn({ err: error, event: event.type, id: event.id }, "news could not be told"));
    if (countsDue) return;
    countsDue = true;
    setTimeout(() => {
      countsDue = false;
      tellCounts([...watchers]).catch((error: unknown) => log.warn({ err: error }, "counts could not be told"));
    }, COUNTS_EVERY_MS).unref();
  }

  async function tellApproval({ id, type }: LiveEvent): Promise<void> {
    const approval = await store.approvals.get(id);
    if (!approval) return;
    const json = approvalJson(approval);
    await Promise.all(
      [...watchers].map(async ({ caller, session }) => {
        const visible = await sight.maySee(caller, approval.conversationId).catch(() => false);
        if (visible && session.isConnected) session.push(json, type);
      }),
    );
  }

  async function tellDead(id: string): Promise<void> {
    const letter = await store.deadLetters.get(id);
    if (!letter) return;
    for (const { caller, session } of watchers) {
      if (caller.operator.role === "administrator" && session.isConnected) session.push(deadLetterJson(letter), "delivery.dead");
    }
  }

  async function tellCounts(to: Watcher[]): Promise<void> {
    if (to.length === 0) return;
    const pending = (await store.approvals.counts(clock.now())).filter(({ status }) => status === "pending");
    const byPriority = Object.fromEntries(pending.map(({ priority, count }) => [priority, count]));
    const json = { pending: pending.reduce((sum, { count }) => sum + count, 0), by_priority: byPriority };
    for (const { session } of to) if (session.isConnected) session.push(json, "queue.counts");
  }

  function join(watcher: Watcher): void {
    watchers.add(watcher);
    stopListening ??= ports.news.subscribe(hear);
  }

  function leave(watcher: Watcher): void {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    stopListening?.();
    stopListening = null;
  }

  return [
    route({
      method: "get",
      path: "/api/v1/events",
      access: "operator",
      operation: {
        id: "watchEvents",
        summary: "Streams approval.created, approval.updated (the approval), queue.counts and delivery.dead as they happen",
        tag: "Live",
        answers: [{ status: 200, description: "Server-Sent Events", schema: z.string(), contentType: "text/event-stream" }],
      },
      handle: async ({ req, res, caller }) => {
        if (req.method === "HEAD") return { headers: { "Content-Type": "text/event-stream" } };
        const session = await createSession(req, res, { headers: { "Cache-Control": "no-store", "X-Accel-Buffering": "no" } });
        const watcher = { caller, session };
        const end = () => {
          leave(watcher);
          res.end();
        };
        const recheck = setInterval(() => identity.identify(req).catch(end), RECHECK_MS).unref();
        const shutdown = setInterval(() => isShuttingDown() && end(), SHUTDOWN_CHECK_MS).unref();
        session.once("disconnected", () => {
          clearInterval(recheck);
          clearInterval(shutdown);
          leave(watcher);
        });
        join(watcher);
        await tellCounts([watcher]);
        return undefined;
      },
    }),
  ];
}
