import { html } from "./html.ts";
import { layout } from "./layout.ts";

/** The form that every operator meets first; `refusal` says why the last try failed. */
export function signInPage(refusal: string | null): string {
  return layout({
    title: "Sign in",
    current: null,
    operator: null,
    body: html`<section class="sign-in">
<h1>Sign in</h1>
${refusal !== null && html`<p role="alert" class="refusal">${refusal}</p>`}
<form method="post" action="/sign-in">
<label for="token">Access token</label>
<input id="token" name="access_token" type="password" autocomplete="off" spellcheck="false" required maxlength="512" aria-describedby="token-help">
<p id="token-help" class="hint">Your own, from Chatwoot: <em>Profile settings › Access token</em>. Replies you approve go out under your name.</p>
<button class="primary">Sign in</button>
</form>
</section>`,
  });
}
