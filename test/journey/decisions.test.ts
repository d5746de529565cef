import { SHOP } from "../../src/simulator/shop.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  approvalNow,
  approvalsOf,
  approvalThat,
  ask,
  decide,
  draftNotes,
  type Json,
  lessons,
  note,
  notices,
  reached,
  replies,
  trail,
} from "../support/trip.ts";

let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());

test("a draft says how many decisions people have made, while its score is not calibrated on them", async () => {
  const { approval: first } = await ask(house);
  await decide(house, first, "approve");
  await reached(house, first, "sent");
  const { approval: second } = await ask(house);
  expect(second.confidence).toMatchObject({ calibrated: false, decisions: first.confidence.decisions + 1 });
});

describe("edit", () => {
  test("sends the operator's words instead of the draft's, and learns how far they are from it", async () => {
    const { customer, approval } = await ask(house);
    const response = `${approval.draft_response}\n\nWe ship it today.\nYours, Dana`;
    const answer = await decide(house, approval, "edit", { response });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: "approved", decision: "edit", edited: true, final_response: response });
    await reached(house, approval, "sent");

    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([response]);
    const [row] = await lessons(house, approval);
    expect(row).toMatchObject({ decision: "edit", was_sent: true, draft_version: approval.draft_response, final_version: response });
    expect(row.edit_ratio).toBeGreaterThan(0);
    expect(row.operator_edits.some(({ op }: Json) => op === "added")).toBe(true);
  });

  test("keeps line breaks, Markdown, tabs, emoji and spaces at the end byte for byte", async () => {
    const { customer, approval } = await ask(house);
    const response = "Hello Rosa,\n\n- **AN-6** line\n-  two spaces, a\ttab\n\n> quoted\n\n🙂 Größe M, `code` & <b>no html</b>\\\nend  ";
    await decide(house, approval, "edit", { response });
    const sent = await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([response]);
    expect(sent.findings.map(({ code }: Json) => code)).not.toContain("stored_differs");
  });

  test("is never rendered as Liquid: what the customer reads is what stood there", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "edit", { response: "Your mail is {{contact.email}}, {% raw %}x{% endraw %}, `{{agent.name}}`" });
    const sent = await reached(house, approval, "sent");
    const words = "Your mail is {\u2060{contact.email}}, {\u2060% raw %}x{\u2060% endraw %}, `{\u2060{agent.name}}`";
    expect(sent.final_response).toBe(words);
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([words]);
    expect(sent.findings.map(({ code }: Json) => code)).not.toContain("stored_differs");
  });

  test("with the draft's own words is an approval of them", async () => {
    const { approval } = await ask(house);
    const answer = await decide(house, approval, "edit", { response: approval.draft_response });
    expect(answer.json).toMatchObject({ edited: false, final_response: approval.draft_response });
    await reached(house, approval, "sent");
  });
});

test("a rejected draft leaves with its reason, and the customer hears nothing", async () => {
  const { customer, approval } = await ask(house);
  const answer = await decide(house, approval, "reject", { reason: "outdated", comment: "The catalogue changed in May." });
  expect(answer.json).toMatchObject({ status: "rejected", reject_reason: "outdated", comment: "The catalogue changed in May." });
  await approvalNow(house, approval.id, "lost its note", (now) => now.note.status === "removed");
  expect(await draftNotes(house, customer.conversationId)).toEqual([]);
  expect(await replies(house, customer.conversationId)).toEqual([]);
  expect(await lessons(house, approval)).toEqual([
    expect.objectContaining({ decision: "reject", reject_reason: "outdated", was_sent: false, final_version: null }),
  ]);
});

