/** Markup that may go into a page as it is; only `html` makes it. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = Html | string | number | null | undefined | false | Content[];

/** A template whose values are escaped, in text and in quoted attributes, unless they are markup of ours themselves. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(strings.reduce((markup, string, index) => markup + markupOf(values[index - 1]) + string));
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.markup;
  if (Array.isArray(content)) return content.map(markupOf).join("");
  if (content === null || content === undefined || content === false) return "";
  return String(content).replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
