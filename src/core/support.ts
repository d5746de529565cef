import { courtesiesIn } from "./courtesies.ts";
import { LANGUAGES, languageOf, stopwordsFor } from "./language.ts";
import { find, indexOf, phraseList, wordsOf } from "./phrases.ts";
import { verifyQuote } from "./quotes.ts";
import { sentencesOf } from "./sentences.ts";
import { termsOf } from "./terms.ts";
import type { Citation } from "./words.ts";

/** How a sentence of a draft stands: its own quote says so, it is a mere courtesy, or nothing speaks for it. */
export type Standing = "proven" | "courtesy" | "loose";

/** Share of a sentence's telling words that its quote must hold to say the same. */
const SAME = 0.6;

/**
 * The sentences of a draft with how each stands. A verified quote proves only a sentence that uses its words, in its own language; a
 * courtesy is made of a closed list of harmless words. What stands in a source word for word is proven without a quote; the signature
 * is the house's own.
 */
export function standings(
  draftText: string,
  citations: Citation[],
  { signature, sources }: { signature: string; sources: string[] },
): { text: string; standing: Standing }[] {
  const body = signature.trim() === "" ? draftText : draftText.replace(signature.trim(), " ");
  const quotes = citations.filter(({ verified, sentence }) => verified && sentence.trim() !== "");
  return sentencesOf(body).map(({ text }) => {
    const own = quotes.filter(({ sentence }) => sentence.includes(text) || text.includes(sentence));
    const proven = own.some(({ quote }) => sharedWords(text, quote) >= SAME) || sources.some((source) => verifyQuote(text, source));
    return { text, standing: proven ? "proven" : isCourtesy(text) ? "courtesy" : "loose" };
  });
}

/** Share of the sentence's telling words that stand in the quote, 0..1; 1 for a sentence that has none. */
export function sharedWords(sentence: string, quote: string): number {
  const language = languageOf(quote);
  const forms = new Set(termsOf(quote, language).flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const words = termsOf(sentence, language);
  if (words.length === 0) return 1;
  return (
    words.filter(({ whole, weaker }) => forms.has(whole) || weaker.some((form) => form.startsWith("~") && forms.has(form))).length /
    words.length
  );
}

const LONGEST_COURTESY = 45; // words
const OURS = new Set(
  LANGUAGES.flatMap((code) => Object.values(courtesiesIn(code))).flatMap((text) =>
    sentencesOf(text).map((sentence) => keyOf(sentence.text)),
  ),
);

/** A courtesy of ours word for word, or a sentence of small and harmless words that says at least one thing courtesies say. */
function isCourtesy(text: string): boolean {
  if (OURS.has(keyOf(text))) return true;
  if (/[\p{N}@{}<>[\]|]|https?:|www/iu.test(text)) return false;
  const words = wordsOf(text);
  if (words.length === 0 || words.length > LONGEST_COURTESY) return false;
  const covered = new Set(find(words, HARMLESS).flatMap(({ places }) => places));
  const small = stopwordsFor(text);
  const greeting = find(words, GREETINGS).some(({ places }) => places[0] === 0) && words.length <= 5;
  const strangers = words.filter((word, at) => !covered.has(at) && !small(word.text));
  return covered.size > 0 && (strangers.length === 0 || (greeting && strangers.length <= 2)); // "Hello Rosa" names somebody
}

function keyOf(text: string): string {
  return wordsOf(text)
    .map((word) => word.text)
    .join(" ");
}

const GREETINGS = indexOf(
  phraseList(
    "hello|hi|hey|dear|good; hallo|guten|liebe|lieber|sehr; hola|estimado|estimada|buenos|buenas; bonjour|bonsoir|cher|chere; ola|prezado|prezada|caro|cara|bom|boa",
  ),
);

/** What courtesies are made of beside small words; nothing here names a thing, a sum, a promise or an order. */
const HARMLESS = indexOf(
  phraseList(`
  hello; hi; dear; greetings; thank|thanks|appreciate|appreciated; message|mail|e; sorry|apologise|apologize|apologies; regards|sincerely|best|kind; welcome; trouble|inconvenience|delay|confusion|patience; understand|glad|happy|pleased; reaching|contacting|writing|letting; colleague|colleagues|team|specialist|operator; look|looking|check|checks|review|reply|replies|respond|answer|question|questions|request|matter|issue|concern; closer|personally|shortly|soon|further|back; touch; sir|madam|day|wish; note|noted|received; hesitate; forward|forwarded|pass|passed; details|order number|photo|picture|model
  hallo|hallihallo; danke|dank; vielen|herzlichen; nachricht|anfrage|hinweis|frage|anliegen|mitteilung|ruckmeldung|geduld; entschuldigen|entschuldigung|leid|bedauern|unannehmlichkeiten|umstande; kollegin|kollege|kollegen|team|fachabteilung; sieht|sehen|schaut|schauen|pruft|prufen|meldet|melden|kummert|kummern|antwortet|antworten|antwort|beantwortet; genauer|genau|schnellstmoglich|zeitnah|bald|gern|gerne|einfach|falls; freundlichen|grussen|grusse|liebe|beste|sehr geehrte|geehrter; verstehen|freuen|freut; weiter|weitergeleitet|weiterhelfen|helfen; bestellnummer|foto
  hola; gracias|agradecemos; mensaje|consulta|pregunta|correo|paciencia|aviso; disculpe|disculpas|disculpen|sentimos|lamentamos|molestias; companero|companera|companeros|equipo|especialista; revisar|revisara|revisaremos|comprobara|comprobar|contacto|pondra|responda|responde|respondera|conteste|respuesta|responder; detalle|breve|pronto; saludos|cordial|cordiales|atentamente|estimado|estimada; entendemos|gusto|ayudar|ayudarle; vamos; avisarnos; numero de pedido|foto
  bonjour|bonsoir; merci|remercions|remercie; message|demande|question|patience|retour; desoles|excuser|excuses|desole|desagrement|veuillez|regrettons; collegue|collegues|equipe|specialiste; regarder|examiner|examinera|verifier|reviendra|repondra|repondez|repond|reponse; pres|rapidement|bientot|simplement; cordialement|salutations|cher|chere; comprenons|plaisir|aider; signale|signaler; allons; numero de commande|photo
  ola; obrigado|obrigada|agradecemos; mensagem|pergunta|contacto|contato|paciencia|retorno|aviso; desculpa|desculpas|desculpe|lamentamos|incomodo|transtorno|pedimos; colega|colegas|equipe|equipa|especialista; verificar|analisar|analisa|analisara|ira|entrara|responder|respondera|resposta|responda|basta; breve|melhor|detalhe; cumprimentos|atenciosamente|prezado|prezada; entendemos|prazer|ajudar; avisar; vamos; numero do pedido|foto`),
);
