/** Makes the plain pages quick: decisions without reloading, keys, and drafts that appear by themselves. Nothing here is needed to work. */

const queue = document.querySelector("#queue");
const dialog = document.querySelector("#keys");

/** What the notice tells of, as addresses name it; empty when it tells of nothing that may change. */
let told = noticeIn(location.search);

keepTimesTrue();
setInterval(keepTimesTrue, 20_000);

if (queue) {
  document.addEventListener("submit", submitQuietly);
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => {
    const entry = event.target.closest?.(".entry");
    if (entry) select(entry, { focus: false });
  });
  const keysButton = document.querySelector("#keys-button");
  keysButton.hidden = false;
  keysButton.addEventListener("click", () => dialog.showModal());
  select(entries()[0], { focus: false });
  watch();
}

const letters = document.querySelector("#letters");
if (letters) watchLetters();

/** "in 12 min", as the server writes it. */
function keepTimesTrue() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const minutes = Math.round((Date.parse(time.dateTime) - Date.now()) / 60_000);
    const amount = Math.abs(minutes);
    const words = amount < 90 ? `${amount} min` : amount < 2880 ? `${Math.round(amount / 60)} h` : `${Math.round(amount / 1440)} days`;
    time.textContent = amount === 0 ? "now" : minutes > 0 ? `in ${words}` : `${words} ago`;
    time.closest("[data-due]")?.classList.toggle("late", minutes <= 0);
  }
}

// ---- deciding ---------------------------------------------------------------------------------------------------------

/** Posts a form and takes over the page it leads to, without leaving this one. */
async function submitQuietly(event) {
  const form = event.target;
  if (form.method !== "post" || !form.dataset.kind) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "true";
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const entry = form.closest(".entry");
    const { search, searchParams } = new URL(response.url);
    const refused = searchParams.has("problem");
    told = noticeIn(search);
    takeOver(await pageIn(response), { settled: entry?.dataset.approvalId, refused });
  } catch {
    say("The server does not answer. Nothing was changed; try again in a moment.");
  } finally {
    delete form.dataset.busy;
    if (button) button.disabled = false;
  }
}

async function pageIn(response) {
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page.querySelector("#queue")) location.assign("/"); // signed out meanwhile
  return page;
}

/** Brings the page up to date. An entry that is being written in is never taken away under the operator's hands. */
function takeOver(page, { settled, refused = false, notice = true } = {}) {
  const fresh = page.querySelector("#queue");
  if (!fresh) return;
  const current = selected();
  const index = entries().indexOf(current);
  const hadFocus = current?.contains(document.activeElement);
  const wanted = new Map([...fresh.children].map((entry) => [entry.dataset.approvalId, entry]));

  for (const entry of entries()) {
    const id = entry.dataset.approvalId;
    const next = wanted.get(id);
    const mine = id === settled && !refused;
    if (!mine && isBeingWritten(entry) && next?.dataset.version !== entry.dataset.version) {
      warnAbout(
        entry,
        next ? "This draft has changed while you were writing." : "This draft was decided or replaced while you were writing.",
      );
      if (next) wanted.set(id, entry);
      else wanted.set(id, null);
    } else if (next && next.dataset.version === entry.dataset.version) wanted.set(id, entry);
    else entry.remove();
  }
  placeInOrder([...fresh.children].map((entry) => wanted.get(entry.dataset.approvalId)));

  for (const part of ["#count", "#dead", "#incidents", "#held", "#more"]) replaceWhenChanged(part, page);
  if (notice) replaceWhenChanged("#notice", page);
  const troubles = document.querySelector("#troubles");
  replaceWhenChanged("#troubles", page);
  troubles.hidden = troubles.children.length === 0;
  document.querySelector("#none").hidden = entries().length > 0;
  keepTimesTrue();
  if (!selected()) select(entries()[Math.min(Math.max(index, 0), entries().length - 1)], { focus: Boolean(hadFocus) });
}

function placeInOrder(wanted) {
  let before = null;
  for (const entry of wanted.filter(Boolean)) {
    const place = before ? before.nextElementSibling : queue.firstElementChild;
    if (place !== entry) queue.insertBefore(entry, place);
    before = entry;
  }
}

/** Leaves what is the same alone, so that the focus on an Undo button survives the next piece of news. */
function replaceWhenChanged(part, page) {
  const here = document.querySelector(part);
  const there = page.querySelector(part);
  if (withoutTimes(here) !== withoutTimes(there)) here.replaceChildren(...there.childNodes);
}

function withoutTimes(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) time.textContent = "";
  return copy.innerHTML;
}

