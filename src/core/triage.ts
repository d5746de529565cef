import { isCourtesyOnly } from "./courtesy.ts";
import { INJECTION, injectionMarks, ORDERS } from "./injection.ts";
import { intentOf } from "./intents.ts";
import { KEYWORDS, type KeywordFlag, type Keywords } from "./keywords.ts";
import { languageOf } from "./language.ts";
import { undenied } from "./negation.ts";
import { find, type Hit, indexOf, type PhraseIndex, type Word, wordsOf } from "./phrases.ts";
import type { Policy } from "./policy.ts";
import { sentimentOf } from "./sentiment.ts";
import { readingsOf } from "./smuggled.ts";
import { unsupposed } from "./supposed.ts";
import { urgencyOf } from "./urgency.ts";
import type { Channel, Contact, Flag, Triage } from "./words.ts";

/** What the rules judge: the whole unanswered burst and who wrote it where. */
export interface TriageSubject {
  text: string;
  channel: Channel;
  hmacVerified: boolean;
  contact: Pick<Contact, "id" | "customAttributes">;
  labels: string[];
  /** The conversation's. */
  customAttributes: Record<string, unknown>;
  earlierComplaints: number;
  policy: Policy;
}

/** Judges a customer's message by rules alone: they hold when every model is down. Never throws, time linear in the text. */
export function triage(subject: TriageSubject): Triage {
  const { text, policy } = subject;
  const words = wordsOf(text);
  const language = languageOf(text) ?? "en";
  const raised = raisedBy(words, text, language, listsOf(policy));
  const flags = new Set<Flag>(raised.map(({ flag }) => flag));
  const reasons = raised.map(({ flag, evidence }) => `${flag.replaceAll("_", " ")}: ${evidence}`);
  const vip = vipReason(subject);
  if (vip) {
    flags.add("vip");
    reasons.push(`vip: ${vip}`);
  }
  if (subject.channel === "Channel::WebWidget" && !subject.hmacVerified) {
    flags.add("unverified_contact");
    reasons.push("unverified contact: a website visitor whose identity nobody verified");
  }
  if (subject.earlierComplaints > 0 && flags.has("complaint"))
    reasons.push(`complaint: ${subject.earlierComplaints} earlier in this conversation`);
  const { urgency, hit } = urgencyOf(words, language);
  if (hit) reasons.push(`${urgency === "high" ? "time-critical" : "no hurry"}: ${shown(words, hit)}`);
  const sentiment = sentimentOf(words, text, language);
  return {
    intent: intentOf(words, language),
    sentiment: flags.has("complaint") ? "negative" : sentiment,
    language,
    flags: ORDER.filter((flag) => flags.has(flag)),
    needsReply: raised.length > 0 || !isCourtesyOnly(text),
    urgency,
    reasons,
  };
}

const ORDER: Flag[] = ["safety", "legal", "privacy", "fraud", "human_requested", "complaint", "vip", "injection", "unverified_contact"];

interface FlagList {
  flag: Flag;
  raise: PhraseIndex;
  /** Raises among friends, too. */
  always: PhraseIndex;
  friends: PhraseIndex;
  /** What the policy took out. */
  removed: PhraseIndex;
}

const listsByPolicy = new WeakMap<Policy, FlagList[]>();

/** The built-in lists with a policy's changes; what it removes raises nothing any more, alone or inside a longer phrase. */
function listsOf(policy: Policy): FlagList[] {
  let lists = listsByPolicy.get(policy);
  if (!lists) {
    lists = (Object.keys(KEYWORDS) as KeywordFlag[]).map((flag) => flagList(flag, KEYWORDS[flag], policy.keywords[flag]));
    lists.push(flagList("injection", INJECTION, { add: [], remove: [] }));
    listsByPolicy.set(policy, lists);
  }
  return lists;
}

const flagList = (flag: Flag, { raise, always = [], friends }: Keywords, change: { add: string[]; remove: string[] }): FlagList => ({
  flag,
  raise: indexOf([...raise, ...change.add]),
  always: indexOf(always),
  friends: indexOf(friends),
  removed: indexOf(change.remove),
});

function raisedBy(words: Word[], text: string, language: string, lists: FlagList[]): { flag: Flag; evidence: string }[] {
  const raised = lists.flatMap(({ flag, raise, always, friends, removed }) => {
    const among = (index: PhraseIndex) => new Set(undenied(words, find(words, index), language).flatMap(({ places }) => places));
    const outside = (hits: Hit[], masked: Set<number>) => hits.filter(({ places }) => !places.some((place) => masked.has(place)));
    const candidates = [...find(words, always), ...outside(find(words, raise), among(friends))];
    const told = flag === "safety" ? unsupposed(words, candidates) : candidates;
    const real = undenied(words, outside(told, among(removed)), language);
    const hit = real[0] ?? (flag === "human_requested" && words.length <= 2 ? find(words, ALONE)[0] : undefined);
    return hit ? [{ flag, evidence: shown(words, hit) }] : [];
  });
  if (raised.some(({ flag }) => flag === "injection")) return raised;
  const evidence = injectionMarks(text).join(", ") || smuggledOrder(text);
  if (evidence !== "") raised.push({ flag: "injection", evidence });
  return raised;
}

/** A gibberish reading may hit two small words by chance; an order has more letters. */
const SHORTEST_ORDER = 10;

/** An order to the drafter that stands in another reading of the text, for people; "" when there is none. */
function smuggledOrder(text: string): string {
  for (const reading of readingsOf(text)) {
    const words = wordsOf(reading);
    const hit = find(words, ORDERS).find(({ places }) => places.map((place) => words[place]?.text ?? "").join("").length >= SHORTEST_ORDER);
    if (hit) return `hidden ${shown(words, hit)}`;
  }
  return "";
}

/** Who writes nothing else wants one. */
const ALONE = indexOf([
  "human|agent|operator|representative|person|mensch|mitarbeiter|humano|persona|agente|humain|conseiller|pessoa|atendente",
]);

const LONGEST_EVIDENCE = 80;

/** The words that raised a flag, for people. */
const shown = (words: Word[], { places }: Hit) =>
  `“${places
    .map((place) => words[place]?.text ?? "")
    .join(" ")
    .slice(0, LONGEST_EVIDENCE)}”`;

/** Why the policy makes this customer a VIP, null when it does not. */
function vipReason({ policy, labels, contact, customAttributes }: TriageSubject): string | null {
  if (policy.vip.contact_ids.includes(contact.id)) return "by contact";
  const label = labels.find((name) => policy.vip.labels.some((wanted) => wanted.toLowerCase() === name.toLowerCase()));
  if (label) return `label ${label}`;
  for (const [name, values] of Object.entries(policy.vip.custom_attributes)) {
    for (const attributes of [contact.customAttributes, customAttributes]) {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (value !== undefined && values.some((wanted) => String(wanted).toLowerCase() === String(value).toLowerCase()))
        return `attribute ${name}`;
    }
  }
  return null;
}
