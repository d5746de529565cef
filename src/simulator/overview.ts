import { availabilityOf, canReply } from "./lookups.ts";
import { Refusal } from "./refusal.ts";
import { publicConversationJson } from "./rest-json.ts";
import { authToken } from "./routes/widget.ts";
import { must } from "./state.ts";
import type { Json } from "./types.ts";
import type { World } from "./world.ts";

/** What the page needs to begin with: operators with their tokens, inboxes with their addresses, customers, and a number that changes whenever anything does. */
export function overview(world: World): Json {
  const { state } = world;
  const changes = [...state.lastIds.values()].reduce((sum, id) => sum + id, 0);
  const latest = Math.max(
    0,
    ...[...state.conversations.values()].map((row) => row.updated_at),
    ...[...state.messages.values()].map((row) => row.updated_at),
  );
  return {
    revision: `${changes}-${latest}-${state.contacts.size}-${state.conversations.size}`,
    accounts: [...state.accounts.values()],
    operators: [...state.users.values()].map((user) => ({
      id: user.id,
      account_id: user.account_ids[0],
      name: user.name,
      role: user.role,
      token: user.token,
      availability: availabilityOf(user),
    })),
    inboxes: [...state.inboxes.values()].map((inbox) => ({
      id: inbox.id,
      account_id: inbox.account_id,
      name: inbox.name,
      channel_type: inbox.channel_type,
      inbox_identifier: inbox.channel.inbox_identifier ?? null,
      website_token: inbox.channel.website_token ?? null,
    })),
    customers: [...state.contactInboxes.values()].map((row) => {
      const { id, name, email, phone_number } = must(state.contacts, row.contact_id);
      const website = must(state.inboxes, row.inbox_id).channel_type === "Channel::WebWidget";
      return {
        contact_inbox_id: row.id,
        inbox_id: row.inbox_id,
        source_id: row.source_id,
        contact: { id, name, email, phone_number },
        auth_token: website ? authToken(row, world.now()) : null,
      };
    }),
  };
}

/** The public side of one customer's conversations, for channels whose customers have no API (e-mail, WhatsApp). */
export function whatCustomerSees(world: World, contactInboxId: number): Json {
  const { state } = world;
  if (!state.contactInboxes.has(contactInboxId))
    throw new Refusal(404, { error: `There is no customer ${contactInboxId}; GET /simulator/overview lists them.` });
  const rows = [...state.conversations.values()].filter((row) => row.contact_inbox_id === contactInboxId);
  return { conversations: rows.map((row) => ({ ...publicConversationJson(world, row), can_reply: canReply(world, row) })) };
}

/** Every row as JSON, for tests that check what must hold of all of them; files are given by their size. */
export function stateDump({ state }: World): Json {
  const rows = Object.entries(state).filter(([, table]) => table instanceof Map && table !== state.threads);
  return Object.fromEntries(
    rows.map(([name, table]) => [
      name,
      name === "lastIds" || name === "botTokens"
        ? Object.fromEntries(table as Map<string, unknown>)
        : [...(table as Map<number, unknown>).values()].map(withoutBytes),
    ]),
  );
}

const withoutBytes = (row: unknown): unknown =>
  JSON.parse(JSON.stringify(row, (key, value) => (key === "data" && value?.type === "Buffer" ? value.data.length : value)));
