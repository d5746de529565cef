import { blanksOf } from "../blanks.ts";
import { hasLiquid } from "../liquid.ts";
import { find, indexOf, phraseList, wordsOf } from "../phrases.ts";
import { hidesWords } from "../smuggled.ts";
import type { Finding } from "../words.ts";
import type { Guarded } from "./guarded.ts";

/** A Liquid template, which Chatwoot would fill in or choke on. */
export function templates({ draftText }: Guarded): Finding[] {
  if (!hasLiquid(draftText.replaceAll("\u2060", ""))) return [];
  return [{ code: "liquid", text: "The draft contains a template; it would be sent as written, not filled in.", blocks: true }];
}

const LEAKS = indexOf(
  phraseList(`
  system prompt|instruction|instructions; my|these instructions|guidelines|programming|prompt|training; as an ai|llm; ai language model; language model; i'm|am claude|chatgpt|gemini; anthropic|openai; passage id; customer message block
  systemprompt; meine anweisungen|instruktionen|vorgaben; als ki|sprachmodell; sprachmodell; prompt del sistema; mis instrucciones; modelo de lenguaje; mes instructions|consignes; modele de langage; minhas instrucoes; modelo de linguagem; prompt do sistema`),
);

/** Words about its own making, or our ids, have no place in a reply; words that a source uses, too, are its subject. */
export function leaks({ draftText, passages }: Guarded): Finding[] {
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

/** Blanks that the drafter left where it would have had to invent. */
export function blanks({ draftText }: Guarded): Finding[] {
  return [...new Set(blanksOf(draftText))].map((evidence) => ({
    code: "unfilled_blank",
    text: "The draft has a blank to fill.",
    evidence,
    blocks: true,
  }));
}

const MARKUP =
  /<\/?(?:script|img|iframe|a|svg|object|embed|form|input|style|link|meta|video|audio)\b|javascript:|data:text|!\[[^\]]{0,200}\]\(/i;

/** HTML, pictures from elsewhere and invisible characters have no place in a reply. */
export function markup({ draftText }: Guarded): Finding[] {
  const found = MARKUP.exec(draftText)?.[0];
  if (found !== undefined)
    return [{ code: "markup", text: "The draft contains HTML or a picture from elsewhere. Take it out.", evidence: found, blocks: true }];
  const hidden = hidesWords(draftText) || /[\u202a-\u202e\u2066-\u2069]/.test(draftText);
  return hidden
    ? [{ code: "hidden_characters", text: "The draft contains invisible characters that can hide words. Type it anew.", blocks: true }]
    : [];
}
