import type { ApprovalJson } from "../http/approval-json.ts";
import { bodiesOf, type Story, type StoryBody, type StoryExpectation } from "./story.ts";

/** The door's answer to one body. */
export interface Answer {
  event: string;
  delivery_id: string;
  /** `accepted`, `ignored`, `duplicate`, or with which status it was refused. */
  status: string;
  reason?: string;
}

/** What came of a story; null is what could not be looked at. */
export interface Found {
  /** The conversation's, newest first. */
  approvals: ApprovalJson[] | null;
  /** Of the conversation's newest accepted customer message; null also where there is none. */
  fate: string | null;
  /** The visible draft notes, oldest first. */
  notes: string[] | null;
  publicReplies: number | null;
  deadLetters: string[] | null;
}

/** One expectation, by its key in the fixture, and what there was. */
export interface Check {
  key: string;
  expected: unknown;
  found: unknown;
  held: boolean;
}

export interface Verdict {
  /** True when everything that could be looked at is as expected. */
  held: boolean;
  checks: Check[];
  /** Keys of expectations that could not be looked at. */
  unchecked: string[];
}

type Keys = Exclude<keyof StoryExpectation, "delivery" | "deliveries">;
type ApprovalExpectation = NonNullable<StoryExpectation["approval"]>;

/** Holds what came of a story against what its `expect` says; `fixtures/README.md` explains every key. */
export function judgeStory(story: Story, deliveries: Answer[], found: Found): Verdict {
  const { delivery, deliveries: several, ...rest } = story.expect;
  const checks: Check[] = (several ?? (delivery ? [delivery] : [])).map((expected, place) => {
    const { status, reason } = deliveries[place] ?? { status: "not sent" };
    const key = several ? `deliveries[${place}]` : "delivery";
    return check(key, expected, { status, ...(reason !== undefined && { reason }) });
  });
  const unchecked: string[] = [];
  for (const key of Object.keys(rest) as Keys[]) {
    const judged = CHECKS[key](story, found);
    if (judged === null) unchecked.push(key);
    else checks.push(...judged);
  }
  if (found.deadLetters?.length) checks.push(check("(no dead letter)", [], found.deadLetters));
  return { held: checks.every(({ held }) => held), checks, unchecked };
}

/** Each answers null where nobody could look. */
const CHECKS: Record<Keys, (story: Story, found: Found) => Check[] | null> = {
  fate: ({ expect }, { approvals, fate }) => (approvals === null ? null : [check("fate", expect.fate, fate)]),
  approval(story, { approvals }) {
    if (approvals === null) return null;
    const { approval: expected } = story.expect;
    const newest = approvals[0] ?? null;
    if (!expected) return [{ ...check("approval", null, newest && `${newest.status}: ${newest.draft_response}`), held: newest === null }];
    if (!newest) return [check("approval", expected, null)];
    return (Object.keys(expected) as (keyof ApprovalExpectation)[]).map((key) => ({
      key: `approval.${key}`,
      expected: expected[key],
      ...judgeApproval(key, expected, newest, story),
    }));
  },
  approvals: ({ expect }, { approvals }) => approvals && [check("approvals", expect.approvals, approvals.length)],
  pending: ({ expect }, { approvals }) =>
    approvals && [check("pending", expect.pending, approvals.filter(({ status }) => status === "pending").length)],
  note({ expect: { note: expected } }, { notes }) {
    if (notes === null) return null;
    const newest = notes.at(-1) ?? null;
    if (!expected) return [check("note", null, newest)];
    const { contains = [], excludes = [] } = expected;
    return [
      ...contains.map((words) => ({ key: "note.contains", expected: words, found: newest, held: newest?.includes(words) ?? false })),
      ...excludes.map((words) => ({ key: "note.excludes", expected: words, found: newest, held: !newest?.includes(words) })),
    ];
  },
  notes: ({ expect }, { notes }) => notes && [check("notes", expect.notes, notes.length)],
  public_replies: ({ expect }, { publicReplies }) =>
    publicReplies === null ? null : [check("public_replies", expect.public_replies, publicReplies)],
};

