import { type Commitment, commitmentsOf } from "../commitments.ts";
import { isLanguage, languageOf } from "../language.ts";
import { wordsOf } from "../phrases.ts";
import { sharedWords, standings } from "../support.ts";
import type { Finding } from "../words.ts";
import type { Guarded } from "./guarded.ts";

const LONGEST_EVIDENCE = 160;

/**
 * Every sentence of a draft rests on a quote or is a mere courtesy. When somebody tries to command the drafter, a quote must say the
 * same in its own words, and the courtesy must be one without the customer's words.
 */
export function looseSentences({ draftText, citations, policy, passages, customerText, triage }: Guarded, commanded: boolean): Finding[] {
  const sources = passages.map(({ text }) => text);
  const stands = standings(draftText, citations, {
    signature: policy.style.signature,
    sources,
    customerText: commanded ? null : customerText,
  });
  const cited = citations.filter(({ sentence }) => sentence.trim() !== "").map(({ sentence }) => sentence);
  const rests = (text: string) => !commanded && cited.some((sentence) => sentence.includes(text) || text.includes(sentence));
  const loose = stands.find(({ text, standing }) => standing === "loose" && !rests(text));
  const findings: Finding[] = [];
  if (loose)
    findings.push({
      code: "unproven_sentence",
      text: commanded
        ? "Somebody tries to command the drafter, and no quote proves this sentence. Read it twice; write your own words or take it out."
        : "No source proves this sentence, and it is more than a courtesy. Write your own words or take it out.",
      evidence: loose.text.slice(0, LONGEST_EVIDENCE),
      blocks: true,
    });
  const [asked, answered] = [languageOf(customerText) ?? triage.language, languageOf(draftText)];
  if (commanded && answered && isLanguage(asked) && answered !== asked && citations.length === 0)
    findings.push({
      code: "other_language",
      text: "Somebody tries to command the drafter, and the draft is in another language than the customer's. Have it drafted again.",
      evidence: answered,
      blocks: true,
    });
  return findings;
}

/** A quote that shares no telling word with its sentence proves nothing, unless the sentence translates it into the customer's language. */
export function foreignQuotes({ citations, customerText, triage }: Guarded): Finding[] {
  const asked = languageOf(customerText) ?? triage.language;
  const foreign = citations.find(({ sentence, quote, verified }) => {
    if (!verified || sharedWords(sentence, quote) > 0) return false;
    const [said, quoted] = [languageOf(sentence), languageOf(quote)];
    return said === null || said === quoted || said !== asked;
  });
  return foreign
    ? [
        {
          code: "quote_elsewhere",
          text: "A sentence rests on a quote that speaks of something else. Check it against the source.",
          evidence: foreign.sentence.slice(0, LONGEST_EVIDENCE),
          blocks: true,
        },
      ]
    : [];
}

const COMMITMENT_FINDINGS: Record<Commitment["kind"], Pick<Finding, "code" | "text">> = {
  promise: {
    code: "unsupported_promise",
    text: "The draft promises or grants something that no source grants. Take it out, or decide it yourself and write it.",
  },
  secret: {
    code: "asks_for_secrets",
    text: "The draft asks for, or tells, a password, a card number or a key. Nobody may do that in a message.",
  },
  payment: {
    code: "unsupported_payment",
    text: "The draft tells the customer to pay in a way that no source names. Check it before anybody pays.",
  },
};

/** What a source says in the same words is its own promise; a secret never is. */
export function commitments(given: Guarded): Finding[] {
  const { passages, triage, policy } = given;
  const known = new Set(
    passages.flatMap(({ text, title }) => commitmentsOf(`${title}. ${text}`, triage.language).map(({ shown }) => shown)),
  );
  const made = commitmentsOf(withoutProven(given), triage.language).filter(({ kind, shown }) => kind === "secret" || !known.has(shown));
  const signature = new Set(commitmentsOf(policy.style.signature, triage.language).map(({ shown }) => shown));
  const kinds = new Map(made.filter(({ shown }) => !signature.has(shown)).map((one) => [one.kind, one]));
  return [...kinds.values()].map(({ kind, shown }) => ({ ...COMMITMENT_FINDINGS[kind], evidence: shown, blocks: true }));
}

/** The draft without the sentences whose own quote says the same. */
function withoutProven({ draftText, citations, policy, passages }: Guarded): string {
  return standings(draftText, citations, {
    signature: policy.style.signature,
    sources: passages.map(({ text }) => text),
    customerText: null,
  })
    .filter(({ standing }) => standing !== "proven")
    .map(({ text }) => text)
    .join("\n\n");
}

const COPIED_WORDS = 5;

/** When a message tries to command the model, its own words in the draft are a sign that it was obeyed. */
export function obeyedOrders({ draftText, passages, customerText }: Guarded): Finding[] {
  const runsOf = (text: string) => {
    const words = wordsOf(text).map((word) => word.text);
    return words.slice(COPIED_WORDS - 1).map((_, at) => words.slice(at, at + COPIED_WORDS).join(" "));
  };
  const sources = new Set(passages.flatMap(({ text }) => runsOf(text)));
  const ordered = new Set(runsOf(customerText).filter((run) => !sources.has(run)));
  const evidence = runsOf(draftText).find((run) => ordered.has(run));
  return evidence === undefined
    ? []
    : [
        {
          code: "obeys_customer_text",
          text: "The message tries to command the drafter, and the draft repeats its words.",
          evidence,
          blocks: true,
        },
      ];
}
