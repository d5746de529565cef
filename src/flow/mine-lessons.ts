import { setImmediate as othersTurn } from "node:timers/promises";
import { type StudiedReply, study } from "../core/changes.ts";
import { mineLessons } from "../core/lessons.ts";
import type { Ports } from "../ports.ts";

/** How far back replies are looked at, and how many of them at most. */
const LOOK_BACK_DAYS = 180;
const MOST_REPLIES = 5_000;

/** What a mining came to. */
export interface LessonsReport {
  replies: number;
  /** Changes that operators keep making, and those of them that were not suggested before. */
  found: number;
  suggested: number;
}

/** Suggests what operators keep changing in drafts. Nothing reaches the drafter before a person accepts it, and nothing is suggested twice. */
export async function mineHouseLessons({ store, clock, log }: Pick<Ports, "store" | "clock" | "log">): Promise<LessonsReport> {
  const at = clock.now();
  const replies: StudiedReply[] = [];
  for await (const reply of store.lessons.repliesSince(new Date(at.getTime() - LOOK_BACK_DAYS * 86_400_000))) {
    replies.push(study(reply));
    await othersTurn(); // deliveries come in meanwhile
    if (replies.length > MOST_REPLIES) replies.shift(); // the newest count
  }
  const found = mineLessons(replies);
  let suggested = 0;
  for (const lesson of found) if (await store.transaction((tables) => tables.lessons.suggest(lesson, at))) suggested += 1;
  const report = { replies: replies.length, found: found.length, suggested };
  log.info(report, "looked for lessons in what operators changed");
  return report;
}
