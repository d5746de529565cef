import { startHouse, type TestHouse } from "../support/house.ts";
import { courtesy, fromPassages } from "../support/model-answers.ts";
import { type ModelServer, startModelServer } from "../support/model-server.ts";
import { answerOnce } from "../support/once.ts";
import { ask, decide, draftNotes, type Json, newCustomer, note, notices, posted, QUESTION, reached, replies } from "../support/trip.ts";

/** What the model says beside its reply: it is shown, and can only make us more careful. */
let model: ModelServer;
let house: TestHouse;
beforeAll(async () => {
  model = await startModelServer();
  house = await startHouse({
    env: { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: model.url, HIDDEN_SCORE_SHARE: "0", DRAFT_DEBOUNCE_SECONDS: "1" },
  });
});
afterAll(async () => {
  await house?.close();
  await model?.close();
});

const BLANK = "Your order [needs: order number] leaves [needs: date].";

async function drafted(change: object, before: object[] = [], words = QUESTION): Promise<Json> {
  model.script(fromPassages(change, before));
  return (await ask(house, words)).approval;
}

test("blanks cannot be approved over HTTP, by a note command or by a macro, nor sent in an edit that leaves one", async () => {
  const approval = await drafted({ missing: ["order number", "day of dispatch"] }, [courtesy(BLANK)]);
  const { conversation_id: conversation } = approval;
  expect(approval.findings).toContainEqual(expect.objectContaining({ code: "unfilled_blank", evidence: "[needs: order number]" }));
  expect(approval.findings).toContainEqual(
    expect.objectContaining({ code: "missing_information", evidence: "order number; day of dispatch" }),
  );
  expect(approval.recommended_action).not.toBe("send");

  expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "not_approvable" } });
  await note(house, conversation, "/approve");
  await answerOnce(() => notices(house, conversation), 1);
  const { json } = await house.chatwoot("/macros", { as: "ida" });
  const macro = json.payload.find(({ name }: Json) => name === "Approve draft");
  await house.chatwoot(`/macros/${macro.id}/execute`, { as: "dana", method: "POST", body: { conversation_ids: [conversation] } });
  const refused = await answerOnce(() => notices(house, conversation), 2);
  for (const { content } of refused) expect(content).toContain("blanks to fill");

  const halfFilled = approval.draft_response.replace("[needs: order number]", "4711");
  expect(await decide(house, approval, "edit", { response: halfFilled })).toMatchObject({ status: 409, json: { code: "not_approvable" } });
  await note(house, conversation, `/edit ${halfFilled}`);
  await answerOnce(() => notices(house, conversation), 3);
  expect(await replies(house, conversation)).toEqual([]);

  await decide(house, approval, "edit", { response: "Your order 4711 leaves tomorrow." });
  await reached(house, approval, "sent");
  expect((await replies(house, conversation)).map(({ content }) => content)).toEqual(["Your order 4711 leaves tomorrow."]);
});

test("the model's urgency raises the priority and never lowers what the rules say", async () => {
  expect((await drafted({ urgency: "high" })).priority).toBe("high");
  expect((await drafted({ urgency: "low" }, [], `${QUESTION} I need the answer today, it is urgent!`)).priority).toBe("high");
  expect((await drafted({ urgency: "low" }, [], "Fuel is leaking from the rail and I smell fumes, what now?")).priority).toBe("urgent");
});

test("the model's recommendation makes us more careful and never bolder", async () => {
  expect((await drafted({ recommended_action: "escalate" })).recommended_action).toBe("escalate");
  const bold = await drafted({ recommended_action: "send" }, [], "Fuel is leaking from the rail and I smell fumes, what now?");
  expect(bold.recommended_action).toBe("escalate");
});

test("a burst of messages costs one call, which answers all of them", async () => {
  model.script(fromPassages(), fromPassages(), fromPassages());
  const customer = await newCustomer(house);
  for (const words of ["Hi there", QUESTION, "It is a 1967 Camaro."]) await customer.write(words);
  const approval = await posted(house, customer.conversationId);
  expect(approval.customer_message).toContain("1967 Camaro");
  await house.settled();
  expect(model.requests).toHaveLength(1);
  expect(model.requests[0]?.body.messages[0]?.content.match(/"new": true/g)).toHaveLength(3);
});

test("a day's budget that is used up gives a placeholder that says until when, costs nothing, and is tried again when the day is over", async () => {
  const poor = await startHouse({ env: { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: model.url, MODEL_TOKENS_PER_DAY: "100" } });
  try {
    model.script(fromPassages());
    const { approval } = await ask(poor);
    expect(approval).toMatchObject({ degraded: "drafter_unavailable", draft_response: "Reviewing your message…" });
    expect(approval.findings).toMatchObject([
      { code: "model_budget", text: expect.stringMatching(/used up until \d{4}-\d\d-\d\d 00:00 UTC/) },
    ]);
    const [shown] = await draftNotes(poor, approval.conversation_id);
    expect(shown.content).toContain("budget for today is used up until");
    expect(model.requests).toHaveLength(0);
    const waiting = await poor.server.house.ports.store.jobs.counts();
    expect(waiting.find(({ kind }) => kind === "draft-reply")?.count).toBe(1);
  } finally {
    await poor.close();
  }
});
