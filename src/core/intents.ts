import { isDenied } from "./negation.ts";
import { find, indexOf, phraseList, type Word } from "./phrases.ts";
import type { BuiltInIntent, Intent } from "./words.ts";

/** The intents that come with the program, with rules and examples of their own. */
export const INTENTS = [
  "product_question",
  "order_status",
  "return_refund",
  "technical_issue",
  "complaint",
  "account",
  "sales",
  "feedback",
  "other",
] as const satisfies readonly BuiltInIntent[];

/**
 * What the customer wants, by the words that tell it; `other` when none does. The same words count once, the weights are a person's
 * judgement of how surely it tells; a false friend weighs against. Ties go to the intent that stands first below.
 */
export function intentOf(words: Word[], language: string): Intent {
  const scores = new Map<Intent, number>();
  for (const { intent, weight, index } of LISTS) {
    const said = find(words, index).filter((hit) => !isDenied(words, hit, language));
    const telling = new Set(said.map(({ places }) => places.map((place) => words[place]?.text).join(" ")));
    scores.set(intent, (scores.get(intent) ?? 0) + weight * telling.size);
  }
  let best: Intent = "other";
  for (const [intent] of RULES) if ((scores.get(intent) ?? 0) > (scores.get(best) ?? 0)) best = intent;
  return best;
}

/** True for an intent that came with the program. */
export function isBuiltIn(intent: Intent): boolean {
  return (INTENTS as readonly string[]).includes(intent);
}

/** The intent that a label means: "Order status", "ORDER-STATUS" and "order_status" are one. */
export function intentOfLabel(label: string): Intent {
  const words = label.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu);
  return words?.join("_") ?? "other";
}

/** From here on an example's label stands in for a rule that found nothing: right in 7 of 10 such built-in examples when held out. */
const GUESS = 0.3;
/** From here on a team's own examples are believed before the rules, which know nothing of that team. */
const SURE = 0.5;

/**
 * The rules' intent or the examples'. The built-in examples only speak where no rule does: of such messages the rules are right more
 * often. `own`: the examples are the team's.
 */
export function chosenIntent(byRules: Intent, { label, inScope, own }: { label: string | null; inScope: number; own: boolean }): Intent {
  const byExamples = label === null ? "other" : intentOfLabel(label);
  if (byExamples === "other") return byRules;
  return inScope >= SURE && own ? byExamples : inScope >= GUESS && byRules === "other" ? byExamples : byRules;
}

type Rule = [intent: Exclude<BuiltInIntent, "other">, weight: number, phrases: string];

