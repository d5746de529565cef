import { z } from "zod";
import { connectContact, createContact } from "./contacts.ts";
import { createConversation } from "./conversations.ts";
import { createInbox } from "./inboxes.ts";
import { addUser } from "./installation.ts";
import { createMessage } from "./messages.ts";
import { Refusal } from "./refusal.ts";
import { nextId, randomToken } from "./state.ts";
import type { Account, Contact, Conversation, Inbox, Json, SenderRef, Team, User } from "./types.ts";
import type { World } from "./world.ts";

const time = z.union([z.number(), z.string()]).transform((value) => (typeof value === "number" ? value * 1000 : Date.parse(value)));
const object = z.record(z.string(), z.unknown());
/** A row by its id or its name. */
const named = z.union([z.number().int(), z.string()]);
const sender = z.union([named, z.object({ type: z.enum(["contact", "user", "agent_bot"]), id: z.number().int() })]);

/** The body of `POST /simulator/seed`; src/simulator/README.md explains it. Times are ISO or Unix seconds. */
export const seedBody = z.object({
  accounts: z.array(z.object({ id: z.number().int(), name: z.string() })).default([]),
  people: z
    .array(
      z.object({
        id: z.number().int().optional(),
        name: z.string(),
        email: z.string().optional(),
        role: z.enum(["agent", "administrator"]).default("agent"),
        token: z.string().optional(),
        online: z.boolean().default(false),
        account_id: z.number().int().optional(),
      }),
    )
    .default([]),
  inboxes: z
    .array(
      z.object({
        id: z.number().int().optional(),
        account_id: z.number().int().optional(),
        name: z.string(),
        channel: object,
        members: z.array(named).optional(),
      }),
    )
    .default([]),
  teams: z
    .array(
      z.object({
        id: z.number().int().optional(),
        account_id: z.number().int().optional(),
        name: z.string(),
        description: z.string().nullish(),
        allow_auto_assign: z.boolean().default(false),
        members: z.array(named).default([]),
      }),
    )
    .default([]),
  contacts: z
    .array(
      z.object({
        id: z.number().int().optional(),
        account_id: z.number().int().optional(),
        name: z.string().default(""),
        email: z.string().nullish(),
        phone_number: z.string().nullish(),
        identifier: z.string().nullish(),
        custom_attributes: object.optional(),
        additional_attributes: object.optional(),
        blocked: z.boolean().optional(),
        created_at: time.optional(),
      }),
    )
    .default([]),
  conversations: z
    .array(
      z.object({
        display_id: z.number().int().optional(),
        inbox: named,
        contact: named,
        source_id: z.string().optional(),
        hmac_verified: z.boolean().optional(),
        status: z.enum(["open", "resolved", "pending", "snoozed"]).default("open"),
        snoozed_until: time.optional(),
        priority: z.enum(["low", "medium", "high", "urgent"]).nullish(),
        assignee: named.nullish(),
        team: named.nullish(),
        labels: z.array(z.string()).default([]),
        additional_attributes: object.default({}),
        custom_attributes: object.default({}),
        can_reply: z.boolean().optional(),
        created_at: time.optional(),
        messages: z
          .array(
            z.object({
              id: z.number().int().optional(),
              message_type: z.enum(["incoming", "outgoing", "activity", "template"]).default("incoming"),
              content: z.string().nullable().default(null),
              private: z.boolean().default(false),
              sender: sender.nullish(),
              content_type: z.string().default("text"),
              content_attributes: object.default({}),
              source_id: z.string().nullish(),
              attachments: z.array(z.object({ name: z.string(), content_type: z.string(), text: z.string().default("") })).default([]),
              created_at: time.optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});
type Seed = z.infer<typeof seedBody>;

/** Sets a story up as if it had happened long ago: everything is stored, nothing is told. Answers with the ids of what it made. */
export function seed(world: World, story: Seed): Json {
  world.quiet = true;
  try {
    for (const account of story.accounts) world.state.accounts.set(account.id, account);
    const people = story.people.map((person) => addPerson(world, person));
    const inboxes = story.inboxes.map((inbox) => addInbox(world, inbox));
    const teams = story.teams.map((team) => addTeam(world, team));
    const contacts = story.contacts.map(({ account_id, ...contact }) => createContact(world, accountOf(world, account_id).id, contact));
    const conversations = story.conversations.map((conversation) => addConversation(world, conversation));
    return {
      people: people.map(({ id, name, token }) => ({ id, name, token })),
      inboxes: inboxes.map(({ id, name, channel }) => ({
        id,
        name,
        inbox_identifier: channel.inbox_identifier ?? null,
        website_token: channel.website_token ?? null,
      })),
      teams: teams.map(({ id, name }) => ({ id, name })),
      contacts: contacts.map(({ id, name }) => ({ id, name })),
      conversations: conversations.map((row) => ({
        display_id: row.display_id,
        message_ids: (world.state.threads.get(row.id) ?? []).map((message) => message.id),
      })),
    };
  } finally {
    world.quiet = false;
  }
}

function addPerson(world: World, { id, account_id, token, ...person }: Seed["people"][number]): User {
  const account = accountOf(world, account_id);
  for (const known of world.state.users.keys()) nextId(world.state, "user", known);
  return addUser(world, { ...person, id: nextId(world.state, "user", id), token: token ?? randomToken(), account_ids: [account.id] });
}

function addInbox(world: World, { id, account_id, name, channel, members }: Seed["inboxes"][number]): Inbox {
  const { state } = world;
  const inbox = createInbox(world, accountOf(world, account_id).id, { name, channel });
  if (id !== undefined && id !== inbox.id) {
    state.inboxes.delete(inbox.id);
    inbox.id = nextId(state, "inbox", id);
    state.inboxes.set(id, inbox);
  }
  // An address the story already knows stays as it is.
  for (const key of ["inbox_identifier", "website_token", "secret"])
    if (typeof channel[key] === "string") inbox.channel[key] = channel[key];
  const everybody = [...state.users.values()].filter((user) => user.account_ids.includes(inbox.account_id));
  inbox.member_ids = members ? members.map((member) => find(state.users, member, "person").id) : everybody.map((user) => user.id);
  return inbox;
}

function addTeam(world: World, { id, account_id, name, description, allow_auto_assign, members }: Seed["teams"][number]): Team {
  const now = world.now();
  const team: Team = {
    id: nextId(world.state, "team", id),
    account_id: accountOf(world, account_id).id,
    name: name.toLowerCase(),
    description: description ?? null,
    allow_auto_assign,
    member_ids: members.map((member) => find(world.state.users, member, "person").id),
    created_at: now,
    updated_at: now,
  };
  world.state.teams.set(team.id, team);
  return team;
}

function addConversation(world: World, story: Seed["conversations"][number]): Conversation {
  const { state } = world;
  const inbox = find(state.inboxes, story.inbox, "inbox");
  const contact = find(state.contacts, story.contact, "contact");
  const connection = connectContact(world, contact, inbox, story.source_id);
  if (story.hmac_verified !== undefined) connection.hmac_verified = story.hmac_verified;
  const first = story.messages.find((message) => message.created_at !== undefined)?.created_at;
  const conversation = createConversation(world, connection, {
    ...story,
    id: story.display_id,
    created_at: story.created_at ?? first,
    assignee_id: null,
    team_id: null,
  });
  for (const message of story.messages) addMessage(world, conversation, contact, message);
  Object.assign(conversation, {
    updated_at: conversation.last_activity_at,
    status: story.status,
    snoozed_until: story.snoozed_until ?? null,
    priority: story.priority ?? null,
    label_list: story.labels,
    cached_label_list: story.labels.join(", ") || null,
    assignee_id: story.assignee == null ? null : find(state.users, story.assignee, "person").id,
    team_id: story.team == null ? null : find(state.teams, story.team, "team").id,
    can_reply_as_seeded: story.can_reply ?? null,
    ...(story.status === "resolved" && { waiting_since: null, agent_last_seen_at: conversation.last_activity_at }),
  });
  return conversation;
}

function addMessage(
  world: World,
  conversation: Conversation,
  contact: Contact,
  { sender: given, attachments, ...message }: Seed["conversations"][number]["messages"][number],
): void {
  const uploads = attachments.map(({ name, content_type, text }) => ({ name, content_type, data: Buffer.from(text) }));
  createMessage(
    world,
    conversation,
    { ...message, sender: senderRef(world, contact, message.message_type, given), uploads },
    { kind: "system" },
  );
}

function senderRef({ state }: World, contact: Contact, type: string, given: z.infer<typeof sender> | null | undefined): SenderRef | null {
  if (given === undefined) return type === "incoming" ? { type: "Contact", id: contact.id } : null;
  if (given === null) return null;
  if (typeof given === "object")
    return { type: ({ contact: "Contact", user: "User", agent_bot: "AgentBot" } as const)[given.type], id: given.id };
  return given === "contact" ? { type: "Contact", id: contact.id } : { type: "User", id: find(state.users, given, "person").id };
}

function accountOf({ state }: World, id: number | undefined): Account {
  const account = id === undefined ? [...state.accounts.values()][0] : state.accounts.get(id);
  if (!account) throw new Refusal(400, { error: `There is no account ${id ?? ""}; name it in "accounts".` });
  return account;
}

function find<Row extends { id: number; name: string }>(table: Map<number, Row>, wanted: number | string, what: string): Row {
  const row =
    typeof wanted === "number" ? table.get(wanted) : [...table.values()].find((one) => one.name.toLowerCase() === wanted.toLowerCase());
  if (!row) throw new Refusal(400, { error: `The story names ${what} ${JSON.stringify(wanted)}, which is not there.` });
  return row;
}
