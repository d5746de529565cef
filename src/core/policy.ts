import { z } from "zod";

/** What a team decides about itself: clocks, teams, words, thresholds, style. Every key is optional in the file, unknown ones are errors. */
export const policySchema = z.strictObject({
  style: z
    .strictObject({
      tone: z.string().default("friendly, plain, short"),
      signature: z.string().default(""),
      forbidden_promises: z.array(z.string()).default([]),
    })
    .prefault({}),
});

export type Policy = z.infer<typeof policySchema>;

export const DEFAULT_POLICY: Policy = policySchema.parse({});
