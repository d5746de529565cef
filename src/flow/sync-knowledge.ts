import { HelpdeskError } from "../ports/helpdesk.ts";
import type { SyncReport } from "../ports/knowledge.ts";
import type { Ports } from "../ports.ts";

/**
 * Brings the folder and the helpdesk's articles in; a document that fails is named in the log and stops nobody else. A helpdesk that cannot
 * be asked is no dead letter: what is known goes on serving, and the next scheduled sync asks again.
 */
export async function syncKnowledge({ knowledge, log }: Pick<Ports, "knowledge" | "log">): Promise<void> {
  let report: SyncReport;
  try {
    report = await knowledge.sync();
  } catch (error) {
    if (!(error instanceof HelpdeskError)) throw error;
    return log.warn({ reason: error.message }, "the helpdesk's articles could not be read; the next sync asks again");
  }
  for (const failed of report.failed) log.warn(failed, "a knowledge document was not taken");
  for (const warning of report.warnings ?? []) log.warn({ warning }, "knowledge is in step but for this");
  log.info({ added: report.added, changed: report.changed, removed: report.removed, unchanged: report.unchanged }, "knowledge is in step");
}
