import type { StoryBody } from "./story.ts";

/** The kinds of rows that a body names by number. */
export type Kind = "account" | "inbox" | "contact" | "contact_inbox" | "conversation" | "message" | "attachment" | "user" | "bot" | "team";

/** Gives every id of a body another one. The same number of the same kind becomes the same number throughout a story. */
export function createIds(give: (kind: Kind, told: number) => number): (body: StoryBody) => StoryBody {
  const given = new Map<string, number>();

  function live(kind: Kind, told: number): number {
    const key = `${kind} ${told}`;
    const id = given.get(key) ?? give(kind, told);
    given.set(key, id);
    return id;
  }

  /** `thing` says what the object is to the one that holds it. */
  function renamed(value: unknown, thing: string): unknown {
    if (Array.isArray(value)) return value.map((inner) => renamed(inner, thing));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, field(key, inner, value, thing)]));
  }

  function field(key: string, inner: unknown, owner: Fields, thing: string): unknown {
    if (OPAQUE.has(key)) return inner;
    const kind = key === "id" ? kindOf(thing, owner) : key === "sender_id" ? kindOfSender(owner.sender_type) : (REFERENCES[key] ?? null);
    if (kind === null) return renamed(inner, key);
    if (typeof inner === "number") return live(kind, inner);
    const isChange = isObject(inner) && "previous_value" in inner;
    return isChange ? Object.fromEntries(Object.entries(inner).map(([side, id]) => [side, field(key, id, owner, thing)])) : inner;
  }

  return (body) => renamed(body, `event ${body.event}`) as StoryBody;
}

type Fields = Record<string, unknown>;

/** What others keep in a body may hold numbers that look like ids and are none. */
const OPAQUE = new Set(["custom_attributes", "additional_attributes", "event_info", "submitted_values", "email"]);

const REFERENCES: Record<string, Kind> = {
  account_id: "account",
  inbox_id: "inbox",
  contact_id: "contact",
  conversation_id: "conversation",
  message_id: "message",
  in_reply_to: "message",
  assignee_id: "user",
  team_id: "team",
};

const THINGS: Record<string, Kind> = {
  account: "account",
  inbox: "inbox",
  contact: "contact",
  contact_inbox: "contact_inbox",
  conversation: "conversation",
  current_conversation: "conversation",
  messages: "message",
  attachments: "attachment",
  team: "team",
};

const EVENTS: [RegExp, Kind][] = [
  [/^event message_/, "message"],
  [/^event conversation_/, "conversation"],
  [/^event contact_/, "contact"],
  [/^event inbox_/, "inbox"],
  [/^event webwidget_/, "contact_inbox"],
];

function kindOf(thing: string, { type }: Fields): Kind | null {
  if (thing === "sender" || thing === "user" || thing === "assignee") return kindOfPerson(type, thing === "assignee" ? "user" : "contact");
  return THINGS[thing] ?? EVENTS.find(([event]) => event.test(thing))?.[1] ?? null;
}

/** A contact at a body's top level has no `type`. */
function kindOfPerson(type: unknown, otherwise: Kind): Kind | null {
  if (type === "user" || type === "contact") return type;
  if (type === "agent_bot") return "bot";
  return type === undefined || type === null ? otherwise : null;
}

function kindOfSender(type: unknown): Kind | null {
  return type === "Contact" ? "contact" : type === "User" ? "user" : type === "AgentBot" ? "bot" : null;
}

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
