import { parseArgs } from "node:util";
import { BROKEN } from "./broken/builds.ts";

/** How a run is to be. */
export interface Options {
  seed: number;
  minutes: number;
  messages: number;
  broken: string | null;
  report: string | null;
  prove: boolean;
  /** The commit whose program runs; null for the files as they are. */
  ref: string | null;
}

const DEFAULT_SEED = 20261121;
/** A message a customer writes every so often keeps a small machine busy but not behind. */
const MESSAGES_PER_MINUTE = 167;
const DEFAULT_MINUTES = 1.2;

/** Reads the command line; throws with a sentence about what is wrong in it. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string" },
      minutes: { type: "string" },
      messages: { type: "string" },
      broken: { type: "string" },
      report: { type: "string" },
      ref: { type: "string" },
      prove: { type: "boolean", default: false },
    },
  });
  const minutes = numberOf("minutes", values.minutes) ?? DEFAULT_MINUTES;
  if (values.broken !== undefined && !(values.broken in BROKEN))
    throw new Error(`--broken ${values.broken}: there is no such build; there are ${Object.keys(BROKEN).join(", ")}.`);
  return {
    seed: numberOf("seed", values.seed) ?? DEFAULT_SEED,
    minutes,
    messages: numberOf("messages", values.messages) ?? Math.round(minutes * MESSAGES_PER_MINUTE),
    broken: values.broken ?? null,
    report: values.report ?? null,
    prove: values.prove,
    ref: values.ref ?? null,
  };
}

function numberOf(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name} ${value}: is no number above 0.`);
  return number;
}
