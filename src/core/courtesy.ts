import { find, indexOf, phraseList, type Word, wordsOf } from "./phrases.ts";

/**
 * True when a message says thanks, "ok great", goodbye or nothing but a friendly emoji: nobody waits for an answer. Whatever asks,
 * requests or tells anything beyond courtesy is none. Judged on everything the customer wrote since the last answer.
 */
export function isCourtesyOnly(text: string): boolean {
  if (/[?？؟¿❓❔]/u.test(text)) return false;
  const words = wordsOf(text);
  if (words.length === 0) return /\p{Extended_Pictographic}/u.test(text) && !ALARMED.test(text);
  if (words.length > LONGEST_COURTESY) return false;
  const covered = new Set([...find(words, ACKNOWLEDGEMENTS), ...find(words, FILLERS)].flatMap(({ places }) => places));
  const acknowledged = find(words, ACKNOWLEDGEMENTS).length > 0;
  const strangers = words.filter((_, at) => !covered.has(at));
  return acknowledged && !ALARMED.test(text) && areNames(strangers, text);
}

const LONGEST_COURTESY = 40; // words; who writes more has something to say
const ALARMED = /[😡😠🤬😤😞😢😭👎🆘🔥⚠🚨💥😱]/u;

/** Words that make it a courtesy. */
const ACKNOWLEDGEMENTS = indexOf(
  phraseList(`
  thanks|thank|thx|ty|tysm|cheers|thankyou; ok|okay|oki|okey|k|kk; great|perfect|awesome|excellent|brilliant|wonderful|fantastic|super|amazing|lovely|cool|nice|superb; got it; understood; will do; sounds good; all good; much appreciated; appreciate it; no worries; never mind; nevermind; noted; bye|goodbye; good to know; have a .. day|one|evening|weekend; problem solved; solved; that helped|helps|works; it works; works now
  danke|dank|dankeschon|merci|prima|toll|klasse|perfekt|wunderbar|spitze; alles klar; verstanden; passt; in ordnung; bis dann|bald; tschuss|tschau|ciao; gelost; hat geklappt; schonen tag|abend
  gracias|vale|perfecto|genial|estupendo|entendido|listo|excelente; de acuerdo; muy amable|amables; adios; hasta luego|pronto; solucionado|resuelto; buen dia
  parfait|genial|super|compris|entendu; d accord; au revoir; bonne journee|soiree; tres bien; c est bon|note; resolu; je vous remercie
  obrigado|obrigada|obg|valeu|otimo|otima|perfeito|perfeita|entendi|entendido|certo|beleza|show; tudo bem|certo; ate logo|breve|mais; tchau; resolvido; bom dia; agradeco`),
);

/** Words that may stand around one. */
const FILLERS = indexOf(
  phraseList(`
  a lot; you|u|very|much|so|again|for|your|the|this|that|it|that's|it's|is|was|all|now|my|friend|guys|team|everyone|everybody|really|absolutely|many|kindly|and|i|we|me|us|dear|hi|hello|hey|just|then|have|sir|madam|mate|oh|ah|wow|yay|fine|good; in advance; just wanted to say; will; to know
  quick|fast|prompt|kind|great|helpful answer|answers|help|reply|replies|response|responses|support|info|information|service|assistance|advice; your|the|for answer|help|reply|response|support|info|information|service|assistance|advice|time|patience; of help; so kind|helpful|nice|quick|fast; i'm|am happy|glad; appreciated; best|kind|kindest|warm|many; regards|greetings|sincerely|yours; yours
  vielen|schon|sehr|herzlichen|besten|lieben|tausend|gut|fur|die|das|ihre|deine|schnelle|und|ist|war|jetzt|alles|euch|ihnen|dir|nett|super|schone|grusse|gruss|liebe|viele; mit freundlichen grussen; freundliche; im voraus; guten tag; fur|ihre|deine|die .. hilfe|antwort|auskunft|info; hallo|noch|einen|tag|ihr|team|rasche|ruckmeldung|unterstutzung|ok; mfg; lg; vg
  muchas|mil|muchisimas|por|su|tu|la|el|rapida|todo|muy|bien|ya|esta|hola|equipo|un|saludo|saludos|cordial|de|nuevo|buenos|dias|informacion|atencion|y; por|su|tu|la .. ayuda|respuesta
  beaucoup|bien|pour|votre|ton|ta|rapide|rapidite|tout|est|bonjour|et|encore|equipe|cordialement|mille|de|la|l|les|informations|toi|bientot|vous|c|a|je; pour|votre|ton|ta|l .. aide|reponse; salutations|infiniment; d avance
  muito|muita|pela|pelo|sua|tua|rapida|tudo|e|ola|equipe|equipa|pelas|informacoes|informacao|atencao|abraco|abracos|cumprimentos|mesmo|voces|atenciosamente|por|a|o; desde ja; pela|sua|tua|a .. ajuda|resposta`),
);

/** At most two words more, each written like a name: "Thanks Dana!", "Viele Grüße, Petra Sommerfeld". */
function areNames(strangers: Word[], text: string): boolean {
  if (strangers.length > 2) return false;
  if (strangers.length === 0) return true;
  const capitalised = new Set(wordsOf((text.match(/\p{Lu}\p{Ll}+/gu) ?? []).join(" ")).map((word) => word.text));
  return strangers.every((word) => /^\p{L}{2,20}$/u.test(word.text) && capitalised.has(word.text) && !SUBJECTS.has(word.text));
}

/** Nouns and verbs that begin a sentence or are written large in German, and are no names. */
const SUBJECTS = new Set(
  "help hilfe leak fire order bestellung rechnung invoice refund retoure bremse brake no nein not yes ja si oui sim please bitte stop stopp warte wait call urgent dringend ayuda aide ajuda why when where what how problem fehler error".split(
    " ",
  ),
);
