import { z } from "zod";
import type { Mark, Message, Operator, Priority } from "../../core/words.ts";
import { type Helpdesk, HelpdeskError } from "../../ports/helpdesk.ts";
import {
  Agent,
  ConversationAnswer,
  MessageAnswer,
  MessagesAnswer,
  Profile,
  RecentAnswer,
  Team,
  toConversation,
  toMessage,
} from "./answers.ts";
import { markAttributes } from "./attributes.ts";
import { type Client, type ClientOptions, createClient } from "./client.ts";

/** Messages in a page without `after` and in one with it, fixed in Chatwoot. */
const PAGE = 20;
const PAGE_AFTER = 100;
/** Pages are cut by time but continued by id, and two messages of one instant may have both the other way round: pages overlap. */
const OVERLAP = 5;

/** The helpdesk port over Chatwoot's REST API, as the service user whom `token` belongs to. Every error is a HelpdeskError. */
export function createHelpdesk(options: ClientOptions & { accountId: number }): Helpdesk {
  const call = createClient(options);
  const account = `/api/v1/accounts/${options.accountId}`;
  const conversation = (conversationId: number) => `${account}/conversations/${conversationId}`;
  let self: Promise<Operator> | null = null;

  const teams = () => call({ method: "GET", path: `${account}/teams`, answer: z.array(Team) });
  const agents = () => call({ method: "GET", path: `${account}/agents`, answer: z.array(Agent) });

  const assign = async (conversationId: number, whom: { team_id: number } | { assignee_id: number }) => {
    const answer = z.object({ id: z.number() }).nullish();
    const assigned = await call({ method: "POST", path: `${conversation(conversationId)}/assignments`, body: whom, answer });
    const wanted = "team_id" in whom ? whom.team_id : whom.assignee_id;
    if (assigned?.id !== wanted) throw unknownAssignee(whom); // removed in Chatwoot between our look and our call
  };

  return {
    self() {
      self ??= whoIs(call, options.accountId, options.token).catch((error) => {
        self = null; // asked again next time
        throw error;
      });
      return self;
    },

    whoIs: (token) => whoIs(call, options.accountId, token),

    async conversation(conversationId) {
      const answer = await call({ method: "GET", path: conversation(conversationId), answer: ConversationAnswer });
      return toConversation(answer, options.accountId);
    },

    async canSee(conversationId, asOperator) {
      try {
        await call({ method: "GET", path: conversation(conversationId), token: asOperator, answer: z.object({ id: z.number() }) });
        return true;
      } catch (error) {
        if (error instanceof HelpdeskError && (error.kind === "forbidden" || error.kind === "gone")) return false;
        throw error;
      }
    },

    messages(conversationId, { afterId, atLeast = PAGE } = {}) {
      const page = async (query: string) => {
        const answer = await call({ method: "GET", path: `${conversation(conversationId)}/messages${query}`, answer: MessagesAnswer });
        return answer.payload.map(toMessage);
      };
      return afterId === undefined ? newest(page, atLeast) : allAfter(page, afterId);
    },

    async recentlyActive(withinSeconds) {
      const query = `?status=all&updated_within=${Math.ceil(withinSeconds)}`;
      const { data } = await call({ method: "GET", path: `${account}/conversations${query}`, answer: RecentAnswer });
      return data.payload.map(({ id, status, waiting_since: waiting, meta: { sender }, last_non_activity_message: newest }) => ({
        id,
        status,
        waitingSince: waiting ? new Date(waiting * 1000) : null,
        contactId: sender.id,
        contactBlocked: sender.blocked ?? false,
        customerActiveAt: sender.last_activity_at ? new Date(sender.last_activity_at * 1000) : null,
        newest: newest ? toMessage(newest) : null,
      }));
    },

    postNote: (conversationId, text, mark) => post(call, conversation(conversationId), { text, mark, private: true, token: null }),

    async removeNote(conversationId, messageId) {
      try {
        await call({ method: "DELETE", path: `${conversation(conversationId)}/messages/${messageId}`, answer: z.unknown() });
      } catch (error) {
        if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
      }
    },

    sendReply: (conversationId, text, mark, asOperator) =>
      post(call, conversation(conversationId), { text, mark, private: false, token: asOperator }),

    async assignTeam(conversationId, teamId) {
      if (!(await teams()).some((team) => team.id === teamId)) throw unknownAssignee({ team_id: teamId });
      await assign(conversationId, { team_id: teamId });
    },

    async assignOperator(conversationId, operatorId) {
      if (!(await agents()).some((agent) => agent.id === operatorId)) throw unknownAssignee({ assignee_id: operatorId });
      await assign(conversationId, { assignee_id: operatorId });
    },

    async setPriority(conversationId, priority) {
      const body = { priority: chatwootPriority(priority) };
      await call({ method: "POST", path: `${conversation(conversationId)}/toggle_priority`, body, answer: z.unknown() });
    },

    teams,

    async operators() {
      return (await agents()).map(({ id, name, email, role, availability_status }) => {
        return { id, name, email: email ?? null, role, online: availability_status === "online" };
      });
    },

    async teamMembers(teamId) {
      const members = await call({ method: "GET", path: `${account}/teams/${teamId}/team_members`, answer: z.array(Agent) });
      return members.map((member) => member.id);
    },
  };
}

