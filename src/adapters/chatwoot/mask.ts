const KEY = "pubsub_token";
const QUOTED_KEY = `"${KEY}"`;
/** A letter of the key, or its underscore, written as an escape. */
const ESCAPED_LETTER = /\\u00[5-7]/i;

/**
 * Overwrites the value of every `pubsub_token` (the visitor's websocket credential) in a JSON text by as many `x`,
 * touching no other byte, so that the text may be stored.
 */
export function maskPubsubToken(rawText: string): string {
  return ESCAPED_LETTER.test(rawText) ? maskByWalking(rawText) : maskBySearching(rawText);
}

/**
 * When the key cannot be written with escapes, every key is these very characters; and in JSON these characters are a whole string unless
 * a backslash before them says that their first quote stands inside one.
 */
function maskBySearching(rawText: string): string {
  let masked = "";
  let copied = 0;
  for (let at = rawText.indexOf(QUOTED_KEY); at !== -1; at = rawText.indexOf(QUOTED_KEY, at + QUOTED_KEY.length)) {
    if (rawText.charCodeAt(at - 1) === BACKSLASH) continue;
    const open = openingOfValue(rawText, at + QUOTED_KEY.length);
    const close = open === -1 ? -1 : closingQuote(rawText, open);
    if (close === -1) continue;
    masked += rawText.slice(copied, open + 1) + crosses(rawText, open, close);
    copied = close;
  }
  return masked + rawText.slice(copied);
}

const AFTER_KEY = /\s*:\s*"/y;

/** The quote that opens the string after a colon, or -1. */
function openingOfValue(rawText: string, afterKey: number): number {
  AFTER_KEY.lastIndex = afterKey;
  return AFTER_KEY.test(rawText) ? AFTER_KEY.lastIndex - 1 : -1;
}

/** Walks once over the text's strings: right for every text, and slower. */
export function maskByWalking(rawText: string): string {
  let masked = "";
  let copied = 0;
  let afterKey = false; // the string before this one was the key, and nothing but a colon came between
  let previousEnd = 0;
  for (let open = rawText.indexOf('"'); open !== -1; open = rawText.indexOf('"', previousEnd)) {
    const close = closingQuote(rawText, open);
    if (close === -1) break;
    if (afterKey && /^\s*:\s*$/.test(rawText.slice(previousEnd, open))) {
      masked += rawText.slice(copied, open + 1) + crosses(rawText, open, close);
      copied = close;
      afterKey = false;
    } else {
      afterKey = isKey(rawText.slice(open + 1, close));
    }
    previousEnd = close + 1;
  }
  return masked + rawText.slice(copied);
}

const crosses = (rawText: string, open: number, close: number): string => "x".repeat(Buffer.byteLength(rawText.slice(open + 1, close)));

/** Where the string that opens at `open` ends, or -1. */
function closingQuote(rawText: string, open: number): number {
  for (let at = open + 1; at < rawText.length; at++) {
    const code = rawText.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Is this raw string the key, also when written with escapes? */
function isKey(raw: string): boolean {
  if (!raw.includes("\\")) return raw === KEY;
  if (raw.length > 6 * KEY.length) return false; // longer than the key with every letter as \uXXXX
  try {
    return JSON.parse(`"${raw}"`) === KEY;
  } catch {
    return false;
  }
}
