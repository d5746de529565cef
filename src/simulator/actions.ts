import { updateContact } from "./contacts.ts";
import { assignTeam, changeStatus, setLabels, updateConversation } from "./conversations.ts";
import { tellUrl } from "./events.ts";
import { buildMessage } from "./message-builder.ts";
import { must, ofAccount } from "./state.ts";
import type { Action, Actor, AutomationRule, Condition, Conversation, Message, Priority, Status } from "./types.ts";
import type { World } from "./world.ts";

/** Does what a macro or a rule says, one action after the other; an action that cannot be done is passed over, as Chatwoot does. */
export function performActions(world: World, actions: Action[], conversation: Conversation, actor: Actor, event: string): void {
  for (const { action_name: name, action_params: params } of actions) {
    try {
      perform(world, name, params ?? [], conversation, actor, event);
    } catch (error) {
      console.error(`The simulator could not do "${name}": ${(error as Error).message}`);
    }
  }
}

/** Runs the account's automation rules that match what happened, in the background; what a rule wrote starts no rule. */
export function runAutomation(world: World, event: string, conversation: Conversation, message?: Message): void {
  if (message?.content_attributes.automation_rule_id !== undefined) return;
  for (const rule of ofAccount(world.state.automationRules, conversation.account_id)) {
    if (!rule.active || rule.event_name !== event || !matches(world, rule, conversation, message)) continue;
    setImmediate(() => performActions(world, rule.actions, conversation, { kind: "automation", rule }, `automation_event.${event}`));
  }
}

function perform(world: World, name: string, params: unknown[], conversation: Conversation, actor: Actor, event: string): unknown {
  const ruleMark = actor.kind === "automation" ? { content_attributes: { automation_rule_id: actor.rule.id } } : {};
  const first = params[0];
  switch (name) {
    case "add_private_note":
      return buildMessage(world, conversation, { content: first, private: true, ...ruleMark }, actor);
    case "send_message":
      return buildMessage(world, conversation, { content: first, ...ruleMark }, actor);
    case "send_webhook_event":
      return tellUrl(world, actor.kind === "automation" ? "automation" : "macro", String(first), event, conversation);
    case "add_label":
      return setLabels(world, conversation, [...conversation.label_list, ...params], actor);
    case "remove_label":
      return setLabels(
        world,
        conversation,
        conversation.label_list.filter((label) => !params.includes(label)),
        actor,
      );
    case "assign_agent": {
      const id = first === "self" && actor.kind === "user" ? actor.user.id : first === "nil" ? null : Number(first);
      return updateConversation(world, conversation, { assignee_id: id !== null && world.state.users.has(id) ? id : null }, actor);
    }
    case "assign_team":
      return assignTeam(world, conversation, world.state.teams.get(Number(first)) ?? null, actor);
    case "remove_assigned_team":
      return assignTeam(world, conversation, null, actor);
    case "change_status":
      return changeStatus(world, conversation, first as Status, null, actor);
    case "resolve_conversation":
      return changeStatus(world, conversation, "resolved", null, actor);
    case "open_conversation":
      return changeStatus(world, conversation, "open", null, actor);
    case "pending_conversation":
      return changeStatus(world, conversation, "pending", null, actor);
    case "snooze_conversation":
      return changeStatus(world, conversation, "snoozed", null, actor);
    case "change_priority":
      return updateConversation(world, conversation, { priority: first === "nil" ? null : ((first as Priority) ?? null) }, actor);
    case "mute_conversation":
      changeStatus(world, conversation, "resolved", null, actor);
      return updateContact(world, must(world.state.contacts, conversation.contact_id), { blocked: true });
    default:
      throw new Error("no such action here");
  }
}

/** The conditions in turn, each joined to the next by its `query_operator`. */
function matches(world: World, rule: AutomationRule, conversation: Conversation, message?: Message): boolean {
  let met = true;
  let joiner = "AND";
  for (const condition of rule.conditions) {
    const now = holds(world, condition, conversation, message);
    met = joiner === "OR" ? met || now : met && now;
    joiner = String(condition.query_operator ?? "AND").toUpperCase();
  }
  return met;
}

function holds(
  world: World,
  { attribute_key: key, filter_operator: operator, values = [] }: Condition,
  conversation: Conversation,
  message?: Message,
): boolean {
  const actual = attribute(world, key, conversation, message);
  const texts = values.map((value) => String(value).toLowerCase());
  const list = (Array.isArray(actual) ? actual : [actual]).map((value) => String(value ?? "").toLowerCase());
  switch (operator) {
    case "equal_to":
      return list.some((text) => texts.includes(text));
    case "not_equal_to":
      return !list.some((text) => texts.includes(text));
    case "contains":
      return list.some((text) => texts.some((part) => text.includes(part)));
    case "does_not_contain":
      return !list.some((text) => texts.some((part) => text.includes(part)));
    case "starts_with":
      return list.some((text) => texts.some((part) => text.startsWith(part)));
    case "is_present":
      return list.some((text) => text !== "");
    case "is_not_present":
      return list.every((text) => text === "");
    default:
      return false;
  }
}

/** What a condition asks about, of the message, the conversation or the contact. */
export function attribute(world: World, key: string, conversation: Conversation, message?: Message): unknown {
  const contact = must(world.state.contacts, conversation.contact_id);
  const known: Record<string, unknown> = {
    content: message?.content,
    message_type: message?.message_type,
    private_note: message?.private,
    email: contact.email,
    phone_number: contact.phone_number,
    status: conversation.status,
    priority: conversation.priority,
    inbox_id: conversation.inbox_id,
    team_id: conversation.team_id,
    assignee_id: conversation.assignee_id,
    contact_id: conversation.contact_id,
    display_id: conversation.display_id,
    labels: conversation.label_list,
  };
  if (key in known) return known[key];
  return conversation.additional_attributes[key] ?? conversation.custom_attributes[key] ?? contact.custom_attributes[key];
}
