import { setTimeout as pause } from "node:timers/promises";

/** How the knowledge base behaves; a test imports the same object and changes it. */
export const mood = { down: false, slowMs: 0, begun: 0 };

const PASSAGE = {
  id_: "an-sizes#small-blocks",
  text: "A 350 Chevy with a four-barrel carburetor needs an AN-6 feed line. A 454 big block needs AN-8.",
  metadata: { source_id: "an-sizes", title: "AN sizes", updated_at: "2026-05-02T00:00:00Z" },
};

/** A user's own LlamaIndex retriever, as `KNOWLEDGE_RETRIEVER` takes it: it knows one passage and is slow or down when told to. */
export default {
  async retrieve() {
    mood.begun++;
    if (mood.slowMs > 0) await pause(mood.slowMs);
    if (mood.down) throw new Error("the vector database does not answer");
    return [{ node: PASSAGE, score: 0.9 }];
  },
};
