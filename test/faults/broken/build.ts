import type { Fault } from "../plan.ts";

/** One protection taken away: what is changed in which file of src as it is loaded, and the promise that must then be seen to break. */
export interface BrokenBuild {
  breaks: string;
  /** Which faults bring it out; people and customers do the rest. */
  faults: Fault["kind"][];
  /** Faults in the place of planned ones, where it is a matter of when. */
  plan?: Fault[];
  patches: { file: string; from: string | RegExp; to: string }[];
  /** What operators do all the time, as `operators.ts` draws it. */
  habit?: number;
  /** Settings that give it time to show. */
  env?: Record<string, string>;
  /** Statements for the database once the house has prepared it. */
  sql?: string[];
}
