import type { Example, Verdict } from "../core/classifier/classifier.ts";

export interface TriageExample extends Example {
  id: string;
}

/** What triage learns from. Several writers wait for one another; the later example of an id stands. */
export interface TriageExamplesTable {
  /** These instead of all that were there. */
  replace(examples: TriageExample[]): Promise<void>;
  /** These beside those that are there. */
  add(examples: TriageExample[]): Promise<void>;
  /** In the order in which they were brought in. */
  all(): Promise<TriageExample[]>;
  /** Another number after every change. */
  revision(): Promise<number>;
}

/** Tells what a message is about by the team's examples, else by those that came with the program. */
export interface IntentClassifier {
  /** Trains again after the examples changed. `own`: the team brought them in. Throws when they cannot be read. */
  classify(text: string): Promise<Verdict & { own: boolean }>;
  /** The examples in use. */
  examples(): Promise<(Example & { id?: string })[]>;
}
