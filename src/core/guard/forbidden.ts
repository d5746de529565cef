import { undenied } from "../negation.ts";
import { find, indexOf, phraseList, wordsOf } from "../phrases.ts";
import { sentencesOf } from "../sentences.ts";
import type { Finding } from "../words.ts";
import type { Guarded } from "./guarded.ts";

/** What the policy forbids to promise. */
export function forbiddenPromises({ draftText, policy, triage }: Guarded): Finding[] {
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
export function forbiddenAnswers(given: Guarded): Finding[] {
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

/** A draft about safety that does not begin with what to do first. */
export function missingSafetyStep({ draftText, citations, passages, triage }: Guarded): Finding[] {
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