const PRIORITIES = ["low", "normal", "high", "urgent"];

function judgeApproval(
  key: keyof ApprovalExpectation,
  expected: ApprovalExpectation,
  approval: ApprovalJson,
  story: Story,
): Pick<Check, "found" | "held"> {
  const sources = approval.sources.map(({ source_id }) => source_id);
  const draft = approval.draft_response;
  const holds = (text: string, words: string) => text.toLowerCase().includes(words.toLowerCase());
  switch (key) {
    case "flags":
      return { found: approval.flags, held: same([...approval.flags].sort(), [...(expected.flags ?? [])].sort()) };
    case "flags_include":
      return { found: approval.flags, held: (expected.flags_include ?? []).every((flag) => approval.flags.includes(flag)) };
    case "priority_at_least":
      return {
        found: approval.priority,
        held: PRIORITIES.indexOf(approval.priority) >= PRIORITIES.indexOf(expected.priority_at_least ?? "low"),
      };
    case "confidence_max":
      return {
        found: approval.confidence_score,
        held: approval.confidence_score !== null && approval.confidence_score <= (expected.confidence_max ?? 100),
      };
    case "top_source":
      return { found: sources, held: sources[0] === expected.top_source };
    case "sources_include":
      return { found: sources, held: (expected.sources_include ?? []).every((id) => sources.includes(id)) };
    case "no_sources":
      return { found: sources, held: sources.length === 0 };
    case "draft_contains":
      return { found: draft, held: (expected.draft_contains ?? []).every((words) => holds(draft, words)) };
    case "draft_excludes":
      return { found: draft, held: !(expected.draft_excludes ?? []).some((words) => holds(draft, words)) };
    case "customer_message_contains":
      return { found: approval.customer_message, held: approval.customer_message.includes(expected.customer_message_contains ?? "") };
    case "customer_message_excludes":
      return { found: approval.customer_message, held: !approval.customer_message.includes(expected.customer_message_excludes ?? "") };
    case "answers":
      return {
        found: approval.customer_message,
        held: answersNewest(approval.customer_message, customerWords(story), expected.answers ?? 0),
      };
    default:
      return { found: approval[key], held: same(approval[key], expected[key]) };
  }
}

/** The newest `count` of the customer's messages stand in the text, of the earlier ones none. */
function answersNewest(text: string, words: string[], count: number): boolean {
  const newest = words.slice(-count);
  const earlier = words.slice(0, -count);
  return newest.length === count && newest.every((one) => text.includes(one)) && !earlier.some((one) => text.includes(one));
}

/** What the customer wrote in a story, oldest first. */
function customerWords(story: Story): string[] {
  const earlier = (story.conversation?.messages ?? []).filter(({ by }) => by === "customer").map(({ content }) => content);
  const told = new Map(
    bodiesOf(story)
      .filter((body) => body.event === "message_created" && body.message_type === "incoming" && body.private === false)
      .map((body) => [body.id, newWords(body).trim()]),
  );
  return [...earlier, ...told.values()];
}

/** Of an e-mail without the quoted thread. */
function newWords({ content, content_attributes: attributes }: StoryBody): string {
  const email = (attributes as { email?: { text_content?: { quoted?: unknown } } } | null)?.email;
  const quoted = email?.text_content?.quoted;
  return typeof quoted === "string" && quoted !== "" ? quoted : String(content ?? "");
}

const check = (key: string, expected: unknown, found: unknown): Check => ({ key, expected, found, held: same(expected, found) });

/** The same JSON, whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  const inA = a as Record<string, unknown>;
  const inB = b as Record<string, unknown>;
  return Array.isArray(a) === Array.isArray(b) && keys.length === Object.keys(b).length && keys.every((key) => same(inA[key], inB[key]));
}
