import { SHOP } from "../simulator/shop.ts";
import type { Simulator } from "../simulator/start.ts";
import type { DEMO_STORIES } from "./demo-stories.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of the simulated Chatwoot, read by people who know it
type Answer = any;

/** A call to the shop's Chatwoot as its administrator. */
export function chatwootCall(simulator: Simulator, method: string, path: string, body?: object): Promise<Answer> {
  return call(`${simulator.url}/api/v1/accounts/${SHOP.account.id}${path}`, method, body, { "api-access-token": SHOP.people.ida.token });
}

/** A customer writes: in the app through Chatwoot's own public API, by e-mail or by WhatsApp as those arrive. */
export async function customerWrites(simulator: Simulator, { name, through, subject, text }: (typeof DEMO_STORIES)[number]): Promise<void> {
  const { payload: inboxes } = await chatwootCall(simulator, "GET", "/inboxes");
  const inbox = inboxes.find((one: { channel_type: string }) => one.channel_type === CHANNELS[through]);
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@mail.example`;
  if (through === "email") {
    await call(`${simulator.url}/simulator/emails`, "POST", { inbox_id: inbox.id, from: { name, email }, subject: subject ?? "", text });
  } else if (through === "whatsapp") {
    await call(`${simulator.url}/simulator/whatsapp`, "POST", { inbox_id: inbox.id, from: { name, phone_number: "+4915155505678" }, text });
  } else {
    const contacts = `${simulator.url}/public/api/v1/inboxes/${inbox.inbox_identifier}/contacts`;
    const contact = await call(contacts, "POST", { name, email });
    const conversations = `${contacts}/${contact.source_id}/conversations`;
    const conversation = await call(conversations, "POST", {});
    await call(`${conversations}/${conversation.id}/messages`, "POST", { content: text });
  }
}

const CHANNELS = { app: "Channel::Api", email: "Channel::Email", whatsapp: "Channel::Whatsapp" };

async function call(url: string, method: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`the simulated Chatwoot answered ${response.status} to ${method} ${new URL(url).pathname}: ${text.slice(0, 200)}`);
  return text === "" ? null : JSON.parse(text);
}
