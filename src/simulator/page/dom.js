/** Small helpers for the page; text goes in as text, only Markdown that was rendered without HTML goes in as markup. */

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Fills a select without losing what was chosen, and only when its options changed. */
export function fillSelect(select, options, chosen = select.value) {
  const key = JSON.stringify(options);
  if (select.dataset.key !== key) {
    select.replaceChildren(...options.map(({ value, label }) => new Option(label, value)));
    select.dataset.key = key;
  }
  if (document.activeElement !== select && options.some(({ value }) => value === String(chosen ?? ""))) select.value = String(chosen ?? "");
}

let markdown;

/** Operators' words as Chatwoot shows them: Markdown, with HTML shown as text and no pictures from elsewhere. */
export function rendered(text) {
  markdown ??= globalThis.markdownit({ html: false, linkify: true, breaks: true }).disable("image");
  const box = el("div", { class: "rendered" });
  box.innerHTML = markdown.render(text);
  for (const link of box.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  return box;
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });

/** Unix seconds as a short local date and time. */
export const time = (seconds) => clock.format(new Date(seconds * 1000));

/** Replaces a thread's bubbles when they changed; stays at the end unless somebody scrolled up to read. */
export function showThread(thread, key, bubbles) {
  if (thread.dataset.key === key) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
  const other = thread.dataset.of !== key.split("|")[0];
  thread.dataset.key = key;
  // A scrolling region must be reachable by keyboard.
  thread.tabIndex = 0;
  thread.dataset.of = key.split("|")[0];
  thread.replaceChildren(...bubbles);
  if (atEnd || other) thread.scrollTop = thread.scrollHeight;
}
