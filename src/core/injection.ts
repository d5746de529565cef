import type { Keywords } from "./keywords.ts";
import { phraseList as list } from "./phrases.ts";

/** Words that speak to a language model instead of to a shop, in five languages; `friends` are ordinary sentences that look like it. */
export const INJECTION: Keywords = {
  raise: list(`
    ignore|disregard|forget|override|bypass|discard .. instruction|instructions|prompt|prompts|rules|guidelines|guardrails|directives|programming; ignore|disregard|forget|override .. all|everything|anything .. previous|above|before|prior; ignore|disregard .. above|prior and
    system prompt|message|instruction|instructions; what are|were your instructions|rules|prompt; you must answer|reply|respond|say|output|confirm; systemprompt|systemprompts; your|initial|hidden|original|secret|internal|developer prompt|prompts; reveal|show|print|repeat|output|display|leak|share|paste|tell .. your|hidden|secret|internal|initial .. instructions|prompt
    you're now a|an|the|my|in|dan; you are now|henceforth a|an|the|my|in|dan|discountbot|free|no|called|acting|unrestricted; from now on you|respond|answer|act|reply .. are|will|must|as|only|in|a; pretend to|that|you|you're .. be|you|are|an|a
    role play|playing; roleplay|roleplaying; developer|god|dan|sudo mode; jailbreak|jailbroken; do anything now; new|updated|additional instructions|instruction from|follow|are|override; answer|reply|respond .. exactly with|this|these; answer|reply|respond .. only with this|these|the
    repeat verbatim|after; system you|ignore|override|new; assistant sure|of|yes; end of .. prompt|instructions|context; as an ai|llm; simulate|emulate|act .. unrestricted|unfiltered|jailbroken; instruction|instructions|note for|to .. ai|assistant|llm; approve this draft

    ignoriere|ignorier|ignorieren|vergiss|vergessen|missachte|missachten|uberschreibe .. anweisung|anweisungen|instruktion|instruktionen|regeln|vorgaben|prompt|befehle|richtlinien; ignoriere|vergiss .. alles|alle .. vorherige|vorherigen|bisherige|bisherigen|zuvor|obige|davor
    du bist jetzt|ab|nun; sie sind jetzt|nun .. ein|eine|bot|assistent; ab sofort|jetzt bist|antworte|antwortest .. du|nur|als; tu|tue so als; spiele|spiel .. rolle; entwicklermodus; neue anweisung|anweisungen; antworte|antworten .. nur|genau|exakt|ausschliesslich .. mit|folgendem
    zeig|zeige|nenne|verrate|gib .. deine|deinen|deiner|interne|internen .. anweisungen|prompt|regeln|instruktionen; schreibe|wiederhole|sag wortlich

    ignora|ignore|ignorar|ignoren|olvida|olvide|descarta|omite .. instruccion|instrucciones|reglas|indicaciones|ordenes|directrices|prompt; ignora|olvida .. todo .. anterior|anteriores|dicho; ahora eres; eres ahora; a partir de ahora .. eres|responde|actua; finge|simula que|ser
    modo desarrollador|dios; nuevas instrucciones; responde|contesta .. solo|exactamente|unicamente .. con|esto; muestra|muestrame|revela|dime|imprime .. tus|tu .. instrucciones|prompt|reglas; repite|escribe literalmente; prompt|instrucciones del sistema; instrucciones anteriores|previas

    ignore|ignorez|ignorer|oublie|oubliez|oublier .. instruction|instructions|consigne|consignes|regles|directives|prompt; oublie|oubliez|ignore|ignorez .. tout .. precedent|avant|dit|precede; tu es maintenant|desormais; vous etes maintenant|desormais un|une|le|la
    a partir de maintenant tu|vous|reponds|repondez; fais|faites comme si; fais|faites semblant; mode developpeur; nouvelles instructions|consignes; reponds|repondez .. uniquement|exactement|seulement .. par|avec|ceci
    montre|montrez|revele|revelez|affiche|affichez|donne .. tes|vos|ton|votre .. instructions|prompt|consignes|regles; prompt|message systeme; repete|repetez|ecris|ecrivez mot|textuellement

    ignore|ignora|ignorar|ignorem|esqueca|esquece|esquecer|desconsidere|desconsidera .. instrucao|instrucoes|regras|orientacoes|comandos|diretrizes|prompt; esqueca|ignore .. tudo .. anterior|antes|disse; voce agora e|sera; agora voce|tu e|es; a partir de agora .. voce|responda|es; finja|finge que|ser
    modo desenvolvedor|programador; novas instrucoes; responda|responde .. apenas|exatamente|somente .. com|isto|isso; mostre|mostra|revele|revela|diga .. suas|tuas|seu|teu|sua .. instrucoes|prompt|regras; prompt|instrucoes do sistema; repita|escreva literalmente`),
  friends: list(`
    torque|installation|assembly|mounting|care|washing|safety|fitting|operating|shipping|delivery|return|cleaning|wiring|build|usage|user|written|printed|manual|included|enclosed instructions|instruction; instructions in|on .. manual|box|leaflet|page|website|package|video|booklet|kit; instructions included|enclosed|say|said|that
    prompt reply|response|answer|delivery|shipping|shipment|help|service|attention|action|reaction|support|feedback|payment|assistance|replies|email|information; previous|prior|earlier message|messages|email|emails|mail|mails|question|questions|order|orders|request|requests|note
    instrucciones|instrucoes|instructions de|d montaje|montage|montagem|instalacion|installation|instalacao|uso|utilisation|lavado|lavage|lavagem|seguridad|securite|seguranca|pose; notice de montage; as an ai|llm engineer`),
};

/** What a chat template of a model looks like; customers do not write it by accident. */
const TEMPLATE_MARKS = [
  "<|im_start|>",
  "<|im_end|>",
  "<|system|>",
  "<|endoftext|>",
  "[inst]",
  "[/inst]",
  "<<sys>>",
  "### instruction",
  "### system",
  "</system>",
  "<system>",
  "</customer",
  "</passage",
  "<assistant>",
  "begin system prompt",
];

/** Chatwoot's own variables: a template that asks for them wants data about somebody. */
const LIQUID_VARIABLES = /^\s{0,9}(?:contact|agent|conversation|inbox|account|user|for|include|render|assign)\b/i;

/** The marks of a model's template, or a Liquid template that asks for Chatwoot's data, that stand in a text; for people, at most five. */
export function injectionMarks(text: string): string[] {
  const lower = text.toLowerCase();
  const marks = TEMPLATE_MARKS.filter((mark) => lower.includes(mark));
  for (const match of text.matchAll(/\{[{%]/g)) {
    if (marks.length >= 5) break;
    if (LIQUID_VARIABLES.test(text.slice(match.index + 2, match.index + 40))) marks.push(`template ${match[0]}`);
  }
  return marks.slice(0, 5);
}
