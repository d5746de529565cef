import { writeFile } from "node:fs/promises";
import { BROKEN } from "./broken/builds.ts";
import { playFaults, type Toll } from "./chaos.ts";
import { type Customers, createCustomers } from "./customers.ts";
import { diceOf } from "./dice.ts";
import { type Evidence, messagesIn, recordsIn, spooledIn } from "./evidence.ts";
import { figuresOf } from "./figures.ts";
import { forgetNow, lookNow, untilNoticed } from "./gone.ts";
import { type FaultHouse, startFaultHouse } from "./house.ts";
import { INVARIANTS } from "./invariants.ts";
import { SERVER_LOG } from "./listening.ts";
import { createOperators, noDeeds } from "./operators.ts";
import type { Options } from "./options.ts";
import { endFaults, foundAfter, holdWhileBehind, measureCalm, sendAgain, untilQuiet } from "./peace.ts";
import { planFaults } from "./plan.ts";
import { type Outcome, reportOf } from "./report.ts";
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
  let conversationOf: Customers["conversationOf"] | null = null;
  const house = await startFaultHouse({
    dice: diceFor("house"),
    channelDice: diceFor("channel"),
    broken,
    ref,
    conversationOf: (nonce) => conversationOf?.(nonce),
  });
  try {
    const { simulator, inboxIdentifier, balancer } = house;
    const customers = createCustomers({ dice: diceFor("customers"), simulatorUrl: simulator.url, inboxIdentifier, messages, durationMs });
    conversationOf = customers.conversationOf;
    const deeds = noDeeds();
    const operators = createOperators({
      houseUrl: balancer.url,
      simulator,
      staff: house.staff,
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
      void progressOf(house, customers.written.length, deeds.counts, toll).then((line) => {
        tell(line);
        if (options.report) void writeFile(options.report, `Under way since ${new Date(began).toISOString()}, seed ${seed}.\n${line}\n`);
      });
    }, PROGRESS_MS).unref();
    const people = Math.max(4, Math.round((messages / minutes / 60) * 2.2));
    const deciding = operators.play(people, THINK_MS, clocked, diceFor);
    const failing = playFaults(
      (broken && BROKEN[broken]?.plan) || planFaults(diceFor("faults"), durationMs, broken ? BROKEN[broken]?.faults : undefined),
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
    const patienceMs = broken ? QUIET_MS.broken : minutes > 5 ? QUIET_MS.long : QUIET_MS.short;
    const quiet = await untilQuiet(house, customers, patienceMs);
    tell(quiet === null ? "it did not become quiet in time" : `quiet after ${quiet.toFixed(1)} s`);
    const settled = () => (quiet === null ? null : untilQuiet(house, customers, patienceMs));
    await lookNow(house);
    await settled();
    const sentAgain = quiet === null ? 0 : await sendAgain(operators, settled);
    await untilNoticed(house);
    await settled();
    clearInterval(progress);
    clearInterval(watching);
    const found = calm ? await foundAfter(house, calm.lost) : [];
    const messagesLeft = messagesIn(simulator.state, new Set(customers.conversations));
    const records = await recordsIn(house.pool);
    const heldOfGone = await forgetNow(house, customers.written);
    await Promise.all(house.members.map((member) => member.end()));
    const evidence: Evidence = {
      messages: messagesLeft,
      ...records,
      modelOverlaps: house.model.overlaps,
      acknowledged: house.acknowledged.all(),
      spooled: await spooledIn(house.spoolDir),
      deeds,
      leaks: house.listening.leaks,
      troubles: house.troubles,
      gone: house.staff.gone,
      heldOfGone,
    };
    await lookIntoServerLog(house);
    const results = Object.fromEntries(Object.entries(INVARIANTS).map(([name, invariant]) => [name, invariant(evidence)]));
    const outcome: Outcome = {
      seed,
      broken,
      seconds: Math.round((Date.now() - began) / 1000),
      endedEarly: stop.aborted,
      figures: figuresOf({ house, evidence, toll, deeds, loadSeconds, calm, found, quiet, mostSpooled, heldMs: held.heldMs(), sentAgain }),
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

/** Whether a run went as it should: a sound build keeps every promise, a broken one breaks the promise it is said to break. */
export function isAsExpected({ broken, results }: Outcome): boolean {
  if (broken === null) return Object.values(results).every((violations) => violations.length === 0);
  return (results[BROKEN[broken]?.breaks ?? ""] ?? []).length > 0;
}
