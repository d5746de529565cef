import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BaseRetriever } from "@llamaindex/core/retriever";
import type { Metadata, NodeWithScore } from "@llamaindex/core/schema";
import { termsOf } from "../../core/terms.ts";
import type { FoundPassage, Passage } from "../../core/words.ts";
import type { Answer, LexicalIndex, Search } from "./lexical-index.ts";

/** A search of our own index; `hear` is told what it says about whether there is an answer. */
export type LexicalSearch = Search & { hear?: (signals: Answer["signals"]) => void };

/** What we ask of a LlamaIndex retriever; any `BaseRetriever` has it. */
export type Retriever = Pick<BaseRetriever, "retrieve">;

/** What a user's retriever module may default-export: a retriever, or a function that makes one, given what was synced. */
export type RetrieverFactory = (context: { passages: () => AsyncIterable<Passage> }) => Retriever | Promise<Retriever>;

/**
 * Loads LlamaIndex and answers with a maker of retrievers over our own index, one per question.
 * Imported at the first search only: it costs 0.4 s and 75 MB that a process which never searches should not pay.
 */
export async function loadLexicalRetriever(): Promise<(index: LexicalIndex, options: LexicalSearch) => Retriever> {
  const [{ BaseRetriever }, { TextNode }] = await Promise.all([import("@llamaindex/core/retriever"), import("@llamaindex/core/schema")]);

  class LexicalRetriever extends BaseRetriever {
    readonly #index: LexicalIndex;
    readonly #options: LexicalSearch;

    constructor(index: LexicalIndex, options: LexicalSearch) {
      super();
      this.#index = index;
      this.#options = options;
    }

    override async _retrieve({ query }: { query: unknown }): Promise<NodeWithScore[]> {
      const { passages, signals } = this.#index.ask(typeof query === "string" ? query : "", this.#options);
      this.#options.hear?.(signals);
      return passages.map((found) => ({
        node: new TextNode({ id_: found.passageId, text: found.text, metadata: metadataOf(found) }),
        score: found.relevance,
      }));
    }
  }

  return (index, options) => new LexicalRetriever(index, options);
}

/** A user's own LlamaIndex retriever by the path of its module, relative to the working directory. */
export async function loadRetriever(modulePath: string, passages: () => AsyncIterable<Passage>): Promise<Retriever> {
  const loaded: { default?: unknown } = await import(pathToFileURL(resolve(modulePath)).href).catch((error: unknown) => {
    throw new Error(`KNOWLEDGE_RETRIEVER ${modulePath} cannot be loaded: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  });
  const made = typeof loaded.default === "function" ? await (loaded.default as RetrieverFactory)({ passages }) : loaded.default;
  if (!isRetriever(made))
    throw new Error(`KNOWLEDGE_RETRIEVER ${modulePath} must default-export a LlamaIndex BaseRetriever or a function that returns one.`);
  return made;
}

/** A retrieved node as a passage. Nodes of other people's retrievers may lack everything but a text and an id. */
export function passageOfNode({ node, score }: NodeWithScore, question: string): FoundPassage {
  const metadata: Metadata = node.metadata ?? {};
  const text = "text" in node && typeof node.text === "string" ? node.text : "";
  const sourceId = textIn(metadata, "source_id") ?? node.sourceNode?.nodeId ?? node.id_;
  const { coverage, why } =
    typeof metadata.coverage === "number" ? { coverage: metadata.coverage, why: String(metadata.why) } : matchOf(question, text);
  const updatedAt = new Date(textIn(metadata, "updated_at") ?? Number.NaN);
  return {
    sourceId,
    passageId: textIn(metadata, "passage_id") ?? node.id_,
    title: textIn(metadata, "title") ?? textIn(metadata, "file_name") ?? sourceId,
    titlePath: Array.isArray(metadata.title_path) ? metadata.title_path.map(String) : [],
    text,
    url: textIn(metadata, "url"),
    updatedAt: Number.isNaN(updatedAt.getTime()) ? null : updatedAt,
    safety: metadata.safety === true,
    relevance: Math.min(1, Math.max(0, score ?? 0)) || 0,
    coverage,
    why,
  };
}

function metadataOf(found: FoundPassage): Metadata {
  return {
    source_id: found.sourceId,
    passage_id: found.passageId,
    title: found.title,
    title_path: found.titlePath,
    url: found.url,
    updated_at: found.updatedAt?.toISOString() ?? null,
    safety: found.safety,
    coverage: found.coverage,
    why: found.why,
  };
}

/** Which telling words of a question a text holds. */
export function matchOf(question: string, text: string): { coverage: number; why: string } {
  const asked = termsOf(question);
  const said = new Set(termsOf(text).flatMap((term) => [term.whole, ...term.weaker]));
  const matched = asked.filter((term) => [term.whole, ...term.weaker].some((form) => said.has(form)));
  return {
    coverage: asked.length === 0 ? 0 : matched.length / asked.length,
    why: [...new Set(matched.map((term) => term.word))].slice(0, 12).join(", "),
  };
}

function textIn(metadata: Metadata, key: string): string | null {
  const value: unknown = metadata[key];
  return typeof value === "string" && value !== "" ? value : null;
}

function isRetriever(value: unknown): value is Retriever {
  return typeof value === "object" && value !== null && "retrieve" in value && typeof value.retrieve === "function";
}
