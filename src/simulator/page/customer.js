import { asCustomer } from "./chatwoot.js";
import { byId, el, fillSelect, rendered, showThread, time } from "./dom.js";

const NEW = "new";
const CHANNELS = {
  "Channel::Api": "app",
  "Channel::WebWidget": "website chat",
  "Channel::Email": "e-mail",
  "Channel::Whatsapp": "WhatsApp",
};

/** The left side: choose an inbox and a customer, write, and see what comes back. */
export function customerSide(refresh) {
  let data = { inboxes: [], customers: [] };
  /** Newly met people the overview does not know yet. */
  let met = null;
  let lastSeen = 0;
  const inbox = byId("customer-inbox");
  const person = byId("customer-person");
  const text = byId("customer-text");
  const error = byId("customer-error");

  const chosenInbox = () => data.inboxes.find((row) => String(row.id) === inbox.value);
  const channel = () => chosenInbox() && asCustomer(chosenInbox());

  /** Who writes: somebody known, somebody just met, or null for somebody new. */
  function chosenPerson() {
    if (person.value === NEW) return met;
    const row = data.customers.find((one) => String(one.contact_inbox_id) === person.value);
    return row && { ...row, name: row.contact.name, address: row.contact.email ?? row.contact.phone_number };
  }

  function show() {
    fillSelect(
      inbox,
      data.inboxes.map((row) => ({ value: String(row.id), label: `${row.name} (${CHANNELS[row.channel_type]})` })),
    );
    const here = data.customers.filter((row) => String(row.inbox_id) === inbox.value);
    fillSelect(person, [
      ...here.map((row) => ({ value: String(row.contact_inbox_id), label: row.contact.name || row.source_id })),
      { value: NEW, label: "New customer…" },
    ]);
    const isNew = person.value === NEW;
    for (const field of document.querySelectorAll("[data-new]")) field.hidden = !isNew;
    byId("customer-address-label").textContent = channel()?.addressLabel ?? "E-mail";
    document.querySelector("[data-subject]").hidden = chosenInbox()?.channel_type !== "Channel::Email";
  }

  async function showMessages() {
    const thread = byId("customer-thread");
    const who = chosenPerson();
    const conversation = who ? await channel().read(who) : null;
    document.querySelector("[data-again]").hidden = !conversation || chosenInbox().channel_type === "Channel::Whatsapp";
    if (!conversation)
      return showThread(thread, `${inbox.value}/${person.value}|none`, [el("p", { class: "hint" }, "Nothing has been said yet.")]);
    const key = `${inbox.value}/${conversation.id}|${JSON.stringify(conversation.messages.map(({ id, content }) => [id, content]))}${conversation.status}`;
    const ended =
      conversation.status === "resolved" ? [el("p", { class: "activity" }, "The conversation has ended; writing opens it again.")] : [];
    showThread(thread, key, [...conversation.messages.map(bubble), ...ended]);
    const newest = conversation.messages.findLast((message) => message.message_type === 1)?.id ?? 0;
    if (newest > lastSeen && channel().seen) await channel().seen(who, conversation.id);
    lastSeen = Math.max(lastSeen, newest);
  }

  byId("customer-write").addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    try {
      let who = chosenPerson();
      if (!who) {
        const name = byId("customer-name").value.trim();
        const address = byId("customer-address").value.trim();
        if (!name) throw new Error("A new customer needs a name.");
        if (channel().needsAddress && !address) throw new Error(`A new customer needs an address here: ${channel().addressLabel}.`);
        who = await channel().meet({ name, address });
        met = who;
      }
      await channel().write(who, { content: text.value, subject: byId("customer-subject").value, again: byId("customer-again").checked });
      text.value = "";
      byId("customer-subject").value = "";
      byId("customer-again").checked = false;
      await refresh();
      adopt();
    } catch (problem) {
      error.textContent = problem.message;
    }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("customer-write").requestSubmit();
  });
  for (const select of [inbox, person]) {
    select.addEventListener("change", () => {
      met = null;
      show();
      showMessages();
    });
  }

  /** After the first message a new customer is in the list: choose them there. */
  function adopt() {
    if (!met) return;
    const row =
      data.customers.findLast(
        (one) =>
          String(one.inbox_id) === inbox.value &&
          (one.source_id === met.source_id ||
            one.auth_token === met.auth_token ||
            [one.contact.email, one.contact.phone_number].includes(met.address)),
      ) ?? data.customers.findLast((one) => String(one.inbox_id) === inbox.value);
    met = null;
    for (const id of ["customer-name", "customer-address"]) byId(id).value = "";
    person.value = String(row.contact_inbox_id);
    show();
    showMessages();
  }

  return {
    async update(next) {
      data = next;
      show();
      await showMessages();
    },
  };
}

/** One message as the customer sees it; their own words as plain text. */
function bubble(message) {
  const mine = message.message_type === 0;
  const email = message.content_attributes?.email?.text_content?.quoted;
  const body = mine ? el("div", { class: "plain" }, email ?? message.content ?? "") : rendered(message.content ?? "");
  const files = (message.attachments ?? []).map((file) =>
    el("a", { href: file.data_url, rel: "noopener" }, `Attachment: ${file.file_type}`),
  );
  return el(
    "div",
    { class: `bubble ${mine ? "right" : "left"}` },
    el("div", { class: "by" }, `${mine ? "You" : (message.sender?.name ?? "Shop")}, ${time(message.created_at)}`),
    body,
    ...files,
  );
}
