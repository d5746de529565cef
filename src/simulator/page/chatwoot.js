/** Talks to the simulator as any client of Chatwoot does; `/simulator/…` only for what Chatwoot itself has no call. */

async function call(path, { method = "GET", body, headers = {} } = {}) {
  const response = await fetch(path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === "" ? null : JSON.parse(text);
  if (!response.ok)
    throw new Error(answer?.error ?? answer?.message ?? answer?.errors?.[0] ?? `The simulator answered ${response.status}.`);
  return answer;
}

export const overview = () => call("/simulator/overview");

/** Everything an operator does, with their own token. */
export function asOperator({ token, account_id: account }) {
  const headers = { "Api-Access-Token": token };
  const base = `/api/v1/accounts/${account}`;
  const get = (path) => call(base + path, { headers });
  const post = (path, body = {}) => call(base + path, { method: "POST", body, headers });
  const one = (id) => `/conversations/${id}`;
  return {
    conversations: (status) => get(`/conversations?status=${status}`).then((answer) => answer.data.payload),
    messages: (id) => get(`${one(id)}/messages`).then((answer) => answer.payload),
    agents: () => get("/agents"),
    teams: () => get("/teams"),
    labels: () => get("/labels").then((answer) => answer.payload),
    macros: () => get("/macros").then((answer) => answer.payload),
    write: (id, content, isPrivate) => post(`${one(id)}/messages`, { content, private: isPrivate, message_type: "outgoing" }),
    assign: (id, who) => post(`${one(id)}/assignments`, who),
    setLabels: (id, labels) => post(`${one(id)}/labels`, { labels }),
    setPriority: (id, priority) => post(`${one(id)}/toggle_priority`, { priority }),
    setStatus: (id, status) => post(`${one(id)}/toggle_status`, { status }),
    seen: (id) => post(`${one(id)}/update_last_seen`),
    runMacro: (macro, id) => post(`/macros/${macro}/execute`, { conversation_ids: [id] }),
  };
}

/** What a customer does, by the way of the inbox's channel. */
export function asCustomer(inbox) {
  return { "Channel::Api": apiCustomer, "Channel::WebWidget": websiteVisitor, "Channel::Email": mailer, "Channel::Whatsapp": whatsapper }[
    inbox.channel_type
  ](inbox);
}

function apiCustomer(inbox) {
  const base = `/public/api/v1/inboxes/${inbox.inbox_identifier}/contacts`;
  const conversations = (source) => call(`${base}/${source}/conversations`);
  return {
    addressLabel: "E-mail",
    meet: ({ name, address }) =>
      call(base, { method: "POST", body: { name, email: address || undefined } }).then(({ source_id }) => ({ source_id })),
    async read({ source_id: source }) {
      const newest = (await conversations(source)).at(-1);
      return newest ? { id: newest.id, status: newest.status, messages: newest.messages } : null;
    },
    async write({ source_id: source }, { content, again }) {
      const newest = again ? undefined : (await conversations(source)).at(-1);
      const { id } = newest ?? (await call(`${base}/${source}/conversations`, { method: "POST", body: {} }));
      await call(`${base}/${source}/conversations/${id}/messages`, { method: "POST", body: { content } });
    },
    seen: ({ source_id: source }, id) => call(`${base}/${source}/conversations/${id}/update_last_seen`, { method: "POST", body: {} }),
  };
}

function websiteVisitor(inbox) {
  const token = inbox.website_token;
  const base = "/api/v1/widget";
  const as = ({ auth_token: auth }) => ({ "X-Auth-Token": auth });
  return {
    addressLabel: "E-mail",
    async meet({ name, address }) {
      const { website_channel_config: config } = await call(`${base}/config`, { method: "POST", body: { website_token: token } });
      const person = { auth_token: config.auth_token };
      await call(`${base}/contact`, {
        method: "PATCH",
        headers: as(person),
        body: { website_token: token, contact: { name, email: address || undefined } },
      });
      return person;
    },
    async read(person) {
      const { id, status } = await call(`${base}/conversations?website_token=${token}`, { headers: as(person) });
      if (!id) return null;
      const { payload } = await call(`${base}/messages?website_token=${token}`, { headers: as(person) });
      return { id, status, messages: payload };
    },
    write: (person, { content, again }) =>
      call(`${base}/${again ? "conversations" : "messages"}`, {
        method: "POST",
        headers: as(person),
        body: { website_token: token, message: { content, timestamp: new Date().toString(), referer_url: "https://shop.example/" } },
      }),
    seen: (person) =>
      call(`${base}/conversations/update_last_seen`, { method: "POST", headers: as(person), body: { website_token: token } }),
  };
}

const publicSide = async (id) => (await call(`/simulator/customers/${id}`)).conversations.at(-1) ?? null;

function mailer(inbox) {
  return {
    addressLabel: "E-mail",
    needsAddress: true,
    meet: async ({ name, address }) => ({ name, address }),
    read: async (person) => (person.contact_inbox_id ? publicSide(person.contact_inbox_id) : null),
    async write(person, { content, subject, again }) {
      const last = again ? null : await this.read(person);
      const answered = last?.messages.findLast((message) => message.content_attributes?.email?.message_id)?.content_attributes.email;
      await call("/simulator/emails", {
        method: "POST",
        body: {
          inbox_id: inbox.id,
          from: { name: person.name, email: person.address },
          subject: subject || (answered ? `Re: ${answered.subject}` : "A question"),
          text: content,
          in_reply_to: answered?.message_id,
        },
      });
    },
  };
}

function whatsapper(inbox) {
  return {
    addressLabel: "Phone, as +49…",
    needsAddress: true,
    meet: async ({ name, address }) => ({ name, address }),
    read: async (person) => (person.contact_inbox_id ? publicSide(person.contact_inbox_id) : null),
    write: (person, { content }) =>
      call("/simulator/whatsapp", {
        method: "POST",
        body: { inbox_id: inbox.id, from: { name: person.name, phone_number: person.address }, text: content },
      }),
  };
}
