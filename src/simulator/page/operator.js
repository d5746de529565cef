import { asOperator } from "./chatwoot.js";
import { byId, el, fillSelect, rendered, showThread, time } from "./dom.js";

/** The right side: what operators see and do in Chatwoot's dashboard, in small. */
export function operatorSide(refresh) {
  let operators = [];
  let conversations = [];
  let chosen = null;
  let seenUpTo = 0;
  const person = byId("operator-person");
  const error = byId("operator-error");
  const text = byId("operator-text");
  const me = () => operators.find((row) => String(row.id) === person.value);
  const chatwoot = () => asOperator(me());
  const isNote = () => byId("operator-write").elements.kind.value === "note";

  /** Does something and shows what came of it; a refusal is shown in Chatwoot's words. */
  async function act(what) {
    error.textContent = "";
    try {
      await what();
      await refresh();
    } catch (problem) {
      error.textContent = problem.message;
    }
  }

  async function showList() {
    conversations = me() ? await chatwoot().conversations(byId("operator-status").value) : [];
    const list = byId("conversations");
    const key = JSON.stringify(conversations.map((row) => [row.id, row.updated_at, row.unread_count])) + chosen;
    if (list.dataset.key !== key) {
      const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      list.dataset.key = key;
      list.replaceChildren(...conversations.map(entry));
      if (conversations.length === 0) list.append(el("li", { class: "hint" }, "No conversation here."));
      if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  function entry(row) {
    const said = row.last_non_activity_message;
    const facts = [`#${row.id}`, row.status, row.priority, row.meta.assignee?.name, row.meta.team?.name, ...row.labels].filter(Boolean);
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", "data-id": row.id, "aria-current": row.id === chosen ? "true" : null },
        el(
          "span",
          { class: "name" },
          row.meta.sender.name || "Somebody",
          row.unread_count > 0
            ? el("span", { class: "unread", "aria-label": `${row.unread_count} unread` }, String(row.unread_count))
            : null,
        ),
        el("span", { class: "snippet" }, `${said?.private ? "Note: " : ""}${said?.content ?? "…"}`),
        el("span", { class: "facts" }, facts.join(" · ")),
      ),
    );
  }

  async function choose(id) {
    chosen = id;
    seenUpTo = 0;
    error.textContent = "";
    await update({ operators });
  }

  async function showConversation() {
    const row = conversations.find((one) => one.id === chosen);
    byId("conversation").hidden = !row;
    byId("nothing-chosen").hidden = Boolean(row);
    if (!row) return;
    const [messages, agents, teams, labels, macros] = await Promise.all([
      chatwoot().messages(row.id),
      chatwoot().agents(),
      chatwoot().teams(),
      chatwoot().labels(),
      chatwoot().macros(),
    ]);
    byId("conversation-title").textContent = `${row.meta.sender.name || "Somebody"} (#${row.id})`;
    byId("conversation-facts").textContent = [
      row.meta.sender.email ?? row.meta.sender.phone_number,
      row.meta.channel.replace("Channel::", ""),
      row.can_reply ? null : "reply window closed",
      row.muted ? "muted" : null,
    ]
      .filter(Boolean)
      .join(" · ");
    showThread(
      byId("operator-thread"),
      `${row.id}|${JSON.stringify(messages.map(({ id, content, status }) => [id, content, status]))}`,
      messages.map(bubble),
    );
    const none = { value: "", label: "nobody" };
    fillSelect(
      byId("assignee"),
      [none, ...agents.map((agent) => ({ value: String(agent.id), label: `${agent.name} (${agent.availability_status})` }))],
      row.meta.assignee_type === "User" ? row.meta.assignee.id : "",
    );
    fillSelect(
      byId("team"),
      [{ value: "", label: "none" }, ...teams.map((team) => ({ value: String(team.id), label: team.name }))],
      row.meta.team?.id ?? "",
    );
    for (const [id, value] of [
      ["priority", row.priority ?? ""],
      ["status", row.status],
    ])
      if (document.activeElement !== byId(id)) byId(id).value = value;
    showLabels(row, [...new Set([...labels.map((label) => label.title), ...row.labels])]);
    showMacros(macros);
    const newest = messages.findLast((message) => message.message_type === 0)?.id ?? 0;
    if (newest > seenUpTo && row.unread_count > 0) await chatwoot().seen(row.id);
    seenUpTo = Math.max(seenUpTo, newest);
  }

  function showLabels(row, titles) {
    const box = byId("labels");
    const key = JSON.stringify([row.id, titles, row.labels]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.replaceChildren(
      ...titles.map((title) => {
        const input = el("input", { type: "checkbox", value: title, checked: row.labels.includes(title) });
        input.addEventListener("change", () =>
          act(() =>
            chatwoot().setLabels(
              row.id,
              [...box.querySelectorAll("input:checked")].map((one) => one.value),
            ),
          ),
        );
        return el("label", { class: "check" }, input, ` ${title}`);
      }),
    );
  }

  function showMacros(macros) {
    const box = byId("macros");
    const key = JSON.stringify(macros.map(({ id, name }) => [id, name]));
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.replaceChildren(
      ...macros.map((macro) => {
        const button = el("button", { type: "button" }, `▷ ${macro.name}`);
        button.addEventListener("click", () => act(() => chatwoot().runMacro(macro.id, chosen)));
        return button;
      }),
    );
    if (macros.length === 0) box.append(el("span", { class: "hint" }, "No macros."));
  }

  byId("conversations").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(Number(button.dataset.id));
  });
  byId("operator-write").addEventListener("submit", (event) => {
    event.preventDefault();
    act(async () => {
      await chatwoot().write(chosen, text.value, isNote());
      text.value = "";
    });
  });
  byId("operator-write").addEventListener("change", () => {
    byId("operator-write").classList.toggle("note", isNote());
    byId("operator-text-label").textContent = isNote() ? "Private note" : "Reply";
    byId("operator-send").textContent = isNote() ? "Save note" : "Send reply";
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("operator-write").requestSubmit();
  });
  const changes = {
    assignee: (value) => chatwoot().assign(chosen, { assignee_id: value ? Number(value) : null }),
    team: (value) => chatwoot().assign(chosen, { team_id: value ? Number(value) : null }),
    priority: (value) => chatwoot().setPriority(chosen, value || null),
    status: (value) => chatwoot().setStatus(chosen, value),
  };
  for (const [id, change] of Object.entries(changes)) {
    byId(id).addEventListener("change", (event) => {
      const { value } = event.target;
      event.target.blur();
      act(() => change(value));
    });
  }
  for (const select of [person, byId("operator-status")]) select.addEventListener("change", () => update({ operators }));

  async function update(next) {
    operators = next.operators;
    fillSelect(
      person,
      operators.map((row) => ({ value: String(row.id), label: `${row.name}, ${row.role}` })),
      person.value || (operators.find((row) => row.availability === "online")?.id ?? ""),
    );
    await showList();
    await showConversation();
  }
  return { update };
}

/** One message as operators see it: notes yellow, customers' words as plain text, failures in red. */
function bubble(message) {
  if (message.message_type === 2) return el("div", { class: "activity" }, message.content ?? "");
  const theirs = message.message_type === 0;
  const kind = message.private ? "note" : theirs ? "left" : "right";
  const by = `${message.sender?.name ?? "Automatic"}, ${time(message.created_at)}${message.private ? " · private note" : ""}${message.status === "read" ? " · read" : ""}`;
  const files = (message.attachments ?? []).map((file) =>
    el("a", { href: file.data_url, rel: "noopener" }, `Attachment: ${file.file_type}`),
  );
  const failure =
    message.status === "failed"
      ? el("div", { class: "failed" }, `Failed to send: ${message.content_attributes?.external_error ?? "no reason given"}`)
      : null;
  return el(
    "div",
    { class: `bubble ${kind}` },
    el("div", { class: "by" }, by),
    theirs ? el("div", { class: "plain" }, message.content ?? "") : rendered(message.content ?? ""),
    ...files,
    failure,
  );
}
