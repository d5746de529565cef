import { z } from "zod";
import type { Conversation, Message, Priority } from "../../core/words.ts";
import { readAttributes, senderType } from "./attributes.ts";

const id = z.int().positive();

/** What we use of `GET /api/v1/profile`; `role` is the one in that account. */
export const Profile = z.object({
  id,
  name: z.string(),
  email: z.string().nullish(),
  accounts: z.array(z.object({ id, role: z.enum(["agent", "administrator"]) })),
});

/** A person of the account as `/agents` and a team's members show them. */
export const Agent = z.object({
  id,
  name: z.string(),
  email: z.string().nullish(),
  role: z.enum(["agent", "administrator"]),
  availability_status: z.string().nullish(),
});

export const Team = z.object({ id, name: z.string() });

/** A message in REST form: type and times are numbers, a customer's sender says `contact`, an activity has none. */
export const MessageAnswer = z.object({
  id,
  content: z.string().nullish(),
  message_type: z.int(),
  private: z.boolean().nullish(),
  created_at: z.number(),
  content_attributes: z.unknown(),
  sender: z.object({ id: id.nullish(), name: z.string().nullish(), type: z.string().nullish() }).nullish(),
  attachments: z
    .array(z.object({ file_type: z.string().nullish(), data_url: z.string().nullish(), fallback_title: z.string().nullish() }))
    .nullish(),
});

export const MessagesAnswer = z.object({ payload: z.array(MessageAnswer) });

/** A conversation in REST form: what is unset is absent rather than null, and times that are unset are 0. */
export const ConversationAnswer = z.object({
  id,
  inbox_id: id,
  status: z.enum(["open", "resolved", "pending", "snoozed"]),
  can_reply: z.boolean(),
  muted: z.boolean().nullish(),
  labels: z.array(z.string()).nullish(),
  priority: z.enum(["low", "medium", "high", "urgent"]).nullish(),
  waiting_since: z.number().nullish(),
  custom_attributes: z.record(z.string(), z.unknown()).nullish(),
  meta: z.object({
    channel: z.string(),
    hmac_verified: z.boolean().nullish(),
    sender: z.object({
      id,
      name: z.string().nullish(),
      email: z.string().nullish(),
      phone_number: z.string().nullish(),
      blocked: z.boolean().nullish(),
      custom_attributes: z.record(z.string(), z.unknown()).nullish(),
    }),
    assignee: z.object({ id }).nullish(),
    assignee_type: z.string().nullish(),
    team: z.object({ id }).nullish(),
  }),
});

/** A row of the list of conversations, as far as reconciling reads it. */
export const RecentAnswer = z.object({
  data: z.object({
    payload: z.array(
      z.object({
        id,
        status: z.enum(["open", "resolved", "pending", "snoozed"]),
        waiting_since: z.number().nullish(),
        meta: z.object({ sender: z.object({ id, blocked: z.boolean().nullish(), last_activity_at: z.number().nullish() }) }),
        last_non_activity_message: MessageAnswer.nullish(),
      }),
    ),
  }),
});

/** A REST conversation in our words. A bot that holds it is no operator: its `assigneeId` is null. */
export function toConversation(answer: z.infer<typeof ConversationAnswer>, accountId: number): Conversation {
  const { meta } = answer;
  return {
    accountId,
    id: answer.id,
    inboxId: answer.inbox_id,
    channel: meta.channel,
    status: answer.status,
    canReply: answer.can_reply,
    muted: answer.muted ?? false,
    labels: answer.labels ?? [],
    priority: answer.priority ? ourPriority(answer.priority) : null,
    contact: {
      id: meta.sender.id,
      name: meta.sender.name ?? null,
      email: meta.sender.email ?? null,
      phone: meta.sender.phone_number ?? null,
      blocked: meta.sender.blocked ?? false,
      customAttributes: meta.sender.custom_attributes ?? {},
    },
    assigneeId: meta.assignee_type === "AgentBot" ? null : (meta.assignee?.id ?? null),
    teamId: meta.team?.id ?? null,
    waitingSince: answer.waiting_since ? new Date(answer.waiting_since * 1000) : null,
    hmacVerified: meta.hmac_verified ?? false,
    customAttributes: answer.custom_attributes ?? {},
  };
}

/** A REST message in our words. */
export function toMessage(answer: z.infer<typeof MessageAnswer>): Message {
  const attributes = readAttributes(answer.content_attributes);
  return {
    id: answer.id,
    type: MESSAGE_TYPES[answer.message_type] ?? "activity", // a kind that a later Chatwoot may invent: nobody's words to us
    private: answer.private ?? false,
    text: attributes.newWords ?? answer.content ?? "",
    createdAt: new Date(answer.created_at * 1000),
    sender: { type: senderType(answer.sender), id: answer.sender?.id ?? null, name: answer.sender?.name ?? null },
    attachments: (answer.attachments ?? []).map(({ file_type, data_url, fallback_title }) => {
      return { type: file_type ?? "file", name: fallback_title || fileName(data_url) };
    }),
    mark: attributes.mark,
    deleted: attributes.deleted,
    autoReply: attributes.autoReply,
    externalError: attributes.externalError,
  };
}

const MESSAGE_TYPES = ["incoming", "outgoing", "activity", "template"] as const;

const ourPriority = (priority: "low" | "medium" | "high" | "urgent"): Priority => (priority === "medium" ? "normal" : priority);

/** Chatwoot tells a file's name nowhere but at the end of its address. */
function fileName(address: string | null | undefined): string | null {
  const last = address?.split(/[?#]/, 1)[0]?.split("/").at(-1);
  if (!last) return null;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
