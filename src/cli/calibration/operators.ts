import { CAPS, MIDDLE, PRIOR_WEIGHTS, type SignalName, type Weights } from "../../core/confidence.ts";
import type { Chance } from "./random.ts";

/** A draft as the simulation draws it: what Countersign knows of it. */
export interface SimulatedDraft {
  signals: { name: SignalName; value: number }[];
  caps: { name: string; limit: number }[];
}

/** A kind of operators: how likely, 0..1, they send a draft with at most a tenth of its words changed. */
export interface Operators {
  name: string;
  /** What is the same for all drafts of one installation; drawn once a seed. */
  settle(chance: Chance): {
    /** `seen` is the score they were shown, 0..1, null for a hidden one; `nth` counts decisions from 0. */
    sends(draft: SimulatedDraft, circumstances: { seen: number | null; nth: number; chance: Chance }): number;
  };
}

/**
 * The operators of the simulation. All look at a draft's signals through weights of their own, and are less likely by one log-odd to send one that
 * has a reason for a cap, and at most as likely as the cap says. None of them is what the refit assumes but the first one, whose judgement the prior describes exactly: there a refit can
 * only lose.
 */
export const OPERATORS: Operators[] = [
  looking("as the prior believes", () => PRIOR_WEIGHTS),
  looking("strict", () => ({ ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias - 1.5 })),
  looking("lenient", () => ({ ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias + 1.5 })),
  looking("two useless signals", () => ({ ...PRIOR_WEIGHTS, self_rating: 0, verified_quotes: 0 })),
  looking("an inverted signal", () => ({ ...PRIOR_WEIGHTS, retrieval_strength: -PRIOR_WEIGHTS.retrieval_strength })),
  looking("signals half as telling", () => scaled(0.5)),
  looking("signals twice as telling", () => scaled(2)),
  looking("anything", (chance) => {
    const entries = Object.entries(PRIOR_WEIGHTS).map(([name, weight]) => [name, weight + 1.5 * chance.normal()]);
    return Object.fromEntries(entries) as Weights;
  }),
  {
    name: "reasons we cannot see",
    settle: () => ({ sends: (draft, { chance }) => odds(logOddsOf(draft, PRIOR_WEIGHTS) + 1.5 * chance.normal()) }),
  },
  {
    name: "all or nothing",
    // Not a logistic at all: below a threshold of the facts' proof nearly nothing is sent, above it what the retrieval deserves.
    settle: () => ({
      sends: (draft) => {
        const proven = draft.signals.find(({ name }) => name === "verified_quotes")?.value ?? 0;
        const found = draft.signals.find(({ name }) => name === "retrieval_strength")?.value ?? 0;
        return draft.caps.length > 0 ? 0.05 : proven < 0.6 ? 0.08 : 0.25 + 0.65 * found;
      },
    }),
  },
  {
    name: "careless in one of six",
    settle: () => ({ sends: (draft) => odds(logOddsOf(draft, PRIOR_WEIGHTS)) * (5 / 6) + 1 / 12 }),
  },
  {
    name: "led by the score, strict without",
    // Half-way between their own judgement and what they were shown.
    settle: () => ({
      sends: (draft, { seen }) => {
        const own = logOddsOf(draft, { ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias - 1 });
        return odds(seen === null ? own : (own + Math.log(seen / (1 - seen))) / 2);
      },
    }),
  },
  {
    name: "stricter by the day",
    settle: () => ({
      sends: (draft, { nth }) => odds(logOddsOf(draft, { ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias + 1 - Math.min(2, nth / 1000) })),
    }),
  },
];

/** Share of drafts with each reason for a cap, whatever the signals say; `no_verified_quote` follows from the signals. */
const CAPPED = { unsupported_fact: 0.05, contradicting_sources: 0.03 };
/** How much less likely a draft with such a reason is sent, in log-odds; never likelier than its cap says. */
const CAP_REASON = 1;

/**
 * Draws a draft. Signals go together, for what lies behind most of them is whether the knowledge answers the question: correlations of .3 to .7. Most
 * drafts quote all their facts, models rate themselves too high, and every other question is like none before. `selfRating`: a model's own, else
 * the extractive drafter's, which follows from the retrieval.
 */
export function drawDraft(chance: Chance, { selfRating }: { selfRating: boolean }): SimulatedDraft {
  const answers = chance.normal();
  const like = (share: number) => share * answers + Math.sqrt(1 - share ** 2) * chance.normal();
  const retrieval = odds(0.6 + 1.3 * like(0.8));
  const coverage = odds(0.4 + 1.1 * like(0.7));
  const verified = verifiedShare(chance, answers);
  const rating = selfRating ? odds(1.2 + 0.8 * like(0.6)) : Math.sqrt(retrieval * coverage);
  const history = historyOf(chance, like(0.5));
  const values: [SignalName, number | null][] = [
    ["retrieval_strength", retrieval],
    ["question_coverage", coverage],
    ["verified_quotes", verified],
    ["self_rating", rating],
    ["history", history],
  ];
  const caps = [
    ...(verified === null || verified === 0 ? ["no_verified_quote" as const] : []),
    ...(Object.keys(CAPPED) as (keyof typeof CAPPED)[]).filter((name) => chance.even() < CAPPED[name]),
  ];
  return {
    signals: values.flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
    caps: caps.map((name) => ({ name, limit: CAPS[name] })),
  };
}

/** Seven of ten quote everything; the rest prove some of one to four facts; one of 25 states no fact. */
function verifiedShare(chance: Chance, answers: number): number | null {
  if (chance.even() < 0.04) return null;
  if (chance.even() < 0.55 + 0.3 * odds(answers)) return 1;
  const facts = 1 + Math.floor(chance.even() * 4);
  return Math.floor(chance.even() * facts) / facts;
}

/** As `core/history` would say it of one to six decisions. */
function historyOf(chance: Chance, like: number): number | null {
  if (chance.even() < 0.5) return null;
  const decisions = 1 + Math.floor(chance.even() * 6);
  let sent = 0;
  for (let n = 0; n < decisions; n++) if (chance.even() < odds(0.3 + like)) sent += 1;
  return (sent + 1) / (decisions + 2);
}

function looking(name: string, weightsOf: (chance: Chance) => Weights): Operators {
  return {
    name,
    settle: (chance) => {
      const weights = weightsOf(chance);
      return { sends: (draft) => odds(logOddsOf(draft, weights)) };
    },
  };
}

function scaled(factor: number): Weights {
  const entries = Object.entries(PRIOR_WEIGHTS).map(([name, weight]) => [name, name === "bias" ? weight : factor * weight]);
  return Object.fromEntries(entries) as Weights;
}

function logOddsOf({ signals, caps }: SimulatedDraft, weights: Weights): number {
  const sum = signals.reduce((total, { name, value }) => total + weights[name] * (value - MIDDLE), weights.bias);
  return caps.reduce((most, { limit }) => Math.min(most, sum - CAP_REASON, Math.log(limit / (100 - limit))), sum);
}

const odds = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));
