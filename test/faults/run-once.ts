import { writeFile } from "node:fs/promises";
import { BROKEN } from "./broken/builds.ts";
import { playFaults, type Toll } from "./chaos.ts";
import { createCustomers } from "./customers.ts";
import { diceOf } from "./dice.ts";
import { type Evidence, jobsLeft, messagesIn, recordsIn, spooledIn } from "./evidence.ts";
import { type FaultHouse, startFaultHouse } from "./house.ts";
import { INVARIANTS } from "./invariants.ts";
import { SERVER_LOG } from "./listening.ts";
import { createOperators, noDeeds } from "./operators.ts";
import type { Options } from "./options.ts";
import { endFaults, foundAfter, holdWhileBehind, measureCalm, untilQuiet } from "./peace.ts";
import { planFaults } from "./plan.ts";
import { type Outcome, reportOf, spread } from "./report.ts";
import type { Clocked } from "./time.ts";

const PROGRESS_MS = 10_000;
/** Customers who were held up write a little longer than planned, then no more. */
const LONGEST = 1.05;
const WATCH_SPOOL_MS = 700;
const QUIET_MS = { short: 100_000, long: 600_000, broken: 50_000 };
const THINK_MS = 1_200;

/** One run from start to report. `stop` ends the load early; the report is made all the same, and written to its file as it grows. */
export async function runOnce(options: Options, { tell, stop }: { tell(line: string): void; stop: AbortSignal }): Promise<Outcome> {
  const { seed, minutes, messages, broken, ref } = options;
  const durationMs = minutes * 60_000;
  const began = Date.now();
  const diceFor = (name: string) => diceOf(seed, name);
  let customers: ReturnType<typeof createCustomers> | null = null;
  const house = await startFaultHouse({ dice: diceFor("house"), broken, ref, conversationOf: (nonce) => customers?.conversationOf(nonce) });
  try {
    const { simulator, inboxIdentifier, balancer } = house;
    customers = createCustomers({ dice: diceFor("customers"), simulatorUrl: simulator.url, inboxIdentifier, messages, durationMs });
    const deeds = noDeeds();
    const operators = createOperators({
      houseUrl: balancer.url,
      simulatorUrl: simulator.url,
      deeds,
      habit: (broken && BROKEN[broken]?.habit) || null,
    });
    await operators.signIn();
    const toll: Toll = { counts: {}, restarts: [] };
    let isOver = false;
    const clocked: Clocked = { beganAt: Date.now(), isOver: () => isOver || stop.aborted };
    tell(
      `everything is up after ${Date.now() - began} ms; ${messages} messages in ${minutes} minutes, seed ${seed}${broken ? `, broken: ${broken}` : ""}; \`kill -TERM ${process.pid}\` ends the load and reports`,
    );

    let mostSpooled = 0;
    const watching = setInterval(
      () =>
        void spooledIn(house.spoolDir).then((count) => {
          mostSpooled = Math.max(mostSpooled, count);
        }),
      WATCH_SPOOL_MS,
    ).unref();
    const progress = setInterval(() => {
      void progressOf(house, customers?.written.length ?? 0, deeds.counts, toll).then((line) => {
        tell(line);
        if (options.report) void writeFile(options.report, `Under way since ${new Date(began).toISOString()}, seed ${seed}.\n${line}\n`);
      });
    }, PROGRESS_MS).unref();
    const people = Math.max(4, Math.round((messages / minutes / 60) * 2.2));
    const deciding = operators.play(people, THINK_MS, clocked, diceFor);
    const failing = playFaults(
      planFaults(diceFor("faults"), durationMs, broken ? BROKEN[broken]?.faults : undefined),
      { ...house, simulatorUrl: simulator.url },
      clocked,
      diceFor("chaos"),
      toll,
      tell,
    );
    const writing: Clocked = {
      beganAt: clocked.beganAt,
      isOver: () => clocked.isOver() || Date.now() > clocked.beganAt + durationMs * LONGEST,
    };
    const held = holdWhileBehind(house, writing);
    await customers.play(writing);
    held.stop();
    isOver = true;
    await Promise.all([failing, deciding]);
    const loadSeconds = (Date.now() - clocked.beganAt) / 1000;
    tell(`the load is over after ${Math.round(loadSeconds)} s; from now on everything works again`);

    await endFaults(house);
    const calm = broken ? null : await measureCalm(house, customers);
    if (calm)
      tell(
        `in calm: drafting again ${calm.afterProcesses} s after all processes were killed, ${calm.afterDatabase} s after the database was`,
      );
    const quiet = await untilQuiet(house, customers, broken ? QUIET_MS.broken : minutes > 5 ? QUIET_MS.long : QUIET_MS.short);
    tell(quiet === null ? "it did not become quiet in time" : `quiet after ${quiet.toFixed(1)} s`);
    clearInterval(progress);
    clearInterval(watching);
    const found = calm ? await foundAfter(house, calm.lost) : [];
    const left = await jobsLeft(house.pool);
    await Promise.all(house.members.map((member) => member.end()));
    const evidence: Evidence = {
      messages: messagesIn(simulator.state, new Set(customers.conversations)),
      ...(await recordsIn(house.pool)),
      jobsLeft: left,
      modelOverlaps: house.model.overlaps,
      acknowledged: house.acknowledged.all(),
      spooled: await spooledIn(house.spoolDir),
      deeds,
      leaks: house.listening.leaks,
      troubles: house.troubles,
    };
    await lookIntoServerLog(house);
    const results = Object.fromEntries(Object.entries(INVARIANTS).map(([name, invariant]) => [name, invariant(evidence)]));
    const outcome: Outcome = {
      seed,
      broken,
      seconds: Math.round((Date.now() - began) / 1000),
      endedEarly: stop.aborted,
      figures: figuresOf({ house, evidence, toll, deeds, loadSeconds, calm, found, quiet, mostSpooled, heldMs: held.heldMs() }),
      results,
      evidence,
      complaints: house.listening.complaints,
      lastLines: house.listening.last(),
    };
    if (options.report) await writeFile(options.report, reportOf(outcome));
    return outcome;
  } finally {
    await house.close();
  }
}