describe("escalate", () => {
  const teamId = async (name: string) => (await house.chatwoot("/teams")).json.find((team: Json) => team.name === name).id;
  const held = async (conversationId: number) => (await house.chatwoot(`/conversations/${conversationId}`, { as: "ida" })).json.meta;

  test("gives the conversation to the team and tells it why, in a note", async () => {
    const { customer, approval } = await ask(house);
    const team = await teamId("technical");
    const answer = await decide(house, approval, "escalate", { team_id: team, note: "Please check the pump's data sheet." });
    expect(answer.json).toMatchObject({ status: "escalated", decision: "escalate", comment: "Please check the pump's data sheet." });
    await house.settled();
    expect((await held(customer.conversationId)).team).toMatchObject({ id: team });
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    const [notice, ...more] = await notices(house, customer.conversationId);
    expect(more).toEqual([]);
    expect(notice.content).toBe("📣 Dana Weiss escalated this conversation to technical. Please check the pump's data sheet.");
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("gives the conversation to a person", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "escalate", { assignee_id: SHOP.people.luis.id });
    await house.settled();
    expect((await held(customer.conversationId)).assignee).toMatchObject({ id: SHOP.people.luis.id });
    expect(await notices(house, customer.conversationId)).toHaveLength(1);
  });

  test("to nobody in particular still leaves its note", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "escalate", { note: "Who knows about carburetors?" });
    await house.settled();
    const [notice] = await notices(house, customer.conversationId);
    expect(notice.content).toBe("📣 Dana Weiss escalated this conversation. Who knows about carburetors?");
  });

  test("to a team or a person that Chatwoot does not know is refused before Chatwoot could unassign anybody", async () => {
    const { customer, approval } = await ask(house);
    await house.chatwoot(`/conversations/${customer.conversationId}/assignments`, {
      method: "POST",
      body: { assignee_id: SHOP.people.dana.id },
    });
    for (const body of [{ team_id: 4711 }, { assignee_id: 4711 }]) {
      const answer = await decide(house, approval, "escalate", body);
      expect(answer).toMatchObject({ status: 400, json: { code: "invalid_payload" } });
      expect(answer.json.detail).toContain("4711");
    }
    expect((await held(customer.conversationId)).assignee).toMatchObject({ id: SHOP.people.dana.id });
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({ status: "pending", version: approval.version });
  });
});

describe("redraft", () => {
  test("replaces draft and note in the same approval, one version up", async () => {
    const { customer, approval } = await ask(house);
    const answer = await decide(house, approval, "redraft", { instruction: "shorter, please" });
    expect(answer.json).toMatchObject({ id: approval.id, status: "pending", version: approval.version + 1 });
    const redrafted = await approvalThat(
      house,
      customer.conversationId,
      "has its new note",
      ({ note: { status, message_id: id } }) => status === "posted" && id !== approval.note.message_id,
    );
    expect(redrafted).toMatchObject({ id: approval.id, status: "pending", version: approval.version + 2, decision: null });
    await house.settled();
    expect((await draftNotes(house, customer.conversationId)).map(({ id }) => id)).toEqual([redrafted.note.message_id]);
    expect(await trail(house, approval)).toEqual(["created", "note_posted", "redraft_requested", "redrafted", "note_posted"]);
    expect((await lessons(house, approval)).map(({ decision }) => decision)).toEqual(["redraft"]);

    await decide(house, redrafted, "approve");
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([redrafted.draft_response]);
    expect((await lessons(house, approval)).map(({ decision, was_sent: sent }) => [decision, sent])).toEqual([
      ["redraft", false],
      ["approve", true],
    ]);
  });

  test("asked for twice at once is drafted once, as asked last", async () => {
    const { customer, approval } = await ask(house);
    await Promise.all([decide(house, approval, "redraft", { instruction: "a" }), decide(house, approval, "redraft", { instruction: "b" })]);
    await house.settled();
    const now = (await approvalsOf(house, customer.conversationId))[0];
    expect(now).toMatchObject({ id: approval.id, status: "pending", version: approval.version + 3 });
    expect((await trail(house, approval)).filter((what) => what === "redrafted")).toHaveLength(1);
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
  });
});

