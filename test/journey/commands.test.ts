import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import type { Customer } from "../support/surroundings.ts";
import {
  approvalsOf,
  approvalThat,
  ask,
  decide,
  draftNotes,
  type Json,
  lessons,
  messagesOf,
  newCustomer,
  note,
  notices,
  posted,
  QUESTION,
  reached,
  replies,
  trail,
  webhookFault,
} from "../support/trip.ts";

/** Deciding inside Chatwoot: a private note by a person that begins with a command. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());

/** The one notice that answers a command, once everything has come to rest. */
async function refusal(customer: Customer): Promise<string> {
  await house.settled();
  const told = await notices(house, customer.conversationId);
  expect(told).toHaveLength(1);
  expect(told[0].content.length).toBeLessThan(400);
  return told[0].content;
}

describe("a command", () => {
  test("/approve sends the draft; an operator who never signed in sends in the service user's name, as the note says", async () => {
    const { customer, approval } = await ask(house);
    const [shown] = await draftNotes(house, customer.conversationId);
    expect(shown.content).toContain("Whoever has not signed in to the Countersign console sends in the name of the service user.");
    await note(house, customer.conversationId, "/approve", { as: "luis" });
    const sent = await reached(house, approval, "sent");
    expect(sent.decided_by).toEqual({ type: "operator", id: 3, name: "Luis Ortega" });
    const [reply, ...more] = await replies(house, customer.conversationId);
    expect(more).toEqual([]);
    expect(reply).toMatchObject({ content: approval.draft_response, sender: { name: "Countersign" } });
    await house.settled();
    expect(await notices(house, customer.conversationId)).toEqual([]); // what was carried out shows itself
    const { json } = await house.api(`/api/v1/approvals/${approval.id}/events`);
    expect(json.data.find(({ what }: Json) => what === "decided")).toMatchObject({ surface: "note", actor: { name: "Luis Ortega" } });
    expect(json.data.find(({ what }: Json) => what === "sent").detail).toMatchObject({ in_the_name_of: "the service user" });
  });

  test("/approve of an operator who signed in goes out in their own name", async () => {
    await house.api("/api/v1/approvals", { as: "dana" }); // known from now on
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "/approve", { as: "dana" });
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ sender }) => sender.name)).toEqual(["Dana Weiss"]);
  });

  test("/edit sends the words behind it with their line breaks", async () => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "/edit\nHello,\n\n- AN-6\n- AN-8\n\nDana");
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["Hello,\n\n- AN-6\n- AN-8\n\nDana"]);
    expect((await lessons(house, approval)).map(({ decision }) => decision)).toEqual(["edit"]);
  });

  test("/reject keeps reason and comment", async () => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "/reject wrong_fact the size is AN-8");
    expect(await reached(house, approval, "rejected")).toMatchObject({ reject_reason: "wrong_fact", comment: "the size is AN-8" });
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
  });

  test("/escalate takes a team by its name whatever its case, and what follows is the note", async () => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "/escalate Order Support please look at the parcel");
    expect(await reached(house, approval, "escalated")).toMatchObject({ comment: "please look at the parcel" });
    await house.settled();
    const { meta } = (await house.chatwoot(`/conversations/${customer.conversationId}`, { as: "ida" })).json;
    expect(meta.team.name).toBe("order support");
    expect((await notices(house, customer.conversationId)).map(({ content }) => content)).toEqual([
      "📣 Dana Weiss escalated this conversation to order support. please look at the parcel",
    ]);
  });

  test("/redraft replaces the draft", async () => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "/redraft shorter");
    const now = await approvalThat(
      house,
      customer.conversationId,
      "is redrafted",
      ({ version, note: { status } }) => version === 3 && status === "posted",
    );
    expect(now).toMatchObject({ id: approval.id, status: "pending" });
  });

  test("written by a macro is the clicking operator's", async () => {
    const { customer, approval } = await ask(house);
    const { json } = await house.chatwoot("/macros", { as: "dana" });
    const macro = json.payload.find(({ name }: Json) => name === "Approve draft");
    await house.chatwoot(`/macros/${macro.id}/execute`, {
      method: "POST",
      body: { conversation_ids: [customer.conversationId] },
      as: "dana",
    });
    expect(await reached(house, approval, "sent")).toMatchObject({ decided_by: { name: "Dana Weiss" } });
    expect((await replies(house, customer.conversationId)).map(({ sender }) => sender.name)).toEqual(["Dana Weiss"]);
  });

  test("twice, from console and note, by two operators is one decision and one reply", async () => {
    const { customer, approval } = await ask(house);
    await Promise.all([
      note(house, customer.conversationId, "/approve", { as: "luis" }),
      note(house, customer.conversationId, "/approve", { as: "dana" }),
      decide(house, approval, "approve", {}, { as: "ida" }),
    ]);
    await reached(house, approval, "sent");
    await house.settled();
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
    expect((await trail(house, approval)).filter((what) => what === "decided")).toHaveLength(1);
    expect(await notices(house, customer.conversationId)).toEqual([]); // all of them got what they wanted
  });

  test("told twice by Chatwoot is carried out once", async () => {
    const { customer, approval } = await ask(house);
    await webhookFault(house, { event: "message_created", times: 1 }, "duplicate_new_id");
    await note(house, customer.conversationId, "/redraft");
    await house.settled();
    expect((await trail(house, approval)).filter((what) => what === "redrafted")).toHaveLength(1);
  });

  test("told again because the visitor read the conversation does nothing", async () => {
    const customer = await newCustomer(house);
    await customer.write(QUESTION);
    const approval = await posted(house, customer.conversationId);
    await note(house, customer.conversationId, "/redraft");
    await house.settled();
    const { version } = (await approvalsOf(house, customer.conversationId))[0];
    await customer.sees();
    await eventually("the note is told as read", () =>
      house.simulator.outbox.log.some(({ event, body }) => event === "message_updated" && body.includes('"/redraft"')),
    );
    await house.settled();
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({ id: approval.id, version, status: "pending" });
    expect(await notices(house, customer.conversationId)).toEqual([]);
  });
});

