import { type Fact, type FactKind, factsOf, isSupported, knownFacts } from "../facts.ts";
import type { Finding } from "../words.ts";
import type { Guarded } from "./guarded.ts";

/** Links, addresses, numbers, prices, dates and orders that no source contains; a wrong link or sum blocks. */
export function unsupportedFacts({ draftText, passages, policy, customerText }: Guarded): Finding[] {
  const known = knownFacts([...passages.flatMap(({ title, text, url }) => [title, text, url ?? ""]), policy.style.signature]);
  const said = knownFacts([customerText]);
  const unsupported = factsOf(draftText).filter(
    (fact) => !isSupported(fact, known) && !(CUSTOMERS_OWN.includes(fact.kind) && isSupported(fact, said)),
  );
  return unique(unsupported).map(({ kind, shown }) => ({
    code: `unsupported_${kind}`,
    text: `The draft states a ${FACT_NAMES[kind]} that no source contains. ${MERELY_NAMED.includes(kind) ? "Check it." : "Take it out, or write it yourself once you know that it is right."}`,
    evidence: shown,
    ...(MERELY_NAMED.includes(kind) ? {} : { blocks: true }),
  }));
}

const FACT_NAMES: Record<FactKind, string> = {
  link: "link",
  email: "e-mail address",
  phone: "phone number",
  price: "price",
  percentage: "percentage",
  date: "date",
  time: "time",
  duration: "span of time",
  order_number: "order or part number",
  account: "bank account or wallet",
};

/** Of these a customer may name their own, and a draft may say them back. */
const CUSTOMERS_OWN: FactKind[] = ["date", "time", "duration", "order_number"];

/** A wrong day is bad, a wrong link, price or number is a loss: only the latter block. */
const MERELY_NAMED: FactKind[] = ["date", "time", "duration"];

const unique = (facts: Fact[]): Fact[] => [...new Map(facts.map((fact) => [`${fact.kind} ${fact.keys.join(" ")}`, fact])).values()];
