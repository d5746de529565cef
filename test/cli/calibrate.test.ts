import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { learningOf } from "../../src/core/learning.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

/** Each command is a process of its own that opens the database; a busy machine takes its time for that. */
const PATIENCE_MS = 120_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

function countersign(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, DATABASE_URL: app.databaseUrl, ENCRYPTION_KEY: "5a".repeat(32), CHATWOOT_ACCOUNT_ID: "1" };
  return promisify(execFile)(process.execPath, [MAIN, ...args], { env, timeout: PATIENCE_MS });
}

/** Every third draft is rejected, though all have the same score. */
async function decideMany(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) {
    const good = nth % 3 !== 0;
    const signals = [{ name: "retrieval_strength" as const, value: good ? 0.9 : 0.2, weight: 1.8 }];
    const approval = anApproval({
      conversationId: 7000 + nth,
      status: good ? "sent" : "rejected",
      decision: good ? "approve" : "reject",
      finalResponse: good ? anApproval().draftResponse : null,
      confidence: { score: 30, calibrated: false, decisions: nth, hidden: false, signals, caps: [] },
    });
    await app.store.approvals.insert(approval);
    await app.store.learning.insert(learningOf(approval, new Date()));
  }
}

test(
  "`calibrate` says what is missing, then fits, and tells before and after on decisions held back; a dry run keeps nothing",
  async () => {
    expect(JSON.parse((await countersign("calibrate", "--json")).stdout)).toMatchObject({ version: null, taken: false, decisions: 0 });

    await decideMany(60);
    const dry = JSON.parse((await countersign("calibrate", "--json", "--dry-run")).stdout);
    expect(dry).toMatchObject({ version: null, taken: true, decisions: 60, fitted_on: 60, held_back: { before: { decisions: 12 } } });
    expect(await app.store.calibrations.latest(1)).toBeNull();

    const { stdout } = await countersign("calibrate");
    expect(stdout).toContain("60 decisions on drafts of");
    expect(stdout).toMatch(/taken as version \d+: neither the prior nor the weights before meet the newest 12 clearly better/);
    expect(stdout).toMatch(/^before +0?\.?\d/m);
    const latest = await app.store.calibrations.latest(1);
    expect(latest?.weights).toEqual(dry.weights);
  },
  PATIENCE_MS,
);

test(
  "`export` prints what the API streams, one JSON object a line; a senseless `--since` is wrong usage",
  async () => {
    const { stdout } = await countersign("export", "--json");
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(60);
    expect(rows[0]).toMatchObject({ approval_id: expect.any(String), decision: "reject", label: 0, drafter: anApproval().drafter });
    expect((await countersign("export", "--since", new Date(Date.now() + 60_000).toISOString())).stdout).toBe("");
    await expect(countersign("export", "--since", "soon")).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--since soon"),
    });
  },
  PATIENCE_MS,
);

test(
  "one seed has no spread: `eval calibration --seeds 1` is wrong usage",
  async () => {
    await expect(countersign("eval", "calibration", "--seeds", "1")).rejects.toMatchObject({ code: 2 });
  },
  PATIENCE_MS,
);