function isBeingWritten(entry) {
  return [...entry.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
}

function warnAbout(entry, words) {
  if (entry.querySelector(".replaced")) return;
  const warning = document.createElement("p");
  warning.className = "replaced";
  warning.setAttribute("role", "status");
  warning.textContent = `${words} Copy what you need, then reload the page.`;
  entry.querySelector("header").after(warning);
}

function say(words) {
  told = noticeIn("");
  const line = document.createElement("p");
  line.className = "refusal";
  line.textContent = words;
  document.querySelector("#notice").replaceChildren(line);
}

// ---- keys -------------------------------------------------------------------------------------------------------------

function entries() {
  return [...queue.querySelectorAll(".entry")];
}

function selected() {
  return queue.querySelector('.entry[aria-current="true"]');
}

function select(entry, { focus }) {
  for (const other of entries()) if (other !== entry) other.removeAttribute("aria-current");
  if (!entry) return;
  entry.setAttribute("aria-current", "true");
  if (focus) {
    entry.focus();
    entry.scrollIntoView({ block: "nearest" });
  }
}

function onKey(event) {
  const writing = event.target.closest("input, textarea, select");
  if (writing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    writing.form?.requestSubmit();
    return;
  }
  if (event.key === "Escape") return closeOpen(event);
  if (writing || dialog.open || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const entry = selected();
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    a: () => approve(entry),
    e: () => open(entry, "edit"),
    r: () => open(entry, "reject"),
    x: () => open(entry, "escalate"),
    d: () => open(entry, "redraft"),
    u: () => document.querySelector("#held form")?.requestSubmit(),
    "?": () => dialog.showModal(),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function move(step) {
  const all = entries();
  const next = all[all.indexOf(selected()) + step];
  if (next) select(next, { focus: true });
}

function approve(entry) {
  if (!entry) return;
  const form = entry.querySelector('form[data-kind="approve"]');
  if (form) form.requestSubmit();
  else say("This draft cannot be approved as it is. Edit it (e), reject it (r) or escalate it (x).");
}

function open(entry, kind) {
  const act = entry?.querySelector(`details[data-act="${kind}"]`);
  if (!act) return;
  for (const other of entry.querySelectorAll("details.act")) other.open = other === act;
  const field = act.querySelector("textarea, select, input:not([type=hidden])");
  field.focus();
  if (field.setSelectionRange && kind === "edit") field.setSelectionRange(field.value.length, field.value.length);
  act.scrollIntoView({ block: "nearest" });
}

function closeOpen(event) {
  if (dialog.open) return;
  const act = event.target.closest("details.act") ?? selected()?.querySelector("details.act[open]");
  if (!act) return;
  act.open = false;
  select(act.closest(".entry"), { focus: true });
}

// ---- news -------------------------------------------------------------------------------------------------------------

/** However much happens, the page is asked for again no oftener than this. Milliseconds. */
const REFRESH_EVERY = 500;

/** Asks for the page again when something happened, and says so when the line is broken. */
function watch() {
  const live = document.querySelector("#live");
  const source = new EventSource("/api/v1/events");
  let asking = false;
  let again = false;

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const asked = told;
    try {
      const page = await pageIn(await fetch(here(asked)));
      if (asked === told) takeOver(page, { notice: told.size > 0 });
      else again = true; // something was decided meanwhile: this page may be older
    } catch {
      // the next piece of news or the reconnection asks again
    }
    await new Promise((resolve) => setTimeout(resolve, REFRESH_EVERY));
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }

  /** Nobody sends news of how the house is: it is looked at, oftener while something is wrong. */
  function lookAround() {
    const soon = document.querySelector("#troubles").hidden ? 15_000 : 5_000;
    setTimeout(() => {
      if (!document.hidden) refresh();
      lookAround();
    }, soon);
  }
  lookAround();

  let opened = false;
  source.addEventListener("open", () => {
    live.hidden = true;
    if (opened) refresh(); // what happened while the line was broken
    opened = true;
  });
  source.addEventListener("error", () => {
    live.hidden = false;
    live.textContent = "Reconnecting…";
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5_000);
  });
  for (const type of ["approval.created", "approval.updated", "delivery.dead"]) source.addEventListener(type, refresh);
}

function noticeIn(search) {
  return new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => name === "about" || name === "problem"));
}

/** This page's own address, with what its notice is to tell of. */
function here(notice) {
  const query = new URLSearchParams(notice);
  const cursor = new URLSearchParams(location.search).get("cursor");
  if (cursor) query.set("cursor", cursor);
  return query.size > 0 ? `${location.pathname}?${query}` : location.pathname;
}

/** Dead letters come and go by themselves, but not under the hands of somebody who is writing why one is let go. */
function watchLetters() {
  const source = new EventSource("/api/v1/events");
  source.addEventListener("delivery.dead", async () => {
    try {
      const response = await fetch(here());
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("#letters");
      if (!fresh || letters.querySelector("details[open]")) return;
      letters.replaceChildren(...fresh.childNodes);
      keepTimesTrue();
    } catch {
      // the next one, or reloading, shows it
    }
  });
}
