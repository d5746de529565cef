import { syncKnowledge } from "../../src/flow/sync-knowledge.ts";
import { HelpdeskError } from "../../src/ports/helpdesk.ts";
import type { SyncReport } from "../../src/ports/knowledge.ts";

function reach(sync: () => Promise<SyncReport>) {
  const warned: object[] = [];
  const log = { debug() {}, info() {}, warn: (fields: object) => void warned.push(fields), error() {} };
  const search = () => Promise.reject(new Error("nothing is searched here"));
  return { warned, ports: { log, knowledge: { sync, search } } };
}

test("what was not taken is named in the log, and the sync is done", async () => {
  const failed = [{ file: "a.md", reason: "the document is empty" }];
  const { ports, warned } = reach(async () => ({ added: 1, changed: 0, removed: 0, unchanged: 0, failed, warnings: ["searched without"] }));
  await syncKnowledge(ports);
  expect(warned).toEqual([failed[0], { warning: "searched without" }]);
});

test("a helpdesk that cannot be asked is waited out until the next sync, a folder or a store that cannot be read is tried again", async () => {
  const away = reach(() => Promise.reject(new HelpdeskError("unavailable", "Chatwoot did not answer in time.")));
  await syncKnowledge(away.ports);
  expect(away.warned).toEqual([{ reason: "Chatwoot did not answer in time." }]);
  await expect(syncKnowledge(reach(() => Promise.reject(new Error("KNOWLEDGE_DIR cannot be read"))).ports)).rejects.toThrow(
    "KNOWLEDGE_DIR",
  );
});
