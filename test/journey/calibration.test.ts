import { decide } from "../../src/core/approval.ts";
import { learningOf } from "../../src/core/learning.ts";
import { calibrate } from "../../src/flow/calibrate.ts";
import { anApproval } from "../support/approval.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { ask, decide as decideOverHttp, lessons, reached } from "../support/trip.ts";

/** Fewer than a fit waits for, at the moment: the house's own timetable does not come in between. */
const DECISIONS = 60;
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse({ env: { HIDDEN_SCORE_SHARE: "0" } });
});
afterAll(() => house?.close());

/** Operators who send well found drafts and reject the others, on drafts of the drafter at work. */
async function decideMany(drafter: string): Promise<void> {
  const { store } = house.server.house.ports;
  for (let nth = 0; nth < DECISIONS; nth++) {
    const good = nth % 3 !== 0;
    const signals = [{ name: "retrieval_strength" as const, value: good ? 0.85 : 0.4, weight: 1.8 }];
    const confidence = { score: 50, calibrated: false, decisions: nth, hidden: false, signals, caps: [] };
    const approval = anApproval({ conversationId: 90_000 + nth, drafter, confidence, sources: [] });
    const context = { by: { id: 1, name: "Dana" }, at: new Date(), ifVersion: null, newerMessage: null };
    const decided = decide(
      approval,
      good ? { decision: "approve" } : { decision: "reject", reason: "other", comment: null },
      context,
    ).approval;
    await store.approvals.insert({ ...decided, status: good ? "sent" : "rejected", replyStatus: good ? "sent" : "none" });
    await store.learning.insert(learningOf(decided, new Date()));
  }
}

test("sixty decisions later the scheduled fit serves: the next draft says which one scored it, and so does what it teaches", async () => {
  const { approval: before } = await ask(house);
  expect(before.confidence).toMatchObject({ calibrated: false, version: null, decisions: 0 });

  await decideMany(before.drafter);
  await calibrate(house.server.house.ports);
  const { approval: after } = await ask(house);
  expect(after.confidence).toMatchObject({ calibrated: true, version: expect.any(Number), decisions: DECISIONS });
  expect(after.confidence_score).toBeGreaterThan(0);

  await decideOverHttp(house, after, "approve");
  await reached(house, after, "sent");
  const [lesson] = await lessons(house, after);
  expect(lesson).toMatchObject({ decision: "approve", label: 1, calibration_version: after.confidence.version, drafter: after.drafter });
});

test("what was decided on a question is a signal for the next like it", async () => {
  const { approval: first } = await ask(house, "How long is the warranty on your hoses?");
  expect(first.confidence.signals.map(({ name }: { name: string }) => name)).not.toContain("history");
  await decideOverHttp(house, first, "reject", { reason: "wrong_fact" });
  const { approval: second } = await ask(house, "How long is the warranty for your hoses?");
  const history = second.confidence.signals.find(({ name }: { name: string }) => name === "history");
  expect(history?.value).toBeGreaterThan(0.3);
  expect(history?.value).toBeLessThan(0.5);
});

test("nothing new was decided: no further fit is made", async () => {
  const { ports } = house.server.house;
  const { accountId } = ports.settings;
  await calibrate(ports);
  const latest = await ports.store.calibrations.latest(accountId);
  await calibrate(ports);
  expect((await ports.store.calibrations.latest(accountId))?.version).toBe(latest?.version);
});
