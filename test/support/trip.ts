import { eventually } from "./eventually.ts";
import type { TestHouse } from "./house.ts";
import type { Customer } from "./surroundings.ts";

/** A house in this process or in processes of its own. */
export type House = Omit<TestHouse, "server">;

/** What a test reads of answers; it says itself what it expects of them. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Json = any;

/** A question that the shop's help center answers, so that a draft with verified quotes comes of it. */
export const QUESTION = "Which AN size do I need for a 350 Chevy with a four-barrel carburetor?";

let customers = 0;

/** A new customer asks, and their draft stands in the queue and in the conversation. */
export async function ask(house: House, words: string = QUESTION): Promise<{ customer: Customer; approval: Json }> {
  const customer = await newCustomer(house);
  await customer.write(words);
  return { customer, approval: await posted(house, customer.conversationId) };
}

/** A new customer with an open conversation in which nothing is written yet. */
export const newCustomer = (house: House): Promise<Customer> => house.customer(`Customer ${++customers}`);

/** All approvals of a conversation, newest first. */
export async function approvalsOf(house: House, conversationId: number): Promise<Json[]> {
  const approvals: Json[] = [];
  for (let cursor = ""; ; ) {
    const { status, json } = await house.api(`/api/v1/approvals?sort=newest&limit=100${cursor}`, { as: "ida" });
    if (status !== 200) throw new Error(`The approvals cannot be read: ${status} ${JSON.stringify(json)}`);
    approvals.push(...json.data.filter((approval: Json) => approval.conversation_id === conversationId));
    if (!json.next_cursor) return approvals;
    cursor = `&cursor=${json.next_cursor}`;
  }
}

/** The newest approval of a conversation, once it is as described. */
export async function approvalThat(
  house: House,
  conversationId: number,
  description: string,
  holds: (approval: Json) => boolean,
  deadlineMs?: number,
): Promise<Json> {
  let newest: Json;
  const what = () => `the newest approval of conversation ${conversationId} ${description}; it is ${JSON.stringify(brief(newest))}`;
  await eventually(
    what,
    async () => {
      newest = (await approvalsOf(house, conversationId))[0];
      return newest !== undefined && holds(newest);
    },
    deadlineMs,
  );
  return newest;
}

const brief = (approval: Json) =>
  approval && {
    status: approval.status,
    version: approval.version,
    note: approval.note,
    reply: approval.reply,
    degraded: approval.degraded,
  };

/** The pending approval whose note stands in the conversation. */
export const posted = (house: House, conversationId: number): Promise<Json> =>
  approvalThat(house, conversationId, "waits with its note", ({ status, note }) => status === "pending" && note.status === "posted");

/** The approval once it has a status. */
export const reached = (house: House, approval: Json, status: string, deadlineMs?: number): Promise<Json> =>
  approvalNow(house, approval.id, `is ${status}`, (now) => now.status === status, deadlineMs);

/** One approval by its id, once it is as described. */
export async function approvalNow(
  house: House,
  id: string,
  description: string,
  holds: (approval: Json) => boolean,
  deadlineMs?: number,
): Promise<Json> {
  let now: Json;
  await eventually(
    () => `approval ${id} ${description}; it is ${JSON.stringify(brief(now))}`,
    async () => {
      now = (await house.api(`/api/v1/approvals/${id}`, { as: "ida" })).json;
      return holds(now);
    },
    deadlineMs,
  );
  return now;
}

/** Decides over HTTP. */
export const decide = (house: House, approval: Json, decision: string, body: object = {}, init: object = {}) =>
  house.api(`/api/v1/approvals/${approval.id}/${decision}`, { method: "POST", body, ...init });

/** Where a conversation's messages are read and posted with a token; for faults that are not to meet the customer. */
export const messagesPath = (conversationId: number) => `/api/v1/accounts/1/conversations/${conversationId}/messages`;

/** Every message of a conversation as Chatwoot's own API shows it, oldest first. */
export async function messagesOf(house: House, conversationId: number): Promise<Json[]> {
  const { json } = await house.chatwoot(`/conversations/${conversationId}/messages?after=0`, { as: "ida" });
  return json.payload;
}

/** What stands of our draft notes in a conversation. */
export async function draftNotes(house: House, conversationId: number): Promise<Json[]> {
  return (await messagesOf(house, conversationId)).filter(
    ({ content_attributes: attributes }) => attributes.countersign_kind === "note" && !attributes.deleted,
  );
}

/** Our short notes to the operators of a conversation. */
export async function notices(house: House, conversationId: number): Promise<Json[]> {
  return (await messagesOf(house, conversationId)).filter(({ content_attributes: attributes }) => attributes.countersign_kind === "notice");
}

/** The public answers in a conversation, whoever wrote them. */
export async function replies(house: House, conversationId: number): Promise<Json[]> {
  return (await messagesOf(house, conversationId)).filter((message) => message.message_type === 1 && !message.private);
}

/** A person writes a private note in a conversation; answers with the message. */
export async function note(house: House, conversationId: number, content: string, as: Parameters<TestHouse["chatwoot"]>[1] = {}) {
  const body = { content, private: true, message_type: "outgoing" };
  return (await house.chatwoot(`/conversations/${conversationId}/messages`, { method: "POST", body, ...as })).json;
}

/** A person answers the customer by hand in Chatwoot. */
export async function answerByHand(house: House, conversationId: number, content: string, as: Parameters<TestHouse["chatwoot"]>[1] = {}) {
  const body = { content, message_type: "outgoing" };
  return (await house.chatwoot(`/conversations/${conversationId}/messages`, { method: "POST", body, ...as })).json;
}

/** A person sets a conversation's status in Chatwoot. */
export const setStatus = (house: House, conversationId: number, status: string, more: object = {}) =>
  house.chatwoot(`/conversations/${conversationId}/toggle_status`, { method: "POST", body: { status, ...more }, as: "ida" });

/** The audit trail of an approval, as the words of what happened. */
export async function trail(house: House, approval: Json): Promise<string[]> {
  const { json } = await house.api(`/api/v1/approvals/${approval.id}/events`, { as: "ida" });
  return json.data.map(({ what }: Json) => what);
}

/** The learning rows of an approval. */
export async function lessons(house: House, approval: Json): Promise<Json[]> {
  const { json } = await house.api("/api/v1/learning/export", { as: "ida" });
  const lines = typeof json === "string" ? json.trim().split("\n").filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line)).filter((row) => row.approval_id === approval.id);
}

/** The fates of a conversation's customer messages, oldest first. */
export async function fates(house: TestHouse, conversationId: number): Promise<(string | null)[]> {
  const { data } = await house.server.house.ports.store.deliveries.list({ conversationId, limit: 200 });
  return data
    .filter((row) => row.fromCustomer && row.outcome === "accepted")
    .toSorted((a, b) => (a.messageId ?? 0) - (b.messageId ?? 0))
    .map((row) => row.fate);
}

/** Makes the simulated Chatwoot misbehave: see the simulator's README. */
export const restFault = (house: House, match: object, fault: object) => post(`${house.simulator.url}/simulator/faults`, { match, fault });

/** Makes the simulated Chatwoot's webhooks misbehave. */
export const webhookFault = (house: House, match: object, fault: string | object) =>
  post(`${house.simulator.url}/simulator/webhook-faults`, { match, fault });

/** Chatwoot behaves again. */
export async function clearFaults(house: House): Promise<void> {
  await fetch(`${house.simulator.url}/simulator/faults`, { method: "DELETE" });
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, { method: "DELETE" });
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The simulator did not take ${JSON.stringify(body)}: ${await answer.text()}`);
}
