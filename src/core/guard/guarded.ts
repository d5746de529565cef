import type { Policy } from "../policy.ts";
import type { Citation, Passage, Triage } from "../words.ts";

/** What a draft is held against. */
export interface Guarded {
  draftText: string;
  citations: Citation[];
  passages: Pick<Passage, "passageId" | "title" | "text" | "url" | "safety">[];
  triage: Triage;
  policy: Policy;
  customerText: string;
}
