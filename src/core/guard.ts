import { blanksOf } from "./blanks.ts";
import { type Commitment, commitmentsOf } from "./commitments.ts";
import { type Fact, type FactKind, factsOf, isSupported, knownFacts } from "./facts.ts";
import { ORDERS_TO_MODELS } from "./injection.ts";
import { isLanguage, languageOf } from "./language.ts";
import { hasLiquid } from "./liquid.ts";
import { undenied } from "./negation.ts";
import { find, indexOf, phraseList, wordsOf } from "./phrases.ts";
import type { Policy } from "./policy.ts";
import { sentencesOf } from "./sentences.ts";
import { hidesWords } from "./smuggled.ts";
import { sharedWords, standings } from "./support.ts";
import type { Citation, Finding, Passage, Triage } from "./words.ts";

/** What a draft is held against. */
export interface Guarded {
  draftText: string;
  citations: Citation[];
  passages: Pick<Passage, "passageId" | "title" | "text" | "url" | "safety">[];
  triage: Triage;
  policy: Policy;
  customerText: string;
}

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

function unsupportedFacts({ draftText, passages, policy, customerText }: Guarded): Finding[] {
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

const unique = (facts: Fact[]): Fact[] => [...new Map(facts.map((fact) => [`${fact.kind} ${fact.keys.join(" ")}`, fact])).values()];

function forbiddenPromises({ draftText, policy, triage }: Guarded): Finding[] {
  const words = wordsOf(draftText);
  const hits = undenied(words, find(words, indexOf(policy.style.forbidden_promises)), triage.language);
  const promises = [...new Set(hits.map(({ phrase }) => phrase.source))];
  return promises.map((evidence) => ({
    code: "forbidden_promise",
    text: "The draft promises what the policy forbids.",
    evidence,
    blocks: true,
  }));
}

function templates({ draftText }: Guarded): Finding[] {
  if (!hasLiquid(draftText.replaceAll("\u2060", ""))) return [];
  return [{ code: "liquid", text: "The draft contains a template; it would be sent as written, not filled in.", blocks: true }];
}

const LEAKS = indexOf(
  phraseList(`
  system prompt|instruction|instructions; my|these instructions|guidelines|programming|prompt|training; as an ai|llm; ai language model; language model; i'm|am claude|chatgpt|gemini; anthropic|openai; passage id; customer message block
  systemprompt; meine anweisungen|instruktionen|vorgaben; als ki|sprachmodell; sprachmodell; prompt del sistema; mis instrucciones; modelo de lenguaje; mes instructions|consignes; modele de langage; minhas instrucoes; modelo de linguagem; prompt do sistema`),
);

/** Words about its own making, or our ids, have no place in a reply; words that a source uses, too, are its subject. */
function leaks({ draftText, passages }: Guarded): Finding[] {
  const words = wordsOf(draftText);
  const shown = (hitWords: typeof words, places: number[]) => places.map((place) => hitWords[place]?.text ?? "").join(" ");
  const sources = wordsOf(passages.map(({ text }) => text).join("\n\n"));
  const known = new Set(find(sources, LEAKS).map(({ places }) => shown(sources, places)));
  const said = find(words, LEAKS)
    .map(({ places }) => shown(words, places))
    .filter((evidence) => !known.has(evidence));
  const ids = passages.map(({ passageId }) => passageId).filter((id) => id.includes("#") && draftText.includes(id));
  const tags = ["<passage", "<customer", "</", "passage_id"].filter((tag) => draftText.toLowerCase().includes(tag));
  const evidence = [...said, ...ids, ...tags][0];
  return evidence === undefined
    ? []
    : [{ code: "prompt_leak", text: "The draft speaks of its own instructions or ids.", evidence, blocks: true }];
}

function blanks({ draftText }: Guarded): Finding[] {
  return [...new Set(blanksOf(draftText))].map((evidence) => ({
    code: "unfilled_blank",
    text: "The draft has a blank to fill.",
    evidence,
    blocks: true,
  }));
}

const ADMISSIONS = indexOf(
  phraseList(`
  we accept|admit|acknowledge .. liability|responsibility|fault; we are|were liable|responsible|at; our fault; we|i will compensate|reimburse|refund|pay; we'll|i'll|we compensate|reimburse|refund|pay; you are|will .. compensated|refunded|reimbursed
  wir haften; unsere schuld; unser verschulden; wir erstatten|ersetzen|zahlen|ubernehmen; somos responsables; culpa nuestra; le reembolsaremos|compensaremos|pagaremos; nous sommes responsables; notre faute; nous vous rembourserons|indemniserons; somos responsaveis; nossa culpa; vamos reembolsar|indenizar`),
);

const ORDER_DATA = indexOf(
  phraseList(`
  your|the order|parcel|package|shipment .. shipped|dispatched|delivered|left|arrived|packed|cancelled|refunded|paid|arrive|arrives; shipped|delivered|sent to .. address|street|road|avenue|you; your|the delivery|shipping|billing address is; we have .. address; the .. address .. have|hold
  ihre|deine bestellung|sendung|lieferung .. versendet|versandt|verschickt|zugestellt|unterwegs|storniert|bezahlt; ihr|dein paket .. versendet|versandt|verschickt|zugestellt|unterwegs; ihre|deine lieferadresse|adresse ist|lautet
  su|tu pedido|paquete|envio .. enviado|entregado|salido|cancelado|llegara; su|tu direccion es; votre|ta commande|livraison .. expediee|livree|envoyee|annulee|partie; votre colis .. expedie|livre|envoye|parti; votre adresse est; seu|sua pedido|encomenda .. enviado|enviada|entregue|cancelado|cancelada; seu endereco e`),
);

/** A legal threat and a report of fraud are answered by specialists; what concerns an order, only to somebody we know. */
function forbiddenAnswers(given: Guarded): Finding[] {
  const { triage, citations } = given;
  const own = wordsOf(withoutQuoted(given)); // what stands in a source is general, not this customer's
  const findings: Finding[] = [];
  for (const flag of ["legal", "fraud"] as const) {
    if (!triage.flags.includes(flag)) continue;
    const admits = find(wordsOf(given.draftText), ADMISSIONS).length > 0;
    if (admits || citations.length > 0)
      findings.push({
        code: `answers_${flag}`,
        text: `The message is flagged ${flag}: a specialist answers it, the draft must not.`,
        blocks: true,
      });
  }
  if (triage.flags.includes("unverified_contact")) {
    const hit = undenied(own, find(own, ORDER_DATA), triage.language)[0];
    const evidence = hit?.places.map((place) => own[place]?.text ?? "").join(" ");
    if (evidence)
      findings.push({
        code: "order_data_unverified",
        text: "The draft tells order data to somebody whose identity nobody verified.",
        evidence,
        blocks: true,
      });
  }
  return findings;
}

function withoutQuoted({ draftText, citations }: Guarded): string {
  let rest = draftText;
  for (const { sentence, verified } of citations) if (verified && sentence !== "") rest = rest.replaceAll(sentence, " ");
  return rest;
}

const SAFETY_STEPS = indexOf(
  phraseList(`
  stop|switch|turn|shut|pull|park|keep|stay|move|leave|ventilate|disconnect|unplug|evacuate; do not|never; don't drive|start|touch|use|smoke|open|continue|ride|charge; call .. 112|911|999|fire|emergency|ambulance|tow; no open flame|flames
  stellen|stell|schalten|schalte|halten|halte|fahren|lassen|luften|verlassen|bringen|entfernen|trennen|ziehen; nicht fahren|weiterfahren|starten|rauchen|beruhren; rufen .. feuerwehr|112|notruf
  apague|apaga|detenga|pare; no conduzca|arranque|fume|toque|use; ventile|alejese|aleje|desconecte|llame; arretez|coupez|eteignez|eloignez|aerez|debranchez|quittez|appelez; ne .. roulez|demarrez|fumez|touchez|utilisez|conduisez
  desligue|pare|afaste|ventile|desconecte|saia; nao conduza|dirija|ligue|fume|toque|use`),
);

const FIRST_SENTENCES = 3; // a greeting, and thanks, may stand before the step
const LEADING_WORDS = 3; // "Please stop the engine" orders, "… will get it to stop" does not

function missingSafetyStep({ draftText, citations, passages, triage }: Guarded): Finding[] {
  if (!triage.flags.includes("safety")) return [];
  const start = sentencesOf(draftText)
    .slice(0, FIRST_SENTENCES)
    .map(({ text }) => text);
  const safe = new Set(passages.filter(({ safety }) => safety).map(({ passageId }) => passageId));
  const quoted = citations.some(
    ({ sentence, passageId, verified }) =>
      verified && safe.has(passageId) && start.some((text) => text.includes(sentence) || sentence.includes(text)),
  );
  const commanded = start.some((text) => find(wordsOf(text), SAFETY_STEPS).some(({ places }) => (places[0] ?? 0) < LEADING_WORDS));
  if (quoted || commanded) return [];
  return [
    { code: "safety_step_missing", text: "The message is about safety, but the draft does not begin with what to do first.", blocks: true },
  ];
}

const COPIED_WORDS = 5;

/** When a message tries to command the model, its own words in the draft are a sign that it was obeyed. */
function obeyedOrders({ draftText, passages, customerText }: Guarded): Finding[] {
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

/**
 * Every sentence of a draft rests on a quote or is a mere courtesy. When somebody tries to command the drafter, a quote must say the
 * same in its own words, and the courtesy must be one without the customer's words.
 */
function looseSentences({ draftText, citations, policy, passages, customerText, triage }: Guarded, commanded: boolean): Finding[] {
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

const LONGEST_EVIDENCE = 160;

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
function commitments(given: Guarded): Finding[] {
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

/** A quote that shares no telling word with its sentence proves nothing, unless the sentence translates it into the customer's language. */
function foreignQuotes({ citations, customerText, triage }: Guarded): Finding[] {
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

const MARKUP =
  /<\/?(?:script|img|iframe|a|svg|object|embed|form|input|style|link|meta|video|audio)\b|javascript:|data:text|!\[[^\]]{0,200}\]\(/i;

/** HTML, pictures from elsewhere and invisible characters have no place in a reply. */
function markup({ draftText }: Guarded): Finding[] {
  const found = MARKUP.exec(draftText)?.[0];
  if (found !== undefined)
    return [{ code: "markup", text: "The draft contains HTML or a picture from elsewhere. Take it out.", evidence: found, blocks: true }];
  const hidden = hidesWords(draftText) || /[\u202a-\u202e\u2066-\u2069]/.test(draftText);
  return hidden
    ? [{ code: "hidden_characters", text: "The draft contains invisible characters that can hide words. Type it anew.", blocks: true }]
    : [];
}
