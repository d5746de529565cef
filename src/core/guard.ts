import { unsupportedFacts } from "./guard/facts.ts";
import { forbiddenAnswers, forbiddenPromises, missingSafetyStep } from "./guard/forbidden.ts";
import { blanks, leaks, markup, templates } from "./guard/forms.ts";
import type { Guarded } from "./guard/guarded.ts";
import { commitments, foreignQuotes, looseSentences, obeyedOrders } from "./guard/proof.ts";
import { ORDERS_TO_MODELS } from "./injection.ts";
import { find, wordsOf } from "./phrases.ts";
import type { Finding } from "./words.ts";

/**
 * What is wrong with a draft, each finding named for the operator; `blocks` where it must not be approved as it is. A draft may state
 * no link, address, number, price, date or order that no source contains, promise nothing the policy forbids, answer nothing a flag
 * forbids, and do nothing the customer's text orders.
 */
export function guard(given: Guarded): Finding[] {
  const poisoned = commandingPassages(given.passages);
  const trusted = {
    ...given,
    passages: given.passages.filter((passage) => !poisoned.includes(passage)),
    citations: given.citations.filter(({ passageId }) => !poisoned.some((passage) => passage.passageId === passageId)),
  };
  const commanded = given.triage.flags.includes("injection") || poisoned.length > 0;
  const promised = forbiddenPromises(given);
  return [
    ...unsupportedFacts(trusted),
    ...promised,
    ...commitments(trusted).filter(({ code }) => promised.length === 0 || code !== "unsupported_promise"),
    ...templates(given),
    ...markup(given),
    ...leaks(trusted),
    ...blanks(given),
    ...forbiddenAnswers(trusted),
    ...missingSafetyStep(trusted),
    ...foreignQuotes(trusted),
    ...poisoned.map(({ title }) => ({
      code: "source_commands",
      text: "A source gives orders to the drafter, so nothing in it counts. Look at the article and take the order out.",
      evidence: title,
    })),
    ...(commanded ? obeyedOrders(trusted) : []),
    ...looseSentences(trusted, commanded),
  ];
}

type GuardedPassage = Guarded["passages"][number];

/** Passages that speak to a language model instead of to readers. */
const commandingPassages = (passages: GuardedPassage[]): GuardedPassage[] =>
  passages.filter(({ text }) => find(wordsOf(text), ORDERS_TO_MODELS).length > 0);
