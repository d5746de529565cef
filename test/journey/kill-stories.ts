import { eventually } from "../support/eventually.ts";
import type { ProcessHouse } from "../support/process-house.ts";
import {
  answerByHand,
  approvalNow,
  approvalsOf,
  ask,
  decide,
  draftNotes,
  type Json,
  messagesOf,
  messagesPath,
  newCustomer,
  note,
  notices,
  posted,
  QUESTION,
  replies,
  restFault,
  trail,
} from "../support/trip.ts";

/** One conversation, the point of its trip at which the server dies, and what must have come of it in the end. */
export interface Story {
  name: string;
  /** What comes long before the point. */
  begin(): Promise<void>;
  /** The last move before the point, which is reached soon after it. */
  move(): Promise<void>;
  /** Points that pass by themselves; the others hold for seconds. */
  fleeting?: boolean;
  /** Is it at its point now? As SQL, answered by the database. */
  point(): [sql: string, ...values: unknown[]];
  after(): Promise<void>;
}

/** Longer than it takes to bring all stories to their points, shorter than our patience with Chatwoot. */
const HANGS = { delay_ms: 8000 };
const LATE = 60_000;

/** Every point of the trip at which a server can die. */
export function stories(house: ProcessHouse): Story[] {
  return [
    accepted(house),
    drafting(house),
    posting(house, "while the note is posted, before Chatwoot wrote it", { ...HANGS, drop: "before" }),
    posting(house, "while the note is posted, and Chatwoot writes it later", HANGS),
    posting(house, "after Chatwoot wrote the note and before we knew", { drop: "after" }),
    held(house),
    sending(house, "during the send, before Chatwoot wrote it", { ...HANGS, drop: "before" }),
    sending(house, "during the send, and Chatwoot writes it later", HANGS),
    sending(house, "after Chatwoot wrote the reply and before we knew", { drop: "after" }),
    removing(house),
    commanded(house),
    escalated(house),
    answered(house),
  ];
}

/** How often Chatwoot stored a post of ours in a conversation; removed ones count. */
export async function timesPosted(house: ProcessHouse, conversationId: number, kind: "note" | "notice" | "reply"): Promise<number> {
  return (await messagesOf(house, conversationId)).filter((message) => message.content_attributes.countersign_kind === kind).length;
}

const active = (kind: string, conversationId: number): [string, ...unknown[]] => [
  "select 1 from pgboss.job where name = $1 and state = 'active' and data->>'conversationId' = $2",
  kind,
  String(conversationId),
];

const once = (method: string, conversationId: number) => ({ method, path: messagesPath(conversationId), times: 1 });

function accepted(house: ProcessHouse): Story {
  let conversationId: number;
  return {
    name: "after the 202 and before the draft",
    fleeting: true,
    begin: async () => {},
    async move() {
      const customer = await newCustomer(house);
      conversationId = customer.conversationId;
      await customer.write(QUESTION);
    },
    point: () => [
      "select 1 from pgboss.job where name = 'draft-reply' and state = 'created' and data->>'conversationId' = $1",
      String(conversationId),
    ],
    async after() {
      const approval = await posted(house, conversationId);
      expect(await draftNotes(house, conversationId)).toHaveLength(1);
      expect(await trail(house, approval)).toEqual(["created", "note_posted"]);
    },
  };
}

function drafting(house: ProcessHouse): Story {
  let conversationId: number;
  return {
    name: "while drafting",
    begin: async () => {},
    async move() {
      const customer = await newCustomer(house);
      conversationId = customer.conversationId;
      await restFault(house, once("GET", conversationId), HANGS);
      await customer.write(QUESTION);
      await customer.write("It is a 1967 Camaro.");
    },
    point: () => active("draft-reply", conversationId),
    async after() {
      const approval = await posted(house, conversationId);
      expect(approval.customer_message).toBe(`${QUESTION}\n\nIt is a 1967 Camaro.`);
      expect(await approvalsOf(house, conversationId)).toHaveLength(1);
      expect(await timesPosted(house, conversationId, "note")).toBe(1);
    },
  };
}

function posting(house: ProcessHouse, name: string, fault: object): Story {
  let conversationId: number;
  return {
    name,
    begin: async () => {},
    async move() {
      const customer = await newCustomer(house);
      conversationId = customer.conversationId;
      await restFault(house, once("GET", conversationId), {}); // the draft's
      await restFault(house, once("GET", conversationId), HANGS); // the one that looks for the note
      await restFault(house, once("POST", conversationId), fault);
      await customer.write(QUESTION);
    },
    point: () => [
      "select 1 from approval_notes where conversation_id = $1 and status = 'queued' and attempted_at < now() - interval '100 ms'",
      conversationId,
    ],
    async after() {
      const approval = await approvalNow(
        house,
        (await posted(house, conversationId)).id,
        "has its note",
        ({ note: { status } }) => status === "posted",
        LATE,
      );
      expect((await draftNotes(house, conversationId)).map(({ id }) => id)).toEqual([approval.note.message_id]);
      expect(await timesPosted(house, conversationId, "note")).toBe(1);
      await decide(house, approval, "reject", { reason: "not_needed" });
      await approvalNow(house, approval.id, "lost its note", ({ note: { status } }) => status === "removed");
      expect(await draftNotes(house, conversationId)).toEqual([]);
    },
  };
}

