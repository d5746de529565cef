import { looksLikeHtml, textOfHtml } from "./html-text.ts";

/** What of a message is looked for: longer ones say the same again. */
const MOST_CHARS = 12_000;
/** Of a log only its first lines and those that name an error are looked for, after everything else. */
const MOST_LOG_LINES = 12;
const LOG_OPENING = 3;
/** A closing with its signature stands in the last lines, or it is none. */
const SIGNATURE_LINES = 14;
const SHORT = 160;

/**
 * Reduces a message to what is asked, for the search: HTML becomes text, quoted mail, signatures, greetings and device lines go, logs come
 * last and shortened. What was only quoted is kept when there is nothing else. Linear in the text, never throws.
 */
export function askedIn(message: string): string {
  if (message.length <= SHORT && !message.includes("\n") && !message.includes("<")) return message;
  const plain = looksLikeHtml(message) ? textOfHtml(message) : message;
  const lines = plain.split(/\r\n|\r|\n/).map((line) => line.trimEnd());
  const own = withoutSignature(withoutGreeting(withoutQuotes(lines)));
  const asked: string[] = [];
  const log: string[] = [];
  let opening = 0;
  for (const line of own) {
    if (!isLog(line)) {
      asked.push(line);
      if (line !== "") opening = 0;
      continue;
    }
    opening += 1;
    if (log.length < MOST_LOG_LINES && (opening <= LOG_OPENING || SAYS_WHAT_FAILED.test(line.slice(0, LINE_CHARS))))
      log.push(line.slice(0, LINE_CHARS));
  }
  const reduced = [...asked, ...log]
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return (reduced === "" ? plain.trim() : reduced).slice(0, MOST_CHARS).toWellFormed();
}

/** What a line is judged by, and kept of when it is a log's. */
const LINE_CHARS = 300;

const SAYS_WHAT_FAILED = /error|exception|fail|fatal|denied|refused|invalid|cannot|could not|timed? ?out|fehler|erreur|erro\b/i;

function withoutQuotes(lines: string[]): string[] {
  const own: string[] = [];
  for (const [number, line] of lines.entries()) {
    if (line.startsWith(">") || line.startsWith("|>")) continue;
    const head = line.slice(0, LINE_CHARS);
    // what follows is the thread; above all else it may not be
    if (FORWARDED.test(head) || (MAIL_HEAD.test(head) && MAIL_HEAD_NEXT.test(lines[number + 1] ?? ""))) {
      if (own.some((kept) => kept.trim() !== "")) return own;
      continue;
    }
    if (ATTRIBUTION.test(head) && nextWritten(lines, number).startsWith(">")) continue;
    if (ATTRIBUTION.test(head) && own.some((kept) => kept.trim() !== "") && !nextWritten(lines, number).startsWith(">")) return own;
    own.push(line);
  }
  return own;
}

function nextWritten(lines: string[], after: number): string {
  for (let number = after + 1; number < Math.min(lines.length, after + 4); number++) if (lines[number] !== "") return lines[number] ?? "";
  return "";
}

/** "-----Original Message-----" in the languages of our customers, and Outlook's rule. */
const FORWARDED =
  /^\s{0,9}(?:[-_]{3,}\s{0,3}(?:original message|forwarded message|urspr(?:ü|ue)ngliche nachricht|weitergeleitete nachricht|message d['’]origine|mensaje original|mensagem original)|_{20,}$|begin forwarded message:)/i;
const MAIL_HEAD = /^\s{0,9}(?:from|von|de|expéditeur|remitente)\s?:\s?\S/i;
const MAIL_HEAD_NEXT = /^\s{0,9}(?:sent|date|to|gesendet|datum|an|envoyé|à|enviado|fecha|para|data|subject|betreff)\s?:\s?\S/i;
/** "On 3 May 2026, Shop wrote:" */
const ATTRIBUTION = /^\s{0,9}(?:on|am|le|el|em)\s.{6,200}\b(?:wrote|schrieb(?:en)?|a écrit|escribió|escreveu)\b.{0,120}:\s{0,3}$/i;

/** A first line that only greets. */
function withoutGreeting(lines: string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  const rest = lines.slice(first + 1);
  if (first < 0 || !GREETING.test(lines[first]?.slice(0, LINE_CHARS) ?? "") || rest.every((line) => line.trim() === "")) return lines;
  return rest;
}

const GREETING =
  /^\s{0,9}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)|moin|liebe[rs]?|sehr geehrte[rs]?|bonjour|bonsoir|cher|chère|madame|hola|buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa]s?|ol[áa]|bom dia|boa (?:tarde|noite)|prezad[oa]s?)(?:[ \p{L}.'’/-]{0,50})?[,!.: ]{0,3}$/iu;

function withoutSignature(lines: string[]): string[] {
  const kept: string[] = [];
  const closingFrom = lines.length - SIGNATURE_LINES;
  for (const [number, line] of lines.entries()) {
    const head = line.slice(0, LINE_CHARS);
    if (/^\s{0,3}--\s?$/.test(head) && kept.some((other) => other.trim() !== "")) return kept;
    if (DEVICE.test(head)) continue;
    if (number >= closingFrom && CLOSING.test(head) && kept.some((other) => other.trim() !== "")) return kept;
    kept.push(line);
  }
  return kept;
}

const DEVICE =
  /^\s{0,9}(?:sent from (?:my|mail|outlook|yahoo|proton)|get outlook for|gesendet (?:von|mit|über)|von meinem .{2,30} gesendet|envoyé (?:de|depuis)|enviado (?:desde|do|a partir))\b.{0,80}$/i;
const CLOSING =
  /^\s{0,9}(?:(?:many |kind(?:est)? |best |warm )?regards|(?:with )?(?:best|kind) (?:regards|wishes)|cheers|sincerely(?: yours)?|yours (?:sincerely|truly|faithfully)|mit (?:freundlichen|besten|herzlichen|lieben) gr(?:ü|ue)(?:ß|ss)en|(?:viele|liebe|beste|herzliche|schöne) gr(?:ü|ue)(?:ß|ss)e|mfg|lg|vg|cordialement|bien à vous|salutations(?: distinguées)?|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|atenciosamente|cumprimentos|abraços?)[,.! ]{0,3}(?:\p{L}[\p{L} .'’-]{0,40})?$/iu;

/** Lines that a machine wrote: times, stack frames, dumps, assignments, walls of characters. */
function isLog(line: string): boolean {
  const head = line.slice(0, LINE_CHARS);
  if (LOG_LINE.test(head)) return true;
  if (head.length < 40) return false;
  let letters = 0;
  let spaces = 0;
  for (const character of head) {
    if (character === " ") spaces += 1;
    else if (LETTER.test(character)) letters += 1;
  }
  return spaces < head.length / 40 || letters < head.length * 0.45;
}

const LETTER = /\p{L}/u;
const LOG_LINE =
  /^\s{0,40}(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d|\d\d\/\d\d\/\d\d(?:\d\d)?,? \d\d:\d\d|at [\w$.<>]{2,120}[ (]|File ".{1,200}", line \d|Traceback \(|(?:[a-z]\w{0,40}\.){3,}\w+|0x[0-9a-f]{6,}|[0-9a-f]{2}(?: [0-9a-f]{2}){7}|\w{1,40}(?:Error|Exception): |(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\b[\s:|\]])/;
