import { html } from "./html.ts";
import { layout } from "./layout.ts";

/** What a person sees when a page cannot be shown: the same title and detail that a program would get. */
export function problemPage({ title, detail }: { title: string; detail: string }): string {
  return layout({
    title,
    current: null,
    operator: null,
    body: html`<section class="sign-in"><h1>${title}</h1><p role="alert" class="refusal">${detail}</p><p><a href="/">Back to the queue</a></p></section>`,
  });
}