const RULES: Rule[] = [
  [
    "order_status",
    4,
    `where|when .. is|are .. order|parcel|package|delivery|shipment; order|delivery|parcel|shipping status; status|track|tracking .. order|parcel|package|shipment; tracking number|link|code; has|have .. order .. shipped|arrived|left; when will .. order|parcel|package|it .. arrive|ship|come
    wo ist|bleibt .. bestellung|paket|lieferung|sendung; sendungsverfolgung|sendungsnummer|lieferstatus|bestellstatus; wann kommt .. bestellung|paket|lieferung; donde esta .. pedido|paquete|envio; estado .. pedido|envio; seguimiento .. pedido|envio|paquete; numero de seguimiento
    ou est .. commande|colis|livraison; suivi .. commande|colis|livraison; numero de suivi; onde esta .. pedido|encomenda|pacote; rastreio|rastreamento|rastrear; codigo de rastreio`,
  ],
  [
    "order_status",
    2,
    `my order|parcel|package|shipment; cancel|cancelling|change|amend .. order|address; not|never .. arrived|received|delivered; delivery date|address; meine bestellung|sendung; mein paket; mi pedido|paquete; ma commande; mon colis; meu pedido; minha encomenda; bestellung .. stornieren|andern; order number`,
  ],
  [
    "return_refund",
    4,
    `return|returning|returns|refund|refunds|refunded|exchange|exchanging; money back; send|sending .. back; return label|policy|address|shipment; widerruf|widerrufen|rucksendung|retoure|retournieren|zuruckgeben|zuruckschicken|zurucksenden|umtauschen|umtausch|ruckgabe|ruckerstattung|erstattung; geld zuruck
    devolver|devolucion|devoluciones|reembolso; cambio de; retourner|retour|retours|remboursement|rembourser|rembourse|echanger|echange; devolver|devolucao|devolucoes|reembolso|trocar|troca|estorno`,
  ],
  ["return_refund", -4, `return line|lines|hose|hoses|pipe|port|flow|fuel|spring|valve|side|fitting; reply by return`],
  [
    "complaint",
    5,
    `complaint|complain|complaining; unacceptable|disgraceful|appalling; terrible|horrible|awful|worst service|support|experience; beschwerde|beschweren|reklamation; queja|reclamacion|inaceptable; reclamation|inadmissible|inacceptable; reclamacao|queixa|inaceitavel`,
  ],
  [
    "complaint",
    3,
    `disappointed|disappointing|angry|furious; fed up; nobody|noone answers|replies|answered|replied; third|second time; missing .. parts|items|adapters; enttauscht|verargert; decepcionado|decepcionada; decu|decue|mecontent; desapontado|desapontada|insatisfeito`,
  ],
  [
    "technical_issue",
    4,
    `not|doesn't|don't|won't|isn't|stopped|can't .. work|working|works|start|fit|seal|open|close|turn; does not work; leak|leaks|leaking|leaked|leaky; broken|broke|defective|faulty|malfunction|malfunctioning|malfunctions; error code|message; troubleshoot|troubleshooting; what did i do wrong; usual cause; foams|foaming
    funktioniert|geht nicht; kaputt|defekt|undicht|leckt|tropft; fehlermeldung|fehlercode|storung; no funciona|arranca|enciende|cierra; roto|rota|averia|averiado|fuga|pierde; ne fonctionne|marche|demarre; en panne; casse|cassee|defectueux|fuite|fuit; nao funciona|liga|arranca; quebrado|quebrada|avariado|defeito|vazando|vazamento`,
  ],
  [
    "technical_issue",
    2,
    `problem|problems|issue .. with|when|after; crack|cracked|rattles|noise|overheats|overheating|stuck|loose; too high|low at; problem mit; problema con|com; probleme avec; help .. install|fix|repair; repair|fix`,
  ],
  [
    "account",
    4,
    `password|passwords|login|username; log|sign in; can't|cannot|cant|couldn't .. login; can't|cannot|cant|couldn't .. log|sign in; my account; reset .. password; change|update .. email|e|phone|name; two factor; account .. locked|blocked|suspended; invoice|invoices .. copy|vat; vat number|id|invoice; passwort|kennwort|anmelden|einloggen|benutzerkonto|kundenkonto|rechnung
    contrasena|iniciar sesion; mi cuenta; factura; mot de passe; connexion|connecter; mon compte; facture; senha; palavra passe; minha conta; fatura; nota fiscal; delete .. account|data; personal data`,
  ],
  [
    "sales",
    4,
    `become|becoming .. dealer|reseller|distributor|partner; dealer|dealers|wholesale|reseller|resellers|distributor|distributors|bulk; quote|quotation|quotes; discount|discounts .. dealers|bulk|volume|quantity; volume|bulk|trade discount|pricing|price|order; sales team; business account; price list
    handler|handlerkonditionen|grosshandel|wiederverkaufer|angebot|mengenrabatt|handlerrabatt; distribuidor|mayorista|presupuesto|cotizacion; revendeur|grossiste|devis|distributeur; revendedor|atacado|orcamento|distribuidor`,
  ],
  [
    "feedback",
    4,
    `feedback; suggestion|suggestions|suggest; just wanted to say|thank|tell; keep up .. work; great|excellent|amazing|fantastic|awesome|wonderful service|job|work|product|shop|experience|support; love .. product|shop|your|these|it; ruckmeldung|verbesserungsvorschlag|vorschlag|lob; sugerencia|sugerencias; excelente servicio|trabajo; suggestion; excellent service|travail; sugestao|sugestoes; otimo|excelente servico|trabalho; well done; well packed`,
  ],
  [
    "product_question",
    3,
    `which|what .. size|sizes|hose|fitting|fittings|adapter|adapters|thread|torque|pressure|temperature|filter|line|diameter|length|material|colour|color|part|model|type|version|fits|fit; does|do|will|would|is|are .. fit|compatible|suitable|suit; compatible|compatibility|suitable; how much|many|long|far|wide|heavy .. is|are|does|do|may|can|hose|fitting; can i use|reuse|connect|combine|mix; what is the difference; do you sell|stock|have|carry|offer|make; in stock; working pressure; part number; data sheet
    welche|welcher|welches|welchen .. grosse|schlauch|anschluss|adapter|gewinde|drehmoment|druck|leitung; passt|passen|kompatibel|geeignet; lieferbar|vorratig|verfugbar; que|cual|cuales .. tamano|medida|manguera|racor|adaptador|rosca|presion; compatible|compatibles; sirve|sirven para; tienen|venden .. stock
    quel|quelle|quels|quelles .. taille|tuyau|raccord|adaptateur|filetage|pression|couple|diametre; convient|compatible|compatibles; en stock; qual|quais .. tamanho|medida|mangueira|conexao|adaptador|rosca|pressao; serve|servem|compativel|compativeis .. para|com`,
  ],
  [
    "product_question",
    2,
    `how much|many; price|cost|costs|stock|warranty|size|sizes|specification|specifications|recommend|recommended|need; do i need; ship|shipping .. to|cost|costs|time; preis|kostet|kosten|garantie|versand; brauche ich; precio|cuesta|cuanto|garantia|envio; prix|coute|combien|garantie|livraison; preco|custa|quanto|garantia|envio|entrega; which; how do i|you|we; what is|are`,
  ],
];

const LISTS = RULES.map(([intent, weight, phrases]) => ({ intent, weight, index: indexOf(phraseList(phrases)) }));