describe("what is no command", () => {
  test("a note that only mentions one, a public message, and the service user's own note", async () => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, "Shall we /approve this?");
    await note(house, customer.conversationId, "/approved by whom?");
    await note(house, customer.conversationId, "/approve", { as: "countersign" });
    await house.settled();
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({ status: "pending", version: approval.version });
    expect(await notices(house, customer.conversationId)).toEqual([]);
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("a customer's message that begins with one", async () => {
    const { customer } = await ask(house);
    await customer.write("/approve");
    await house.settled();
    expect(await replies(house, customer.conversationId)).toEqual([]);
    expect((await approvalsOf(house, customer.conversationId)).every(({ status }) => status === "pending" || status === "superseded")).toBe(
      true,
    );
  });
});

describe("a refused command is answered once by a short note", () => {
  test.each([
    ["/edit", "needs the text to send"],
    ["/reject", "needs a reason: wrong_fact"],
    ["/escalate nonsense", "There is no team “nonsense”: teams are"],
    ["/escalate 4711 please", "There is no team “4711”"],
    ["/approve but shorter", "takes no text"],
  ])("%s", async (command, why) => {
    const { customer, approval } = await ask(house);
    await note(house, customer.conversationId, command);
    const text = await refusal(customer);
    expect(text).toContain(`⛔ \`${command.split(" ")[0]}\` was not carried out.`);
    expect(text).toContain(why);
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({ status: "pending", version: approval.version });
  });

  test("when there is no draft to decide", async () => {
    const customer = await newCustomer(house);
    await note(house, customer.conversationId, "/approve");
    expect(await refusal(customer)).toContain("There is no draft above this command to decide.");
  });

  test("when somebody else decided otherwise", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "reject", { reason: "policy" }, { as: "ida" });
    await note(house, customer.conversationId, "/approve");
    expect(await refusal(customer)).toContain("already rejected by Ida Brandt");
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("also when its webhook comes twice", async () => {
    const { customer } = await ask(house);
    await webhookFault(house, { event: "message_created", times: 1 }, "duplicate_new_id");
    await note(house, customer.conversationId, "/reject");
    expect(await refusal(customer)).toContain("needs a reason");
  });
});

describe("a command means the newest draft note above it", () => {
  test("right after that note took another's place it is refused, naming the new draft", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "redraft");
    const now = await approvalThat(
      house,
      customer.conversationId,
      "has its new note",
      ({ version, note: { status } }) => version === 3 && status === "posted",
    );
    await note(house, customer.conversationId, "/approve");
    const text = await refusal(customer);
    expect(text).toContain("the draft had just been replaced");
    expect(text).toContain(now.draft_response.replace(/\s+/g, " ").slice(0, 80));
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("also when a newer message's draft took the place", async () => {
    const { customer, approval } = await ask(house);
    await customer.write("Which AN size for a 454 big block?");
    await approvalThat(
      house,
      customer.conversationId,
      "has its note",
      ({ id, note: { status } }) => id !== approval.id && status === "posted",
    );
    await note(house, customer.conversationId, "/approve");
    expect(await refusal(customer)).toContain("the draft had just been replaced");
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("three seconds later it is carried out", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "redraft");
    const now = await approvalThat(
      house,
      customer.conversationId,
      "has its new note",
      ({ version, note: { status } }) => version === 3 && status === "posted",
    );
    const { created_at: second } = (await messagesOf(house, customer.conversationId)).find(({ id }) => id === now.note.message_id);
    await eventually("three seconds have passed", () => Date.now() >= second * 1000 + 4000);
    await note(house, customer.conversationId, "/approve");
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([now.draft_response]);
  });

  test("written above a newer draft's note but told after it, it means the older one and is refused as stale", async () => {
    const { customer, approval } = await ask(house);
    await webhookFault(house, { event: "message_created", times: 1 }, { delay_ms: 600 });
    await note(house, customer.conversationId, "/approve");
    await customer.write("Which AN size for a 454 big block?");
    await approvalThat(
      house,
      customer.conversationId,
      "has its note",
      ({ id, note: { status } }) => id !== approval.id && status === "posted",
    );
    expect(await refusal(customer)).toContain("The customer wrote again");
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });
});
