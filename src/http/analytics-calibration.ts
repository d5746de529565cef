import { z } from "zod";
import { type DecidedDraft, forecastsOf } from "../core/calibration.ts";
import { CALIBRATED_FROM_DECISIONS, PRIOR_WEIGHTS } from "../core/confidence.ts";
import { decidedDraftOf } from "../core/learning.ts";
import { type Bin, binsOf, type Forecast, type Reliability, reliabilityOf, type Share, shareOf } from "../core/reliability.ts";
import type { Calibration } from "../ports/calibrations.ts";
import type { JudgedRow } from "../ports/learning.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { time } from "./schemas.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
/** The newest decisions of the time; more would move no figure. */
const MOST_DECISIONS = 20_000;

const count = z.int().nonnegative();
const share = z.number().min(0).max(1).nullable();
const reliabilitySchema = z.object({
  decisions: count,
  ece: share.meta({ description: "Expected calibration error over ten bins of equal width; null without decisions." }),
  brier: share,
  log_loss: z.number().nonnegative().nullable(),
  auroc: share.meta({ description: "null when all decisions went the same way." }),
});
const shareSchema = z.object({ share: z.number(), low: z.number(), high: z.number() }).nullable();

const calibrationSchema = reliabilitySchema
  .extend({
    from: time,
    to: time,
    since: time.nullable().meta({ description: "The oldest decision of the time." }),
    calibrated: z
      .boolean()
      .meta({ description: `At least ${CALIBRATED_FROM_DECISIONS} decisions were compared with what the score promised.` }),
    bins: z.array(
      z.object({
        from: z.number(),
        to: z.number(),
        decisions: count,
        promised: share.meta({ description: "Mean score, 0 to 1." }),
        came: shareSchema.meta({
          description: "Share that was sent with at most a tenth of its words changed, with its 95 % interval (Wilson).",
        }),
      }),
    ),
    hidden: reliabilitySchema.meta({ description: "Decided without seeing the score: nobody was led by it." }),
    intents: z.array(reliabilitySchema.extend({ intent: z.string() })),
    versions: z.array(reliabilitySchema.extend({ calibration_version: z.int().nullable(), drafter: z.string() })),
    caps: z.array(
      z.object({ name: z.string(), limit: z.number(), decisions: count, came: shareSchema }).meta({
        description: "Drafts whose score this cap held down, and the share of them that was sent all the same.",
      }),
    ),
    prior: reliabilitySchema.meta({ description: "What the documented prior would have promised for the same drafts." }),
    current: reliabilitySchema.meta({
      description: "What the weights in use would have promised. They have seen some of these decisions.",
    }),
    last_fit: z
      .object({
        version: z.int(),
        taken: z.boolean(),
        reason: z.string(),
        drafter: z.string(),
        decisions: count,
        fitted_on: count,
        fitted_at: time,
        since: time,
        held_back: z.object({ before: reliabilitySchema, after: reliabilitySchema }),
      })
      .nullable(),
  })
  .meta({ id: "CalibrationReport" });

type CalibrationReport = z.infer<typeof calibrationSchema>;

/** Whether the score kept its word. */
export function calibrationRoutes(ports: Pick<Ports, "store" | "settings" | "clock">): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/analytics/calibration",
      access: "operator",
      operation: {
        id: "getCalibration",
        summary: "Compares what the score promised with what people decided",
        tag: "Analytics",
        answers: [{ status: 200, description: "Figures of the time, null without decisions", schema: calibrationSchema }],
      },
      query: z
        .object({ from: z.iso.datetime({ offset: true }).optional(), to: z.iso.datetime({ offset: true }).optional() })
        .refine(({ from, to }) => !from || !to || new Date(from) < new Date(to), { path: ["to"], error: "must be after `from`" }),
      handle: async ({ query }) => {
        const to = query.to ? new Date(query.to) : ports.clock.now();
        const from = query.from ? new Date(query.from) : new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
        return { body: await calibrationReport(ports, { from, to }) };
      },
    }),
  ];
}

