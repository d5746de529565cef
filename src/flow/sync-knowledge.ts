import type { Ports } from "../ports.ts";

/** Brings the knowledge folder in; a document that fails is named in the log and stops nobody else. */
export async function syncKnowledge({ knowledge, log }: Pick<Ports, "knowledge" | "log">): Promise<void> {
  const report = await knowledge.sync();
  for (const failed of report.failed) log.warn(failed, "a knowledge document was not taken");
  for (const warning of report.warnings ?? []) log.warn({ warning }, "knowledge is in step but for this");
  log.info({ added: report.added, changed: report.changed, removed: report.removed, unchanged: report.unchanged }, "knowledge is in step");
}
