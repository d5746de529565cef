import type { Log } from "../../ports.ts";
import { type Verdict, verdictOf } from "./failures.ts";

/** How it stands with the database, as told by what became of the last attempts to record a delivery. */
export type Standing = {
  isAway(): boolean;
  /** Deliveries that it has recorded since the start. */
  recorded(): number;
  noteRecorded(): void;
  /** Says what the failure means. */
  noteFailure(error: unknown): Verdict;
};

/** Begins with a database that is there. Its going and coming is logged once each. */
export function createStanding(log: Log): Standing {
  let away = false;
  let recorded = 0;

  function back(): void {
    if (away) log.info({}, "the database takes deliveries again");
    away = false;
  }

  return {
    isAway: () => away,
    recorded: () => recorded,
    noteRecorded() {
      recorded += 1;
      back();
    },
    noteFailure(error) {
      const verdict = verdictOf(error);
      if (verdict !== "away") back();
      else if (!away) log.error({ err: error }, "the database cannot take deliveries; they go to the spool");
      away = verdict === "away";
      return verdict;
    },
  };
}
