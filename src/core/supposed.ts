import { find, type Hit, indexOf, phraseList, type Word } from "./phrases.ts";

/** Those hits that are told as having happened; what stands behind "if … ever" or "si un jour" in the same clause is only asked about. */
export function unsupposed(words: Word[], hits: Hit[]): Hit[] {
  const openings = find(words, SUPPOSING);
  return hits.filter(({ places: [first = 0] }) => {
    const clause = words[first]?.clause;
    return !openings.some(({ places: [opening = 0] }) => opening < first && words[opening]?.clause === clause);
  });
}

/** Only what says itself that it has not happened: "what happens if I drive on" may be asked with the engine running. */
const SUPPOSING = indexOf(
  phraseList(`
  if|when|should|in|case ... ever; if one|some day; in the unlikely; falls|wenn|sollte|sollten ... mal|jemals|irgendwann|eines; si|cuando algun dia; si|cuando alguna vez; si un jour; si jamais; se|quando um|algum dia; se alguma vez; caso algum|um dia`),
);