/** PostgreSQL's own log must not hold what people wrote either. */
async function lookIntoServerLog({ postgres, listening }: FaultHouse): Promise<void> {
  for (const line of (await postgres.log()).split("\n")) if (line) listening.hear(SERVER_LOG, `{${line}`);
}

async function progressOf(
  { pool, simulator, listening, troubles }: FaultHouse,
  written: number,
  deeds: Record<string, number>,
  toll: Toll,
): Promise<string> {
  const rows = await pool
    .query("select status, count(*)::int as count from agent_approvals group by 1 order by 1")
    .then((result) => result.rows.map((row) => `${row.status} ${row.count}`).join(", "))
    .catch(() => "the database is away");
  const decided = Object.values(deeds).reduce((sum, count) => sum + count, 0);
  const memory = Math.round(process.memoryUsage().rss / 1_048_576);
  return `${new Date().toISOString().slice(11, 19)} written ${written}, deeds ${decided}, killed ${toll.counts["processes killed"] ?? 0}; approvals: ${rows}; webhooks under way ${simulator.outbox.pending()}, log lines ${listening.lines()}, troubles ${troubles.length}, memory of the run ${memory} MiB`;
}

function figuresOf({
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
    "model calls": `${house.model.calls()}, of them failed ${house.model.failures()}`,
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

/** Whether a run went as it should: a sound build keeps every promise, a broken one breaks the promise it is said to break. */
export function isAsExpected({ broken, results }: Outcome): boolean {
  if (broken === null) return Object.values(results).every((violations) => violations.length === 0);
  return (results[BROKEN[broken]?.breaks ?? ""] ?? []).length > 0;
}
