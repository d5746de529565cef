import { BaseRetriever } from "@llamaindex/core/retriever";
import { type NodeWithScore, TextNode } from "@llamaindex/core/schema";
import type { RetrieverFactory } from "../../../src/adapters/knowledge/retriever.ts";

/** A user's own LlamaIndex retriever, as KNOWLEDGE_RETRIEVER names one: answers everything with what it was given first. */
class FirstPassage extends BaseRetriever {
  readonly #nodes: NodeWithScore[];

  constructor(nodes: NodeWithScore[]) {
    super();
    this.#nodes = nodes;
  }

  override async _retrieve(): Promise<NodeWithScore[]> {
    return this.#nodes;
  }
}

const create: RetrieverFactory = async ({ passages }) => {
  const nodes: NodeWithScore[] = [];
  for await (const { sourceId, passageId, title, text } of passages()) {
    nodes.push({ node: new TextNode({ id_: passageId, text, metadata: { source_id: sourceId, title } }), score: 7 });
    if (nodes.length === 1) nodes.push({ node: new TextNode({ id_: "bare", text: "only a text about warranty" }), score: Number.NaN });
    if (nodes.length === 2) break;
  }
  return new FirstPassage(nodes);
};

export default create;