/** A token that is nobody's, a bot's, or a person's of another account is `refused`: none of them is an operator of ours. */
async function whoIs(call: Client, accountId: number, token: string): Promise<Operator> {
  const profile = await call({ method: "GET", path: "/api/v1/profile", token, answer: Profile }).catch((error) => {
    throw error instanceof HelpdeskError && error.kind === "forbidden"
      ? new HelpdeskError("refused", "This access token is not a person's.", { httpStatus: error.httpStatus, cause: error })
      : error;
  });
  const membership = profile.accounts.find((account) => account.id === accountId);
  if (!membership) throw new HelpdeskError("refused", `This access token has no access to account ${accountId} of Chatwoot.`);
  return { id: profile.id, name: profile.name, email: profile.email ?? null, role: membership.role };
}

/** Posts as text `outgoing`: the number 0 would make a customer's message of it, a `source_id` would keep it from being sent. */
async function post(
  call: Client,
  conversation: string,
  message: { text: string; mark: Mark; private: boolean; token: string | null },
): Promise<{ id: number; text: string }> {
  const stored = await call({
    method: "POST",
    path: `${conversation}/messages`,
    token: message.token,
    body: {
      content: message.text,
      message_type: "outgoing",
      private: message.private,
      content_attributes: markAttributes(message.mark),
    },
    answer: MessageAnswer.pick({ id: true, content: true }),
  });
  return { id: stored.id, text: stored.content ?? "" };
}

type Page = (query: string) => Promise<Message[]>;

async function newest(page: Page, atLeast: number): Promise<Message[]> {
  const found = new Map<number, Message>();
  for (let query = ""; ; query = `?before=${Math.min(...found.keys()) + OVERLAP}`) {
    const messages = await page(query);
    const grew = collect(found, messages);
    if (!grew || messages.length < PAGE || found.size >= atLeast) return inOrder(found);
  }
}

async function allAfter(page: Page, afterId: number): Promise<Message[]> {
  const found = new Map<number, Message>();
  for (let after = afterId; ; after = Math.max(afterId, Math.max(...found.keys()) - OVERLAP)) {
    const messages = await page(`?after=${after}`);
    const grew = collect(found, messages);
    if (!grew || messages.length < PAGE_AFTER) return inOrder(found);
  }
}

function collect(found: Map<number, Message>, messages: Message[]): boolean {
  const before = found.size;
  for (const message of messages) found.set(message.id, message);
  return found.size > before;
}

const inOrder = (found: Map<number, Message>): Message[] =>
  [...found.values()].sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime() || one.id - other.id);

const chatwootPriority = (priority: Priority) => (priority === "normal" ? "medium" : priority);

const unknownAssignee = (whom: { team_id: number } | { assignee_id: number }) =>
  new HelpdeskError(
    "invalid",
    "team_id" in whom
      ? `Chatwoot has no team ${whom.team_id} in this account: look the teams up again.`
      : `Chatwoot has no operator ${whom.assignee_id} in this account: look the operators up again.`,
  );
