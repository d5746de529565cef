import { setTimeout as pause } from "node:timers/promises";
import { control } from "./chaos.ts";
import type { Customers, Written } from "./customers.ts";
import { jobsLeft, spooledIn, TRIP_JOBS } from "./evidence.ts";
import type { FaultHouse } from "./house.ts";
import type { Clocked } from "./time.ts";

/** How long it took, seconds; null when it did not come about in the time it was given. */
export interface CalmFigures {
  /** From the start of all processes after all were killed to the first message drafted. */
  afterProcesses: number | null;
  /** From the start of the killed database to the first message drafted. */
  afterDatabase: number | null;
  /** From a customer's message whose webhook was never sent to its being found. */
  found: (number | null)[];
  /** Until nothing was left to do. */
  quiet: number | null;
}

const LONGEST_RECOVERY_MS = 60_000;
const LOST_MESSAGES = 3;
/** Retries wait up to minutes by plan; here time is moved forward for them, never for what is tried the first time. */
const FAR_SECONDS = 3;
const PLANNED_AT_MOST_SECONDS = 4000;

/** Everything works again: faults off, nothing full, all processes up. */
export async function endFaults(house: FaultHouse): Promise<void> {
  house.model.trouble = 0;
  house.model.release();
  house.channel.refusing = 0;
  await house.channel.settled();
  await house.front.open();
  await control(house.simulator.url, "faults", null);
  await control(house.simulator.url, "webhook-faults", null);
  await house.disk.free();
  for (const member of house.members) member.start();
}

/** What is measured when nothing else goes wrong: restarts of everything, and webhooks that never come. */
export async function measureCalm(
  house: FaultHouse,
  customers: Customers,
): Promise<Omit<CalmFigures, "quiet" | "found"> & { lost: Written[] }> {
  await Promise.all(house.members.map((member) => member.kill()));
  const afterProcesses = await recovery(house, customers, async () => {
    for (const member of house.members) member.start();
  });
  await house.postgres.stop("kill");
  const afterDatabase = await recovery(house, customers, () => house.postgres.start());
  const lost: Written[] = [];
  for (let n = 0; n < LOST_MESSAGES; n++) {
    await control(house.simulator.url, "webhook-faults", { match: {}, fault: "never" });
    lost.push(await customers.writeOne());
    await pause(250);
    await control(house.simulator.url, "webhook-faults", null);
  }
  return { afterProcesses, afterDatabase, lost };
}

/** Seconds from a start to the first message drafted; customers write all the while, each second one. */
async function recovery(house: FaultHouse, customers: Customers, start: () => Promise<void>): Promise<number | null> {
  const at = Date.now();
  const started = start();
  for (let wrote = 0; Date.now() - at < LONGEST_RECOVERY_MS; await pause(50)) {
    if (Date.now() - wrote > 1_000) {
      wrote = Date.now();
      await customers.writeOne();
    }
    const drafted = await house.pool
      .query("select min(at) as at from approval_events where what = 'created' and at > $1", [new Date(at)])
      .then(
        ({ rows }) => rows[0]?.at as Date | null,
        () => null,
      );
    if (!drafted) continue;
    await started;
    return (drafted.getTime() - at) / 1000;
  }
  await started;
  return null;
}

/** Seconds until each of these messages was recorded. */
export async function foundAfter({ pool }: FaultHouse, lost: Written[]): Promise<(number | null)[]> {
  const { rows } = await pool.query(
    "select message_id::int as id, received_at from webhook_deliveries where message_id = any($1) and outcome = 'accepted' and source = 'reconcile'",
    [lost.map(({ id }) => id)],
  );
  const times = new Map(rows.map((row) => [row.id as number, row.received_at as Date]));
  return lost.map(({ id, at }) => {
    const time = times.get(id);
    return time ? (time.getTime() - at) / 1000 : null;
  });
}

/** Waits until nothing is on its way: no webhook, no job, no record in the spool, no message without a fate. Seconds, or null at the deadline. */
export async function untilQuiet(house: FaultHouse, customers: Customers, deadlineMs: number): Promise<number | null> {
  const at = Date.now();
  let still = 0;
  while (Date.now() - at < deadlineMs) {
    still = (await isQuiet(house, customers).catch(() => false)) ? still + 1 : 0;
    if (still === 3) return (Date.now() - at) / 1000;
    await pause(500);
  }
  return null;
}

async function isQuiet(house: FaultHouse, customers: Customers): Promise<boolean> {
  const { pool, simulator, staff } = house;
  await pool.query(
    `update pgboss.job set start_after = now() where state in ('created', 'retry') and name = any($1)
     and start_after between now() + make_interval(secs => $2) and now() + make_interval(secs => $3)
     and (state = 'retry' or data ? 'upgrade')`,
    [TRIP_JOBS, FAR_SECONDS, PLANNED_AT_MOST_SECONDS],
  );
  if (simulator.outbox.pending() > 0 || (await jobsLeft(pool)).length > 0) return false;
  if ((await spooledIn(house.spoolDir)) > 0) return false;
  // Of what was deleted nobody can know any more; what is known of it has its end as all else.
  const there = customers.written.filter(({ conversation }) => !staff.gone.has(conversation)).map(({ id }) => id);
  const { rows } = await pool.query(
    `select count(distinct message_id) filter (where message_id = any($1))::int as known,
       count(*) filter (where fate is null or fate = 'waiting')::int as waiting
     from webhook_deliveries where message_id = any($2) and outcome = 'accepted' and from_customer`,
    [there, customers.written.map(({ id }) => id)],
  );
  return rows[0].known === there.length && rows[0].waiting === 0;
}

/** Drafts that may wait before customers write more slowly: a machine that is busy with other things falls behind, and that is not what is tried. */
const MOST_BEHIND = 120;
const LOOK_MS = 1_000;

/** Puts the customers' clock off while the house is behind; answers how many milliseconds in all so far. */
export function holdWhileBehind({ pool }: FaultHouse, clocked: Clocked): { heldMs(): number; stop(): void } {
  let held = 0;
  const timer = setInterval(async () => {
    const behind = await pool
      .query("select count(*)::int as count from pgboss.job where name = 'draft-reply' and state in ('created', 'retry', 'active')")
      .then(
        ({ rows }) => rows[0].count as number,
        () => 0,
      );
    if (behind <= MOST_BEHIND) return;
    clocked.beganAt += LOOK_MS;
    held += LOOK_MS;
  }, LOOK_MS).unref();
  return { heldMs: () => held, stop: () => clearInterval(timer) };
}

const SENT_AGAIN_ROUNDS = 3;

/** Operators send again what did not reach its customer, until nothing is left that can be. Answers how many sends that were. */
export async function sendAgain(operators: { sendAgain(): Promise<number> }, settled: () => Promise<unknown> | null): Promise<number> {
  let sent = 0;
  for (let round = 0; round < SENT_AGAIN_ROUNDS; round++) {
    const failed = await operators.sendAgain();
    if (failed === 0) break;
    sent += failed;
    await settled();
  }
  return sent;
}
