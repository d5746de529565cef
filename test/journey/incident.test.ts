import { SHOP } from "../../src/simulator/shop.ts";
import { call, signIn } from "../support/call.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { ask, clearFaults, decide, type Json, messagesPath, notices, reached, replies, restFault } from "../support/trip.ts";

/** What Chatwoot says it has stored is compared with what was approved, and a difference is shown to people. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());
afterEach(() => clearFaults(house));

const STORED = "Take AN-10 <b>and hurry</b>.";
const incidentsIn = (page: string) => page.match(/<article class="incident" data-incident-id="[^"]+"/g) ?? [];

test("other words than those approved are shown to operators: on the page, in the conversation and in the approval", async () => {
  const cookie = await signIn(house.url, SHOP.people.luis.token);
  expect(incidentsIn((await call(house.url, { cookie })).text)).toEqual([]);
  const { customer, approval } = await ask(house);
  await restFault(
    house,
    { method: "POST", path: messagesPath(customer.conversationId), times: 1 },
    { status: 200, body: { id: 987_654, content: STORED } },
  );
  await decide(house, approval, "edit", { response: "Take AN-6, I checked." });
  const sent = await reached(house, approval, "sent");
  expect(sent.findings).toContainEqual(expect.objectContaining({ code: "stored_differs", evidence: STORED }));

  await eventually("a note tells it", async () => (await notices(house, customer.conversationId)).length > 0);
  const [note, ...more] = await notices(house, customer.conversationId);
  expect(more).toEqual([]);
  expect(note).toMatchObject({
    private: true,
    content: expect.stringMatching(/stored other words.*Dana Weiss approved.*AN-6, I checked/s),
  });

  const { text } = await call(house.url, { cookie });
  expect(incidentsIn(text)).toEqual([`<article class="incident" data-incident-id="${approval.id}"`]);
  const shown = text.slice(text.indexOf('id="incidents"'), text.indexOf('id="queue"'));
  expect(shown).toContain("Dana Weiss");
  expect(shown).toContain("Take AN-6, I checked.");
  expect(shown).toContain("Take AN-10 &lt;b&gt;and hurry&lt;/b&gt;.");
  expect(shown).toContain(`/conversations/${customer.conversationId}"`);
});

test("the very words stored are no incident", async () => {
  const cookie = await signIn(house.url, SHOP.people.ida.token);
  const before = incidentsIn((await call(house.url, { cookie })).text);
  const { customer, approval } = await ask(house);
  await decide(house, approval, "edit", { response: "Exactly:\n\n- **this**, and {{contact.email}}  " });
  await reached(house, approval, "sent");
  await house.settled();
  expect(await replies(house, customer.conversationId)).toHaveLength(1);
  expect(await notices(house, customer.conversationId)).toEqual([]);
  expect(incidentsIn((await call(house.url, { cookie })).text)).toEqual(before);
});

test("whoever comes second learns on the page who decided", async () => {
  const { approval } = await ask(house);
  await decide(house, approval, "approve");
  const cookie = await signIn(house.url, SHOP.people.luis.token);
  const luis = async (kind: string, form: Record<string, string>): Promise<Json> => {
    const answer = await call(`${house.url}/approvals/${approval.id}/${kind}`, { cookie, form });
    return (await call(house.url + (answer.headers.get("location") ?? ""), { cookie })).text;
  };
  expect(await luis("reject", { reason: "other" })).toContain("Dana Weiss has already decided this draft");
  expect(await luis("approve", {})).toMatch(/(Approved by Dana Weiss\.|Sent to .*, approved by Dana Weiss\.)/);
});