describe("deciding twice", () => {
  test("the same decision again answers 200 with the same result and sends nothing more", async () => {
    const { customer, approval } = await ask(house);
    const first = await decide(house, approval, "approve");
    const second = await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    const third = await decide(house, approval, "approve", {}, { as: "luis" });
    expect([first.status, second.status, third.status]).toEqual([200, 200, 200]);
    expect(third.json).toMatchObject({ id: approval.id, status: "sent", decided_by: { name: "Dana Weiss" } });
    await house.settled();
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
  });

  test("another decision answers 409 already_decided and says who was first", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "approve");
    for (const [kind, body] of [
      ["reject", { reason: "policy" }],
      ["edit", { response: "Other words." }],
      ["escalate", { note: "you" }],
      ["redraft", {}],
    ] as const) {
      const answer = await decide(house, approval, kind, body, { as: "luis" });
      expect(answer).toMatchObject({ status: 409, json: { code: "already_decided" } });
      expect(answer.json.detail).toContain("Dana Weiss");
    }
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([approval.draft_response]);
  });

  test("the same edit again is 200, other words are 409", async () => {
    const { approval } = await ask(house);
    expect((await decide(house, approval, "edit", { response: "My words." })).status).toBe(200);
    expect((await decide(house, approval, "edit", { response: "My words." })).status).toBe(200);
    expect(await decide(house, approval, "edit", { response: "Your words." })).toMatchObject({
      status: 409,
      json: { code: "already_decided" },
    });
    await reached(house, approval, "sent");
  });

  test("two operators and a note command at once are one decision and one reply", async () => {
    const { customer, approval } = await ask(house);
    const clicks = Array.from({ length: 10 }, (_, click) => decide(house, approval, "approve", {}, { as: click % 2 ? "luis" : "dana" }));
    const answers = await Promise.all([...clicks, note(house, customer.conversationId, "/approve", { as: "ida" })]);
    expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(200));
    await reached(house, approval, "sent");
    await house.settled();
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
    expect((await trail(house, approval)).filter((what) => what === "decided" || what === "sent")).toEqual(["decided", "sent"]);
    expect(await lessons(house, approval)).toHaveLength(1);
  });

  test("ten different decisions at once are one decision; the others learn that it is made", async () => {
    const { customer, approval } = await ask(house);
    const wishes: [string, object][] = [
      ["approve", {}],
      ["reject", { reason: "policy" }],
      ["edit", { response: "Mine." }],
      ["escalate", { note: "somebody" }],
      ["edit", { response: "Theirs." }],
    ];
    const answers = await Promise.all(
      [...wishes, ...wishes].map(([kind, body], turn) => decide(house, approval, kind, body, { as: turn < 5 ? "dana" : "luis" })),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(2); // the winner and the same wish of the other operator
    expect(answers.filter(({ json }) => json.code === "already_decided")).toHaveLength(8);
    await house.settled();
    expect((await trail(house, approval)).filter((what) => what === "decided")).toHaveLength(1);
    const expected = ["approve", "edit"].includes(won[0]?.json.decision) ? [won[0]?.json.final_response] : [];
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(expected);
  });
});

describe("conditions", () => {
  test("If-Match with another version is 412 and changes nothing; with the right one it decides", async () => {
    const { approval } = await ask(house);
    const loaded = await house.api(`/api/v1/approvals/${approval.id}`);
    expect(loaded.headers.get("etag")).toBe(`"${approval.version}"`);
    const stale = await decide(house, approval, "approve", {}, { headers: { "if-match": `"${approval.version + 1}"` } });
    expect(stale).toMatchObject({ status: 412, json: { code: "version_mismatch" } });
    const answer = await decide(house, approval, "approve", {}, { headers: { "if-match": `"${approval.version}"` } });
    expect(answer).toMatchObject({ status: 200, json: { status: "approved" } });
    await reached(house, approval, "sent");
  });

  test("an Idempotency-Key is carried out once; with a different request it is 400", async () => {
    const { customer, approval } = await ask(house);
    const headers = { "idempotency-key": "click-1" };
    const [first, again] = await Promise.all([
      decide(house, approval, "redraft", { instruction: "short" }, { headers }),
      decide(house, approval, "redraft", { instruction: "short" }, { headers }),
    ]);
    expect([first.status, again.status]).toEqual([200, 200]);
    await house.settled();
    expect((await trail(house, approval)).filter((what) => what === "redraft_requested")).toHaveLength(1);
    const other = await decide(house, approval, "redraft", { instruction: "long" }, { headers });
    expect(other).toMatchObject({ status: 400, json: { code: "invalid_payload" } });
    expect(other.json.detail).toContain("Idempotency-Key");
    const colleague = await decide(house, approval, "redraft", { instruction: "long" }, { headers, as: "luis" });
    expect(colleague.status).toBe(200); // keys are each operator's own
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
  });

  test("a refused request leaves its Idempotency-Key unused", async () => {
    const { approval } = await ask(house);
    const headers = { "idempotency-key": "click-2" };
    const refused = await decide(house, approval, "approve", {}, { headers: { ...headers, "if-match": '"99"' } });
    expect(refused.status).toBe(412);
    expect((await decide(house, approval, "reject", { reason: "other" }, { headers })).status).toBe(200);
  });
});