/** What the score promised for the drafts decided in a time, and what came. */
async function calibrationReport(
  { store, settings: { accountId } }: Pick<Ports, "store" | "settings">,
  { from, to }: { from: Date; to: Date },
): Promise<CalibrationReport> {
  const [rows, latest, [taken]] = await Promise.all([
    store.learning.judged({ accountId, from, to, limit: MOST_DECISIONS }),
    store.calibrations.latest(accountId),
    store.calibrations.taken(accountId),
  ]);
  const judged = rows.flatMap((row) => {
    const draft = decidedDraftOf(row);
    return draft ? [{ ...row, draft, forecast: { score: draft.score / 100, label: draft.label } }] : [];
  });
  const drafts = judged.map(({ draft }) => draft);
  const forecasts = judged.map(({ forecast }) => forecast);
  return {
    ...measuresJson(reliabilityOf(forecasts)),
    from: from.toISOString(),
    to: to.toISOString(),
    since: drafts[0]?.decidedAt.toISOString() ?? null,
    calibrated: (latest?.decisions ?? 0) >= CALIBRATED_FROM_DECISIONS,
    bins: binsOf(forecasts).map(binJson),
    hidden: measuresJson(reliabilityOf(judged.filter(({ draft }) => draft.hidden).map(({ forecast }) => forecast))),
    intents: grouped(judged, ({ intent }) => intent).map(([[first], figures]) => ({ intent: first.intent, ...figures })),
    versions: grouped(judged, ({ calibrationVersion, drafter }) => `${calibrationVersion} ${drafter}`).map(([[first], figures]) => ({
      calibration_version: first.calibrationVersion,
      drafter: first.drafter,
      ...figures,
    })),
    caps: capsOf(drafts),
    prior: measuresJson(reliabilityOf(forecastsOf(drafts, PRIOR_WEIGHTS))),
    current: measuresJson(reliabilityOf(forecastsOf(drafts, taken?.weights ?? PRIOR_WEIGHTS))),
    last_fit: latest && fitJson(latest),
  };
}

type Judged = JudgedRow & { draft: DecidedDraft; forecast: Forecast };

/** Largest group first. */
function grouped(rows: Judged[], keyOf: (row: Judged) => string): [[Judged, ...Judged[]], ReturnType<typeof measuresJson>][] {
  return [...Map.groupBy(rows, keyOf).values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => [group as [Judged, ...Judged[]], measuresJson(reliabilityOf(group.map(({ forecast }) => forecast)))]);
}

/** A score that several caps held down counts for the lowest. */
function capsOf(drafts: DecidedDraft[]): CalibrationReport["caps"] {
  const held = drafts.flatMap(({ caps, score, label }) => {
    const cap = caps.toSorted((a, b) => a.limit - b.limit)[0];
    return cap && score >= cap.limit ? [{ ...cap, label }] : [];
  });
  return [...Map.groupBy(held, ({ name }) => name)].map(([name, group]) => {
    const sent = group.filter(({ label }) => label === 1).length;
    return { name, limit: group[0]?.limit ?? 0, decisions: group.length, came: shareJson(shareOf(sent, group.length)) };
  });
}

function fitJson(fit: Calibration): CalibrationReport["last_fit"] {
  const { version, taken, reason, drafter, decisions, fittedOn, fittedAt, since, heldBack } = fit;
  return {
    version,
    taken,
    reason,
    drafter,
    decisions,
    fitted_on: fittedOn,
    fitted_at: fittedAt.toISOString(),
    since: since.toISOString(),
    held_back: { before: measuresJson(heldBack.before), after: measuresJson(heldBack.after) },
  };
}

const binJson = ({ came, ...bin }: Bin) => ({ ...bin, promised: rounded(bin.promised), came: shareJson(came) });

const shareJson = (of: Share | null) => of && { share: rounded(of.share) ?? 0, low: rounded(of.low) ?? 0, high: rounded(of.high) ?? 0 };

function measuresJson({ decisions, ece, brier, logLoss, auroc }: Reliability) {
  return { decisions, ece: rounded(ece), brier: rounded(brier), log_loss: rounded(logLoss), auroc: rounded(auroc) };
}

/** Four digits: more would claim a precision that no number of decisions gives. */
const rounded = (value: number | null) => (value === null ? null : Math.round(value * 10_000) / 10_000);
