import type { Toll } from "./chaos.ts";
import type { Evidence } from "./evidence.ts";
import type { FaultHouse } from "./house.ts";
import { spread } from "./report.ts";

/** What a run came to in numbers, by the words that the report prints. */
export function figuresOf({
  house,
  evidence,
  toll,
  deeds,
  loadSeconds,
  calm,
  found,
  quiet,
  mostSpooled,
  heldMs,
  sentAgain,
}: {
  house: FaultHouse;
  evidence: Evidence;
  toll: Toll;
  deeds: { counts: Record<string, number>; answers: Record<string, number> };
  loadSeconds: number;
  calm: { afterProcesses: number | null; afterDatabase: number | null } | null;
  found: (number | null)[];
  quiet: number | null;
  mostSpooled: number;
  heldMs: number;
  sentAgain: number;
}): Record<string, string | number> {
  const created = evidence.events.filter(({ what }) => what === "created").map(({ at }) => at.getTime());
  const next = (at: number) => created.find((time) => time > at);
  const recoveries = (what: string) =>
    spread(
      toll.restarts.filter((one) => one.what === what).flatMap(({ at }) => ((next(at) ?? 0) > 0 ? [((next(at) ?? 0) - at) / 1000] : [])),
    );
  const byStatus = Object.entries(Object.groupBy(evidence.approvals, ({ status }) => status)).map(
    ([status, rows]) => `${status} ${rows?.length}`,
  );
  const customers = evidence.messages.filter(({ type }) => type === "incoming");
  const writtenAt = new Map(customers.map(({ id, at }) => [id, at]));
  const reconciled = evidence.deliveries.filter((row) => row.source === "reconcile" && row.outcome === "accepted");
  const restarts = Object.entries(toll.counts).filter(([what]) => what.startsWith("database restarts"));
  const shown = (seconds: number | null) => (seconds === null ? "not in time" : `${seconds.toFixed(1)} s`);
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  return {
    build: house.build,
    "customers' messages": customers.length,
    conversations: new Set(customers.map(({ conversation }) => conversation)).size,
    "load, seconds": Math.round(loadSeconds),
    "seconds that customers were held up because the house was behind": Math.round(heldMs / 1000),
    "processes killed (-9)": toll.counts["processes killed"] ?? 0,
    "database restarts": restarts.reduce((sum, [, count]) => sum + count, 0),
    "what went wrong": list(toll.counts),
    disk: house.disk.what,
    "deeds of operators": list(deeds.counts),
    "answers they got": list(deeds.answers),
    webhooks: list(house.acknowledged.outcomes),
    "model calls": `${house.model.calls()}, of them failed ${house.model.failures()}, beside one of a process that stood still ${house.model.takenOver()}`,
    approvals: byStatus.join(", "),
    fates: list(
      Object.fromEntries(
        Object.entries(
          Object.groupBy(
            evidence.deliveries.filter((row) => row.from_customer && row.outcome === "accepted"),
            ({ fate }) => fate ?? "none",
          ),
        ).map(([fate, rows]) => [fate, rows?.length ?? 0]),
      ),
    ),
    "replies that reached customers": evidence.messages.filter((message) => message.mark?.kind === "reply").length,
    "replies that the channel refused": `${house.channel.refused()}; sent again at the end ${sentAgain}`,
    "given back": list(countsOf(evidence.events.filter(({ what }) => what === "given_back").map(({ detail }) => String(detail.reason)))),
    "conversations deleted": house.staff.gone.size,
    "dead letters":
      evidence.deadLetters.length === 0
        ? 0
        : evidence.deadLetters
            .map(({ kind, reason }) => `${kind}: ${reason}`)
            .slice(0, 8)
            .join(" | "),
    "found by reconcile during the run, seconds": spread(
      reconciled.flatMap((row) =>
        writtenAt.has(row.message_id ?? 0) ? [(row.received_at.getTime() - (writtenAt.get(row.message_id ?? 0) ?? 0)) / 1000] : [],
      ),
    ),
    "lost webhooks in calm found after": found.map(shown).join(", ") || "not measured",
    "first draft after a process was started again, seconds": recoveries("process"),
    "first draft after all processes were started again, seconds": recoveries("all processes"),
    "first draft after Chatwoot was started again, seconds": recoveries("Chatwoot"),
    "first draft after the database was started again, seconds": recoveries("database"),
    "in calm, after all processes were killed": calm ? shown(calm.afterProcesses) : "not measured",
    "in calm, after the database was killed": calm ? shown(calm.afterDatabase) : "not measured",
    "seconds from a process's start until it was ready": spread(house.starts),
    "the most deliveries that lay in the spool at once": mostSpooled,
    "seconds from SIGTERM to the end": `${spread(house.ends.seconds)}; gave up what was under way: ${house.ends.gaveUp}`,
    "quiet after": shown(quiet),
    "log lines looked through": `${house.listening.lines()} (${Math.round(house.listening.bytes() / 1024)} KiB)`,
    "log lines that are no JSON":
      house.listening.strange.length === 0 ? 0 : `${house.listening.strange.length}: ${house.listening.strange.slice(0, 3).join(" | ")}`,
  };
}

const countsOf = (words: string[]): Record<string, number> =>
  Object.fromEntries(Object.entries(Object.groupBy(words, (word) => word)).map(([word, all]) => [word, all?.length ?? 0]));
