import { z } from "zod";

/** What one question came to: everything that figures are made of, as it is saved for comparing. */
export const observationSchema = z.object({
  set: z.string(),
  id: z.string(),
  /** Does the set say that its knowledge base answers the question? */
  answerable: z.boolean(),
  /** The search's probability that it does, 0..1. */
  found: z.number(),
  /** The draft's score, 0..1; 0 without a draft. */
  confidence: z.number(),
  /** Sentences that state something, and those of them whose quote holds. A draft without any says that it does not know. */
  facts: z.number(),
  verified: z.number(),
  /** Does the draft quote an article that answers? null where none does, or nothing is quoted. */
  rightSource: z.boolean().nullable(),
  findings: z.array(z.string()),
  blocked: z.boolean(),
  degraded: z.string().nullable(),
  /** What draft and reference answer have in common, 0..1; null where the set has none, or the draft says nothing. */
  tokenF1: z.number().nullable(),
  rougeL: z.number().nullable(),
  tokens: z.number(),
  costUsd: z.number().nullable(),
  ms: z.number(),
});

export type Observation = z.infer<typeof observationSchema>;

/** A run as it is saved: what drafted, and what came of each question. */
export const savedRunSchema = z.object({
  drafter: z.string(),
  model: z.string().nullable(),
  promptVersion: z.string(),
  observations: z.array(observationSchema),
});

export type SavedRun = z.infer<typeof savedRunSchema>;
