/** True for a message that came as HTML; a customer may well write about `<div>`. */
export function looksLikeHtml(text: string): boolean {
  return /<(?:!doctype|html|body|div|p|br|table|span|blockquote|head|style)\b[^<>]{0,400}>/i.test(text.slice(0, 20_000));
}

const LINE_BREAKS = new Set("p div br tr li ul ol table blockquote h1 h2 h3 h4 h5 h6 pre hr section article".split(" "));
const UNREAD = new Set(["style", "script", "head", "title"]);
const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  szlig: "ß",
  eacute: "é",
  egrave: "è",
  agrave: "à",
  ccedil: "ç",
  ntilde: "ñ",
  euro: "€",
  rsquo: "’",
  ndash: "–",
  mdash: "—",
};

/** The words of an HTML mail, quoted mail marked with ">" as in plain text. One pass. */
export function textOfHtml(html: string): string {
  const parts: string[] = [];
  let quoted = 0;
  let at = 0;
  let fresh = true; // at the beginning of a line
  const write = (text: string) => {
    if (text === "") return;
    if (fresh && quoted > 0) parts.push("> ");
    fresh = false;
    parts.push(text);
  };
  while (at < html.length) {
    const open = html.indexOf("<", at);
    write(decoded(html.slice(at, open < 0 ? html.length : open)).replace(/\s+/g, " "));
    if (open < 0) break;
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      if (end < 0) break;
      at = end + 3;
      continue;
    }
    const close = html.indexOf(">", open);
    if (close < 0) break;
    const tag = /^<(\/?)([a-z][a-z0-9]{0,20})/i.exec(html.slice(open, open + 24));
    at = close + 1;
    if (!tag) continue; // "<" as a sign, or a declaration
    const name = (tag[2] ?? "").toLowerCase();
    const closing = tag[1] === "/";
    if (UNREAD.has(name) && !closing) {
      const end = indexOfTag(html, `</${name}`, at);
      if (end < 0) break;
      at = end;
    } else if (LINE_BREAKS.has(name)) {
      if (!fresh || name === "p") parts.push("\n");
      fresh = true;
    }
    if (name === "blockquote") quoted = Math.max(0, quoted + (closing ? -1 : 1));
  }
  return parts.join("");
}

function indexOfTag(html: string, tag: string, from: number): number {
  for (let at = html.indexOf("</", from); at >= 0; at = html.indexOf("</", at + 2))
    if (html.slice(at, at + tag.length).toLowerCase() === tag) return at;
  return -1;
}

function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : " ";
  });
}
