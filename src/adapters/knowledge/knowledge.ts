import { answerable, signalsOf } from "../../core/answerable.ts";
import { contradictionsOf } from "../../core/contradictions.ts";
import { askedIn } from "../../core/question.ts";
import type { AnsweredExample, Findings, FoundPassage } from "../../core/words.ts";
import type { Knowledge, KnowledgeOrigin } from "../../ports/knowledge.ts";
import type { AnsweredTable, KnowledgeTable } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { readDocuments } from "./documents.ts";
import { keepIndex, keepMemory } from "./in-step.ts";
import type { Answer } from "./lexical-index.ts";
import type { Recollection } from "./memory.ts";
import type { Refinement } from "./refine.ts";
import { type LexicalSearch, loadLexicalRetriever, loadRetriever, passageOfNode, type Retriever } from "./retriever.ts";
import { syncOrigins } from "./sync.ts";

/** How many of the best passages are compared for contradictions, however few are asked for. */
const CONTRADICTION_DEPTH = 12;
/** Earlier answers that the drafter sees, and how near their questions must lie. */
const MOST_EXAMPLES = 2;
const LIKE_QUESTION = 0.3;
const NOTHING_RECALLED: Recollection = { votes: new Map(), nearness: 0, reliability: 0, nearest: [] };

/**
 * The knowledge base: a folder kept in step with the store, and a lexical index in this process kept in step with the store,
 * asked through LlamaIndex's retriever interface. `retrieverModule` names a user's own retriever, asked instead of ours.
 */
export function createKnowledge(options: {
  directory: string | null;
  /** Where else knowledge comes from. */
  origins?: KnowledgeOrigin[];
  table: KnowledgeTable;
  /** Questions that were answered before; without them only the passages speak. */
  answered?: AnsweredTable;
  retrieverModule?: string;
  /** Makes the ranking by words better; left out for a user's own retriever. */
  refinement?: Refinement | null;
  log: Log;
}): Knowledge {
  const { directory, table, retrieverModule, log } = options;
  const folder: KnowledgeOrigin[] = directory === null ? [] : [{ name: "folder", documents: (tell) => readDocuments(directory, tell) }];
  const refinement = retrieverModule ? null : (options.refinement ?? null);
  const origins = [...folder, ...(options.origins ?? [])];
  const currentIndex = keepIndex(table, log);
  const memory = options.answered ? keepMemory(options.answered, log) : null;
  const lexicalRetriever = once(loadLexicalRetriever);
  const ownRetriever = once(() => loadRetriever(retrieverModule ?? "", () => table.passages()));

  async function retrieverFor(search: LexicalSearch): Promise<Retriever> {
    if (retrieverModule) return ownRetriever();
    const [retriever, index] = await Promise.all([lexicalRetriever(), currentIndex.get()]);
    return retriever(index, search);
  }

  return {
    async search(message, { limit, language }): Promise<Findings> {
      const text = askedIn(message);
      const depth = Math.max(limit, CONTRADICTION_DEPTH);
      const known = await memory?.get();
      const recalled = known?.recall(text, { language }) ?? NOTHING_RECALLED;
      let heard: Answer["signals"] | null = null;
      const hear = (signals: Answer["signals"]) => {
        heard = signals;
      };
      const byWords = retrieverFor({
        limit: refinement?.depth(depth) ?? depth,
        language,
        votes: recalled.votes,
        trust: recalled.reliability,
        hear,
      })
        .then((retriever) => retriever.retrieve(text))
        .then((nodes) => nodes.map((node) => passageOfNode(node, text)));
      const ranked = await (refinement ? refinement.refine(text, byWords) : byWords);
      const signals = { ...(heard ?? signalsOf(ranked, text)), nearness: recalled.nearness, memory: recalled.reliability };
      const examples = examplesIn(recalled);
      const { passages, contradictions } = withContradictions(ranked.slice(0, depth), text, limit);
      return {
        passages: await withVerification(passages, table, log),
        contradictions,
        answerable: ranked.length === 0 ? 0 : answerable(signals),
        ...(examples.length > 0 && { examples }),
      };
    },
    async sync(tell = () => {}) {
      const report = await syncOrigins(origins, { table, log, tell, refinement });
      if (report.added + report.changed + report.removed > 0) await currentIndex.expire();
      return report;
    },
  };
}

function examplesIn({ nearest }: Recollection): AnsweredExample[] {
  return nearest
    .filter(({ similarity }) => similarity >= LIKE_QUESTION)
    .flatMap(({ row: { question, answer, answeredAt } }) => (answer === null ? [] : [{ question, answer, answeredAt }]))
    .slice(0, MOST_EXAMPLES);
}

/** A store that cannot say when a source was last looked at keeps no answer back. */
async function withVerification(passages: FoundPassage[], table: KnowledgeTable, log: Log): Promise<FoundPassage[]> {
  const verified = await table.verifiedAt([...new Set(passages.map(({ sourceId }) => sourceId))]).catch((error: unknown) => {
    log.warn({ err: error }, "when sources were last verified could not be read");
    return new Map<string, Date>();
  });
  return passages.map((passage) => {
    const verifiedAt = verified.get(passage.sourceId);
    return verifiedAt ? { ...passage, verifiedAt } : passage;
  });
}

/** The best passages; one that contradicts them takes the place of the weakest, so that the operator sees both. */
function withContradictions(passages: FoundPassage[], question: string, limit: number): Pick<Findings, "passages" | "contradictions"> {
  const best = new Set(passages.slice(0, limit).map((passage) => passage.passageId));
  const contradictions = contradictionsOf(passages, question).filter(({ passageIds }) => passageIds.some((id) => best.has(id)));
  const against = passages
    .slice(limit)
    .filter(({ passageId }) => contradictions.some(({ passageIds }) => passageIds.includes(passageId)))
    .slice(0, Math.floor(limit / 2));
  const shown = [...passages.slice(0, limit - against.length), ...against];
  const ids = new Set(shown.map((passage) => passage.passageId));
  return { passages: shown, contradictions: contradictions.filter(({ passageIds }) => passageIds.every((id) => ids.has(id))) };
}

/** Asks once and remembers the answer, but not a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
