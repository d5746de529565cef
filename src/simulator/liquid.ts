import { Liquid, type TagToken, type TopLevelToken } from "liquidjs";
import MarkdownIt from "markdown-it";
import { senderOf } from "./lookups.ts";
import { messagesOf, must } from "./state.ts";
import type { Bot, Contact, Conversation, Message, User } from "./types.ts";
import type { World } from "./world.ts";

const NO_INCLUDES = "Liquid error: This liquid context does not allow includes.";
const RECENT_MESSAGES = 5;
const markdown = new MarkdownIt({ html: false, linkify: true });
const engine = liquidEngine();

/** Renders Liquid in a message's text as Chatwoot does before storing it; text that does not parse stays as it is (contract §3.5). */
export function renderLiquid(world: World, conversation: Conversation, writer: User | Bot | Contact | null, content: string): string {
  // Code spans are protected by wrapping them, which breaks a text that wraps them itself; Chatwoot has the same flaw.
  const guarded = content.replace(/`(.*?)`/gs, "{% raw %}`$1`{% endraw %}");
  try {
    return engine.parseAndRenderSync(laxOutputs(guarded), drops(world, conversation, writer));
  } catch {
    return content;
  }
}

/** Ruby's Liquid reads `{{ … }}` leniently: the first word or string counts, what else stands between is eaten. liquidjs is told the same. */
function laxOutputs(template: string): string {
  let verbatimUntil: string | null = null;
  return template.replace(
    /{%-?\s*(\w+).*?%}|{{(-?)(.*?)(-?)}}/gs,
    (token, tag?: string, left?: string, markup?: string, right?: string) => {
      if (tag !== undefined) {
        if (verbatimUntil === null && (tag === "raw" || tag === "comment")) verbatimUntil = `end${tag}`;
        else if (tag === verbatimUntil) verbatimUntil = null;
        return token;
      }
      return verbatimUntil === null ? `{{${left}${laxMarkup(markup ?? "")}${right}}}` : token;
    },
  );
}

const FRAGMENT = /"[^"]*"|'[^']*'|(?:[^\s,|'"]|"[^"]*"|'[^']*')+/;

function laxMarkup(markup: string): string {
  const fragment = FRAGMENT.exec(markup);
  if (!fragment) return " nil ";
  const rest = markup.slice(fragment.index + fragment[0].length);
  const filters = /\|\s*(.*)/s.exec(rest)?.[1] ?? "";
  const plain = /^[\w\s:,.|"'-]*$/.test(filters) ? filters : "";
  return ` ${laxExpression(fragment[0])}${plain ? ` | ${plain}` : ""} `;
}

/** Words that liquidjs takes for operators; in Ruby they are variables nobody has set. */
const OPERATORS = new Set(["and", "or", "not", "contains"]);

function laxExpression(fragment: string): string {
  if (/^(".*"|'.*')$/s.test(fragment) || /^-?\d+(\.\d+)?$/.test(fragment) || /^\(\S+\.\.\S+\)$/.test(fragment)) return fragment;
  const path = fragment.match(/\[[^[\]]+\]|[\w-]+\??/g) ?? [];
  const first = path[0];
  if (first === undefined || OPERATORS.has(first)) return "nil";
  return path.map((part, at) => (at === 0 || part.startsWith("[") ? part : `.${part}`)).join("");
}

/** Ruby shows an include as an error in the text; unknown filters and variables pass silently. */
function liquidEngine(): Liquid {
  const liquid = new Liquid({ strictFilters: false, strictVariables: false, ownPropertyOnly: true });
  for (const name of ["include", "render"]) {
    liquid.registerTag(name, {
      parse(_token: TagToken, _rest: TopLevelToken[]) {},
      render: () => NO_INCLUDES,
    });
  }
  for (const name of ["layout", "block"]) {
    liquid.registerTag(name, {
      parse() {
        throw new Error(`Ruby's Liquid has no tag ${name}.`);
      },
      render: () => "",
    });
  }
  return liquid;
}

/** What templates may ask about, as Chatwoot's drops. */
function drops({ state }: World, conversation: Conversation, writer: User | Bot | Contact | null): object {
  const contact = must(state.contacts, conversation.contact_id);
  const inbox = must(state.inboxes, conversation.inbox_id);
  const account = must(state.accounts, conversation.account_id);
  return {
    contact: drop("ContactDrop", {
      id: contact.id,
      ...nameParts(contact.name),
      email: contact.email,
      phone_number: contact.phone_number,
      custom_attribute: contact.custom_attributes,
    }),
    agent: drop("UserDrop", writer ? { id: writer.id, ...nameParts(writer.name), available_name: writer.name } : {}),
    conversation: drop("ConversationDrop", {
      id: conversation.id,
      display_id: conversation.display_id,
      contact_name: capitalized(contact.name),
      recent_messages: messagesOf(state, conversation)
        .filter((message) => message.message_type !== "activity" && !message.private)
        .slice(-RECENT_MESSAGES)
        .map((message) => recentMessage(senderOf(state, message), message, contact)),
      custom_attribute: conversation.custom_attributes,
    }),
    inbox: drop("InboxDrop", { id: inbox.id, name: inbox.name }),
    account: drop("AccountDrop", { id: account.id, name: account.name }),
  };
}

/** A drop written out by itself shows only its class. */
function drop(className: string, values: object): object {
  return Object.assign(Object.create({ toString: () => className }), values);
}

function nameParts(name: string) {
  const words = name.split(/\s+/).filter(Boolean).map(capitalized);
  return { name: words.join(" "), first_name: words[0], last_name: words.length > 1 ? words.at(-1) : null };
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

/** The conversation itself can be asked for: each message is a Ruby hash, its text as HTML. */
function recentMessage(sender: User | Bot | Contact | null, message: Message, contact: Contact): object {
  const name = !sender ? "Bot" : message.sender?.type === "Contact" ? capitalized(contact.name) : sender.name;
  const content = markdown.render((message.content ?? "").replace(/<\/?[a-z][^>]*>/gi, ""));
  const fields = { sender: name, content, attachments: [] as string[] };
  const shown = `{"sender" => ${rubyString(name)}, "content" => ${rubyString(content)}, "attachments" => []}`;
  return Object.assign(Object.create({ toString: () => shown }), fields);
}

function rubyString(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
  return `"${escaped.replace(/#(?=[{$@])/g, "\\#")}"`;
}
