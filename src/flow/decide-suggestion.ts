import { Problem } from "../core/problem.ts";
import type { Operator } from "../core/words.ts";
import type { Suggestion } from "../ports/knowledge-tables.ts";
import type { Ports } from "../ports.ts";

/** What a person makes of a suggestion; an accepted one may be put in better words or rest on other sources. */
export type SuggestionDecision =
  | { status: "accepted"; question?: string | undefined; answer?: string | undefined; sourceIds?: string[] | undefined }
  | { status: "rejected" };

/** Accepts a suggestion, which counts as an answered question from then on, or rejects it. The same decision again changes nothing. */
export async function decideSuggestion(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { id, decision, by }: { id: string; decision: SuggestionDecision; by: Pick<Operator, "id" | "name"> },
): Promise<Suggestion> {
  return store.transaction(async (tables) => {
    const before = await tables.suggestions.lock(id);
    if (!before) throw new Problem("not_found", "There is no suggestion with this id.");
    if (before.status === decision.status) return before;
    if (before.status !== "pending") throw new Problem("already_decided", `This suggestion was ${before.status} already.`);
    const suggestion: Suggestion = {
      ...before,
      ...(decision.status === "accepted" && {
        question: decision.question ?? before.question,
        answer: decision.answer ?? before.answer,
        sourceIds: decision.sourceIds ?? before.sourceIds,
      }),
      status: decision.status,
      decidedBy: { type: "operator", id: by.id, name: by.name },
      decidedAt: clock.now(),
    };
    if (decision.status === "accepted") {
      const known = new Set((await tables.knowledge.sources()).map((source) => source.id));
      const unknown = decision.sourceIds?.find((sourceId) => !known.has(sourceId));
      if (unknown !== undefined) throw new Problem("invalid_payload", `source_ids: there is no source "${unknown}".`);
      suggestion.sourceIds = suggestion.sourceIds.filter((sourceId) => known.has(sourceId)); // some may have gone since
      const { question, answer, sourceIds, answeredAt } = suggestion;
      await tables.answered.learn([{ question, answer, sourceIds, answeredAt, outcome: "answered_by_hand", approvalId: null }]);
    }
    await tables.suggestions.decide(suggestion);
    return suggestion;
  });
}
