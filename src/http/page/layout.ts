import type { Operator } from "../../core/words.ts";
import { type Content, type Html, html } from "./html.ts";

const PAGES = [
  { name: "Queue", address: "/" },
  { name: "Dead letters", address: "/dead-letters" },
] as const;

export type PageName = (typeof PAGES)[number]["name"];

/** The frame of every page: what it is called, who is signed in, where one can go. */
export function layout(given: { title: string; current: PageName | null; operator: Operator | null; body: Content }): string {
  const { title, current, operator, body } = given;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Countersign</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/queue.css">
<link rel="stylesheet" href="/assets/page.css">
<script src="/assets/page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/" aria-label="Countersign"><img src="/assets/icon.svg" alt="" width="24" height="24"><span>Countersign</span></a>
${operator && signedIn(operator, current)}
</header>
<main id="main" tabindex="-1">
${body}
</main>
</body>
</html>
`.markup;
}

function signedIn(operator: Operator, current: PageName | null): Html {
  return html`<nav aria-label="Pages"><ul>${PAGES.map(
    ({ name, address }) => html`<li><a href="${address}"${name === current && html` aria-current="page"`}>${name}</a></li>`,
  )}</ul></nav>
<form class="who" method="post" action="/sign-out"><span>${operator.name}</span><button class="quiet">Sign out</button></form>`;
}
