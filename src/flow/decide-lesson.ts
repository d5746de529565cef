import { Problem } from "../core/problem.ts";
import type { Operator } from "../core/words.ts";
import type { StoredLesson } from "../ports/lessons.ts";
import type { Ports } from "../ports.ts";

/** What a person makes of a lesson; an accepted one may be put in better words, then and later. */
export type LessonDecision = { status: "accepted"; text?: string | undefined } | { status: "rejected" } | { status: "revoked" };

/**
 * Accepts a lesson, which is a rule of the house from the next draft on, puts it away, or takes an accepted one back. What was put away or
 * taken back may be accepted after all. The same decision again changes nothing.
 */
export async function decideLesson(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { id, decision, by }: { id: string; decision: LessonDecision; by: Pick<Operator, "id" | "name"> },
): Promise<StoredLesson> {
  return store.transaction(async (tables) => {
    const before = await tables.lessons.lock(id);
    if (!before) throw new Problem("not_found", "There is no lesson with this id.");
    const text = decision.status === "accepted" ? (decision.text?.trim() ?? before.text) : before.text;
    if (before.status === decision.status && before.text === text) return before;
    if (decision.status === "rejected" && before.status !== "suggested") throw decided(before);
    if (decision.status === "revoked" && before.status !== "accepted") throw decided(before);
    const lesson: StoredLesson = {
      ...before,
      text,
      status: decision.status,
      decidedBy: { type: "operator", id: by.id, name: by.name },
      decidedAt: clock.now(),
      updatedAt: clock.now(),
    };
    await tables.lessons.decide(lesson, { changesStyle: decision.status !== "rejected" });
    return lesson;
  });
}

const decided = ({ status }: StoredLesson) =>
  new Problem(
    "already_decided",
    status === "suggested" ? "This lesson was not accepted yet; reject it instead." : `This lesson was ${status} already.`,
  );
