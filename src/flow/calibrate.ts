import { type DecidedDraft, LEAST_DECISIONS, type Refit, refit } from "../core/calibration.ts";
import { CALIBRATED_FROM_DECISIONS } from "../core/confidence.ts";
import { decidedDraftOf } from "../core/learning.ts";
import type { Ports } from "../ports.ts";

type Fitting = Pick<Ports, "store" | "clock"> & { settings: Pick<Ports["settings"], "accountId"> };

/** Refitted after so many new decisions, and daily when there is any. */
const EVERY_DECISIONS = 25;
const DAY_MS = 86_400_000;
/** Older ones hardly count: a decision's weight halves with every five hundred that come after it. */
const MOST_DECISIONS = 5_000;

/** A fit as it was made now. */
export interface CalibrationRun extends Refit {
  /** null when it was not kept: too few decisions, or a dry run. */
  version: number | null;
  drafter: string;
  fittedOn: number;
}

/** Looks every few minutes whether enough was decided since the last fit. */
export async function calibrate(ports: Fitting & Pick<Ports, "log">): Promise<void> {
  if (!(await isDue(ports))) return;
  const run = await fitNow(ports, { keep: true });
  if (run)
    ports.log.info({ version: run.version, taken: run.taken, decisions: run.decisions, reason: run.reason }, "fitted the confidence");
}

async function isDue({ store, clock, settings }: Fitting): Promise<boolean> {
  const latest = await store.calibrations.latest(settings.accountId);
  const from = latest ? { from: latest.fittedAt } : {};
  const fresh = await store.learning.judged({ accountId: settings.accountId, ...from, limit: LEAST_DECISIONS });
  if (!latest) return fresh.length >= LEAST_DECISIONS;
  return fresh.length >= EVERY_DECISIONS || (fresh.length > 0 && clock.now().getTime() - latest.fittedAt.getTime() >= DAY_MS);
}

/**
 * Fits the weights on what people decided and compares them on decisions held back; null without any decision. New drafts are scored with
 * the newest fit that was taken. The decisions are those on drafts of the drafter at work now, since another one rates itself differently; while
 * these are fewer than fifty, everybody's, for operators are as strict with either.
 */
export async function fitNow({ store, clock, settings }: Fitting, { keep }: { keep: boolean }): Promise<CalibrationRun | null> {
  const { accountId } = settings;
  const judged = await store.learning.judged({ accountId, limit: MOST_DECISIONS });
  const drafter = judged.at(-1)?.drafter;
  if (drafter === undefined) return null;
  const all = judged.flatMap((row) => {
    const draft = decidedDraftOf(row);
    return draft ? [{ draft, drafter: row.drafter }] : [];
  });
  const own = all.filter((row) => row.drafter === drafter);
  const used: DecidedDraft[] = (own.length >= CALIBRATED_FROM_DECISIONS ? own : all).map(({ draft }) => draft);
  const fit = refit(used, await store.calibrations.taken(accountId));
  const run = { ...fit, drafter, decisions: own.length, fittedOn: used.length };
  const oldest = used[0];
  if (!keep || !oldest || used.length < LEAST_DECISIONS) return { ...run, version: null };
  const version = await store.calibrations.add({ ...run, accountId, since: oldest.decidedAt, fittedAt: clock.now() });
  return { ...run, version };
}