/** A conversation whose draft waits, to begin with. */
function asking(house: ProcessHouse) {
  const subject = { conversationId: 0, approval: null as Json };
  const begin = async () => {
    const { customer, approval } = await ask(house);
    subject.conversationId = customer.conversationId;
    subject.approval = approval;
  };
  return { subject, begin };
}

async function noteIsGone(house: ProcessHouse, { approval, conversationId }: { approval: Json; conversationId: number }): Promise<void> {
  await approvalNow(house, approval.id, "lost its note", ({ note: { status } }) => status === "removed");
  expect(await draftNotes(house, conversationId)).toEqual([]);
}

function held(house: ProcessHouse): Story {
  const { subject, begin } = asking(house);
  return {
    name: "after the decision and before the send",
    fleeting: true,
    begin,
    move: async () => void (await decide(house, subject.approval, "approve")),
    point: () => ["select 1 from agent_approvals where id = $1 and status = 'approved' and send_attempted_at is null", subject.approval.id],
    async after() {
      await approvalNow(house, subject.approval.id, "is sent", ({ status }) => status === "sent", LATE);
      expect((await replies(house, subject.conversationId)).map(({ content }) => content)).toEqual([subject.approval.draft_response]);
      await noteIsGone(house, subject);
    },
  };
}

function sending(house: ProcessHouse, name: string, fault: object): Story {
  const { subject, begin } = asking(house);
  const words = "Approved,\n\nexactly once.";
  return {
    name,
    begin,
    async move() {
      await restFault(house, once("GET", subject.conversationId), {}); // the one before the first try
      await restFault(house, once("GET", subject.conversationId), HANGS); // the one that looks for the reply
      await restFault(house, once("POST", subject.conversationId), fault);
      await decide(house, subject.approval, "edit", { response: words });
    },
    point: () => [
      "select 1 from agent_approvals where id = $1 and reply_status = 'sending' and send_attempted_at < now() - interval '100 ms'",
      subject.approval.id,
    ],
    async after() {
      await approvalNow(house, subject.approval.id, "is sent", ({ status }) => status === "sent", LATE);
      expect((await replies(house, subject.conversationId)).map(({ content }) => content)).toEqual([words]);
      expect((await trail(house, subject.approval)).filter((what) => what === "sent")).toHaveLength(1);
      await noteIsGone(house, subject);
    },
  };
}

function removing(house: ProcessHouse): Story {
  const { subject, begin } = asking(house);
  return {
    name: "while the note is taken away",
    begin,
    async move() {
      await restFault(house, { ...once("DELETE", subject.conversationId) }, { ...HANGS, drop: "before" });
      await decide(house, subject.approval, "reject", { reason: "policy" });
    },
    point: () => [
      "select 1 from pgboss.job j join approval_notes n on n.id::text = j.data->>'noteId' where j.name = 'remove-note' and j.state = 'active' and n.conversation_id = $1",
      subject.conversationId,
    ],
    async after() {
      await noteIsGone(house, subject);
      expect(await replies(house, subject.conversationId)).toEqual([]);
    },
  };
}

function commanded(house: ProcessHouse): Story {
  const { subject, begin } = asking(house);
  return {
    name: "while a command is read",
    begin,
    async move() {
      await restFault(house, once("GET", subject.conversationId), HANGS);
      await note(house, subject.conversationId, "/escalate technical please call them");
    },
    point: () => active("run-command", subject.conversationId),
    async after() {
      await approvalNow(house, subject.approval.id, "is escalated", ({ status }) => status === "escalated");
      await eventually("the team is told", async () => (await notices(house, subject.conversationId)).length > 0);
      expect((await trail(house, subject.approval)).filter((what) => what === "decided")).toHaveLength(1);
    },
  };
}

function escalated(house: ProcessHouse): Story {
  const { subject, begin } = asking(house);
  return {
    name: "while a conversation is handed over",
    begin,
    async move() {
      const path = `/api/v1/accounts/1/conversations/${subject.conversationId}/assignments`;
      await restFault(house, { method: "POST", path, times: 1 }, HANGS);
      const { json } = await house.chatwoot("/teams");
      await decide(house, subject.approval, "escalate", { team_id: json[0].id });
    },
    point: () => [
      "select 1 from pgboss.job where name = 'assign-conversation' and state = 'active' and data->>'approvalId' = $1",
      subject.approval.id,
    ],
    async after() {
      await eventually("the team is told", async () => (await notices(house, subject.conversationId)).length > 0);
      const { meta } = (await house.chatwoot(`/conversations/${subject.conversationId}`, { as: "ida" })).json;
      expect(meta.team).toBeTruthy();
    },
  };
}

function answered(house: ProcessHouse): Story {
  const { subject, begin } = asking(house);
  return {
    name: "while an operator's own reply is read",
    begin,
    async move() {
      await restFault(house, once("GET", subject.conversationId), HANGS);
      await answerByHand(house, subject.conversationId, "I did it myself.");
    },
    point: () => active("capture-outcome", subject.conversationId),
    async after() {
      await approvalNow(house, subject.approval.id, "gave way", ({ status }) => status === "superseded");
      expect((await replies(house, subject.conversationId)).map(({ content }) => content)).toEqual(["I did it myself."]);
      await noteIsGone(house, subject);
    },
  };
}
