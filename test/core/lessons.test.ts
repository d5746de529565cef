import { type SeenReply, study } from "../../src/core/changes.ts";
import { mineLessons } from "../../src/core/lessons.ts";

const BODY = "You can return unused fittings within 30 days, and we refund the price when they arrive.";
let number = 0;
/** A reply of another customer's conversation. */
function reply(draft: string, final: string, more: Partial<SeenReply> = {}): SeenReply {
  number += 1;
  return {
    approvalId: `approval-${number}`,
    conversationId: number,
    customerId: number,
    customerName: "Rosa Lind",
    language: "en",
    draft,
    final,
    sources: [{ source_id: "returns", passage_id: "returns#term", title: "Returns" }],
    citations: [{ sentence: BODY, passageId: "returns#term" }],
    ...more,
  };
}
const times = (count: number, make: (turn: number) => SeenReply) => Array.from({ length: count }, (_, turn) => make(turn));
const mine = (replies: SeenReply[]) => mineLessons(replies.map(study));
const said = (replies: SeenReply[]) => mine(replies).map(({ kind, text }) => `${kind}: ${text}`);

test("a word that operators keep replacing is a lesson of tone, with counts and examples", () => {
  const edited = times(3, () => reply(`Hi there! ${BODY}`, `Hello there! ${BODY}`));
  const [lesson, ...more] = mine([...edited, reply(`Hi there! ${BODY}`, `Hi there! ${BODY}`), reply(BODY, BODY)]);
  expect(more).toEqual([]);
  expect(lesson).toMatchObject({
    kind: "tone",
    text: "Write “Hello” instead of “Hi”.",
    removed: "Hi",
    added: "Hello",
    times: 3,
    chances: 4,
    source: null,
  });
  expect(lesson?.examples).toHaveLength(3);
  expect(lesson?.examples[0]).toEqual({ approval_id: edited[0]?.approvalId, before: "Hi", after: "Hello" });
});

test("a greeting for another greeting is one lesson", () => {
  expect(said(times(3, () => reply(`Hey! ${BODY}`, `Good day! ${BODY}`)))).toEqual(["tone: Write “Good day” instead of “Hey”."]);
});

test("a sentence that operators keep taking out, and one they keep putting in", () => {
  const closing = "If this does not answer your question, just reply and a colleague will take a look.";
  expect(said(times(3, () => reply(`${BODY} ${closing}`, BODY)))).toEqual([`policy: Leave out “${closing}”`]);
  const disclaimer = "Please keep the original packaging, since we cannot take back opened goods.";
  expect(said(times(3, () => reply(BODY, `${BODY}\n\n${disclaimer}`)))).toEqual([`policy: End the reply with “${disclaimer}”`]);
  expect(said(times(3, () => reply(BODY, `${BODY}\n\nYours, Nordhose`)))).toEqual(["tone: End the reply with “Yours, Nordhose”"]);
});

test("a corrected number is a lesson of fact after two, and names the source that the draft quoted", () => {
  const [lesson, ...more] = mine(times(2, () => reply(BODY, BODY.replace("30 days", "14 days"))));
  expect(more).toEqual([]);
  expect(lesson).toMatchObject({
    kind: "fact",
    removed: "30 days",
    added: "14 days",
    text: "It is “14 days”, not “30 days”: the source “Returns” was misread or is out of date.",
    source: { source_id: "returns", title: "Returns" },
  });
});

test("too little evidence is none: too few, all of one customer, or mostly left alone", () => {
  const change = () => reply(`Hi there! ${BODY}`, `Hello there! ${BODY}`);
  expect(said(times(2, change))).toEqual([]);
  expect(said(times(5, () => ({ ...change(), customerId: 7 })))).toEqual([]);
  expect(said([...times(3, change), ...times(8, () => reply(`Hi there! ${BODY}`, `Hi there! ${BODY}`))])).toEqual([]);
  expect(said(times(1, () => reply(BODY, BODY.replace("30 days", "14 days"))))).toEqual([]);
});

test("every reply corrected in another way teaches nothing", () => {
  expect(said(times(6, (turn) => reply(BODY, BODY.replace("30 days", `${turn + 1} days`))))).toEqual([]);
});

test("no customer's data stands in a lesson: names become [customer], addresses and numbers drop out", () => {
  const names = ["Rosa Lind", "Tom Berg", "Ana Sá"];
  const greeted = times(3, (turn) => {
    const customerName = names[turn] ?? "";
    return reply(BODY, `Dear ${customerName},\n\n${BODY}`, { customerName });
  });
  expect(said(greeted)).toEqual(["tone: Begin the reply with “Dear [customer],”"]);
  const private_ = times(3, () => reply(BODY, `${BODY} We have written to rosa.lind@example.com about order 123456789.`));
  for (const lesson of mine([...greeted, ...private_]))
    expect(JSON.stringify({ ...lesson, key: "" })).not.toMatch(/Rosa|Lind|Tom|Berg|Ana|Sá|example\.com|123456789/);
});

test("the same change has the same key, however it is spaced and written; another has another", () => {
  const one = mine(times(3, () => reply(`Hi there! ${BODY}`, `Hello there! ${BODY}`)));
  const again = mine(times(3, () => reply(`HI   there! ${BODY}`, `HELLO   there! ${BODY}`)));
  const other = mine(times(3, () => reply(`Hi there! ${BODY}`, `Howdy there! ${BODY}`)));
  expect(again.map(({ key }) => key)).toEqual(one.map(({ key }) => key));
  expect(other.map(({ key }) => key)).not.toEqual(one.map(({ key }) => key));
});

test("five thousand replies are looked through", () => {
  const replies = times(5_000, (turn) =>
    reply(
      `Hi there! ${BODY} Case ${turn % 90}.`,
      turn % 2 === 0 ? `Hello there! ${BODY} Case ${turn % 90}.` : `Hi there! ${BODY} Case ${turn % 90}.`,
    ),
  );
  expect(said(replies)).toEqual(["tone: Write “Hello” instead of “Hi”."]);
});
