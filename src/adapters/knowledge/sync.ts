import { createHash } from "node:crypto";
import type { Passage } from "../../core/words.ts";
import type { FailedDocument, KnowledgeOrigin, LoadedDocument, SyncProgress, SyncReport } from "../../ports/knowledge.ts";
import type { KnowledgeTable, StoredSource } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { cutApart } from "./apart.ts";
import type { Refinement } from "./refine.ts";

/** Part of every content hash: documents are cut anew when the cutting changes. */
const CUTTING = "1";
/** No article has more; a file that does is a log or a dump. */
const MOST_PASSAGES = 10_000;

interface Reach {
  table: KnowledgeTable;
  log: Log;
  tell?: (progress: SyncProgress) => void;
  refinement?: Pick<Refinement, "fill"> | null;
}

/**
 * Brings the store in step with every origin, one process at a time. Document by document, each replaced whole in a transaction of its
 * own: killed midway, the rest is as it was and the next sync goes on. An origin that cannot be read loses nothing and stops no other;
 * throws only when none could be read, or the store takes nothing.
 */
export async function syncOrigins(origins: KnowledgeOrigin[], reach: Reach): Promise<SyncReport> {
  const report: SyncReport = { added: 0, changed: 0, removed: 0, unchanged: 0, failed: [] };
  if (origins.length === 0) return report;
  return reach.table.exclusively(async () => {
    const unread: unknown[] = [];
    for (const origin of origins)
      await syncOrigin(origin, reach, report).catch((error: unknown) => {
        if (error instanceof StoreError) throw error.cause;
        unread.push(error);
        report.failed.push({ file: `the ${origin.name}`, reason: messageOf(error) });
      });
    if (unread.length === origins.length) throw unread[0];
    const warning = await reach.refinement?.fill(reach.tell ?? (() => {}));
    if (warning) report.warnings = [warning];
    reach.log.info({ ...report, failed: report.failed.length }, "knowledge synced");
    return report;
  });
}

/** The store is at fault, not a document. */
class StoreError extends Error {}

async function syncOrigin(origin: KnowledgeOrigin, { table, tell = () => {} }: Reach, report: SyncReport): Promise<void> {
  const stored = new Map((await table.sources()).map((source) => [source.id, source]));
  const kept = new Set<string>();
  const filesThatFailed = new Set<string>();
  const verified: string[] = [];
  const failed = ({ file, reason, mayBe }: FailedDocument) => {
    report.failed.push({ file, reason });
    filesThatFailed.add(fileOf(file));
    for (const id of mayBe) kept.add(id);
  };
  let stores = 0;
  let storeError: unknown = null;

  for await (const document of origin.documents(tell)) {
    if (!("text" in document)) {
      failed(document);
      continue;
    }
    const known = stored.get(document.id);
    if (known && known.origin !== origin.name && !known.withdrawn) {
      const reason = `the id "${document.id}" is already used by a document from the ${known.origin}: give it another id`;
      failed({ file: document.file, reason, mayBe: [] });
      continue;
    }
    kept.add(document.id);
    const source = sourceOf(document, origin.name);
    if (known?.contentHash === source.contentHash && known.file === source.file && !known.withdrawn) {
      verified.push(source.id);
      report.unchanged += 1;
      continue;
    }
    const passages = await passagesOf(document);
    if (passages.length > MOST_PASSAGES) {
      const reason = `it would be ${passages.length} passages, more than ${MOST_PASSAGES}: split it`;
      failed({ file: document.file, reason, mayBe: [document.id] });
      continue;
    }
    try {
      await table.replace(source, passages);
      report[known === undefined || known.withdrawn ? "added" : "changed"] += 1;
      stores += 1;
    } catch (error) {
      storeError = error;
      failed({ file: document.file, reason: `it could not be stored: ${messageOf(error)}`, mayBe: [document.id] });
    }
  }
  if (storeError !== null && stores === 0) throw new StoreError("the store takes nothing", { cause: storeError });

  await table.verified(verified);
  for (const { id, file, withdrawn, origin: from } of stored.values()) {
    if (from !== origin.name || kept.has(id) || (file !== null && filesThatFailed.has(file))) continue;
    await table.remove(id);
    if (!withdrawn) report.removed += 1;
  }
}

/** The file of a document without the row in it. */
function fileOf(place: string): string {
  return place.replace(/:\d+$/, "");
}

function sourceOf(document: LoadedDocument, origin: KnowledgeOrigin["name"]): StoredSource {
  const { id, title, url, updatedAt, safety, language, text } = document;
  const content = JSON.stringify([CUTTING, title, url, updatedAt, safety, language, text]);
  const contentHash = createHash("sha256").update(content).digest("hex");
  return { id, title, url, contentHash, updatedAt, safety, language, origin, file: origin === "folder" ? fileOf(document.file) : null };
}

async function passagesOf({ id, title, url, updatedAt, safety, text }: LoadedDocument): Promise<Passage[]> {
  return (await cutApart(text, title)).map((piece) => ({
    sourceId: id,
    passageId: `${id}#${piece.slug}`,
    title,
    titlePath: piece.titlePath,
    text: piece.text,
    url,
    updatedAt,
    safety,
  }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
