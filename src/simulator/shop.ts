import { addUser } from "./installation.ts";
import { createArticle, createCategory, createPortal } from "./routes/help-center.ts";
import { seed, seedBody } from "./seed.ts";
import { nextId } from "./state.ts";
import type { World } from "./world.ts";

/** The shop of the demo: who works there, and the tokens they sign in with. Invented, and reachable from this machine only. */
export const SHOP = {
  account: { id: 1, name: "Nordhose Performance" },
  people: {
    ida: { id: 1, name: "Ida Brandt", email: "ida@nordhose.example", role: "administrator", token: "ida-demo-access-token", online: false },
    dana: { id: 2, name: "Dana Weiss", email: "dana@nordhose.example", role: "agent", token: "dana-demo-access-token", online: true },
    luis: { id: 3, name: "Luis Ortega", email: "luis@nordhose.example", role: "agent", token: "luis-demo-access-token", online: true },
    countersign: {
      id: 4,
      name: "Countersign",
      email: "countersign@nordhose.example",
      role: "agent",
      token: "countersign-demo-access-token",
      online: false,
    },
  },
} as const;

const LABELS = ["returns", "order", "fitment", "safety", "vip", "wholesale"];

const CANNED = [
  { short_code: "greeting", content: "Hello, and thanks for writing to Nordhose Performance." },
  { short_code: "return-label", content: "You find your return label in your account under **Orders**." },
  { short_code: "tracking", content: "Your parcel is on its way. The tracking link is in your dispatch e-mail." },
];

/** One click in the side panel writes the command as the clicking operator's own note. */
const MACROS = [
  { name: "Approve draft", command: "/approve" },
  { name: "Reject: not needed", command: "/reject not_needed" },
  { name: "Escalate", command: "/escalate" },
];

const ARTICLES = [
  {
    title: "Which AN size do I need?",
    description: "Feed line size by horsepower",
    content:
      "# AN sizes\n\nThe dash number is the outside diameter of the matching tube in sixteenths of an inch.\n\n- **AN-6** feeds up to about 400 hp on gasoline.\n- **AN-8** feeds up to about 700 hp.\n- **AN-10** is for more than that, or for long runs.\n",
  },
  {
    title: "Returning an order",
    description: "How returns work",
    content:
      "# Returns\n\nYou can return unused parts within **30 days**. Print the label from your account and drop the parcel off.\n\nHose that was cut to length cannot be returned.\n",
  },
  {
    title: "Shipping times",
    description: "When a parcel arrives",
    content:
      "# Shipping\n\nOrders placed before 14:00 leave the same working day. Inside Germany a parcel takes 1–2 working days, in the EU 3–5.\n",
  },
  {
    title: "A fuel line leaks",
    description: "What to do first",
    content:
      "# Leaks\n\nDo not start the engine. Disconnect the battery, air the room and keep sparks away. Then write to us or call: a person answers.\n",
  },
];

const STORY = seedBody.parse({
  inboxes: [
    {
      name: "Website chat",
      channel: { type: "web_widget", website_url: "https://shop.nordhose.example", welcome_title: "Hello" },
      members: ["Dana Weiss", "Luis Ortega", "Countersign"],
    },
    { name: "Shop app", channel: { type: "api" }, members: ["Dana Weiss", "Luis Ortega", "Countersign"] },
    {
      name: "Help desk e-mail",
      channel: { type: "email", email: "help@nordhose.example" },
      members: ["Dana Weiss", "Luis Ortega", "Countersign"],
    },
    {
      name: "WhatsApp",
      channel: { type: "whatsapp", phone_number: "+4940555012345", provider: "whatsapp_cloud" },
      members: ["Dana Weiss", "Luis Ortega", "Countersign"],
    },
  ],
  teams: [
    { name: "order support", description: "Orders, shipping, returns", members: ["Dana Weiss"] },
    { name: "technical", description: "Fitting, sizes, trouble", members: ["Luis Ortega"] },
    { name: "senior", description: "VIP customers and complaints", members: ["Dana Weiss", "Luis Ortega"] },
  ],
  contacts: [
    { name: "Rosa Lind", email: "rosa.lind@mail.example", identifier: "shop-1001", custom_attributes: { customer_tier: "standard" } },
    { name: "Marek Novak", email: "marek.novak@mail.example", identifier: "shop-1002", custom_attributes: { customer_tier: "premium" } },
    { name: "Aylin Demir", email: "aylin.demir@mail.example", phone_number: "+4915155501234", identifier: "shop-1003" },
    { name: "Tom Okafor", phone_number: "+4915155505678" },
  ],
  conversations: [
    {
      inbox: "Shop app",
      contact: "Rosa Lind",
      status: "resolved",
      assignee: "Dana Weiss",
      labels: ["order"],
      messages: [
        { content: "Has my order NH-20418 left yet?", created_at: "2026-05-04T09:12:00Z" },
        {
          message_type: "outgoing",
          sender: "Dana Weiss",
          content: "Yes, it left this morning. The tracking link is in your dispatch e-mail.",
          created_at: "2026-05-04T09:20:00Z",
        },
        { content: "Great, thank you!", created_at: "2026-05-04T09:22:00Z" },
      ],
    },
    // These only make the customers reachable from the page's list.
    {
      inbox: "Website chat",
      contact: "Marek Novak",
      status: "resolved",
      messages: [
        { content: "Do you ship to Norway?", created_at: "2026-05-11T15:02:00Z" },
        {
          message_type: "outgoing",
          sender: "Luis Ortega",
          content: "We do. It takes 3–5 working days.",
          created_at: "2026-05-11T15:10:00Z",
        },
      ],
    },
    {
      inbox: "Help desk e-mail",
      contact: "Aylin Demir",
      source_id: "aylin.demir@mail.example",
      status: "resolved",
      additional_attributes: { source: "email", mail_subject: "Invoice" },
      messages: [
        { content: "Could you send the invoice for NH-19977 again?", content_type: "incoming_email", created_at: "2026-05-12T08:00:00Z" },
        { message_type: "outgoing", sender: "Dana Weiss", content: "It is on its way to you.", created_at: "2026-05-12T08:31:00Z" },
      ],
    },
    {
      inbox: "WhatsApp",
      contact: "Tom Okafor",
      source_id: "4915155505678",
      status: "resolved",
      messages: [
        { content: "Are you open on Saturday?", created_at: "2026-05-13T10:00:00Z" },
        { message_type: "outgoing", sender: "Luis Ortega", content: "Yes, from 10 to 14.", created_at: "2026-05-13T10:06:00Z" },
      ],
    },
  ],
});

/** Opens the shop in an empty world: people, teams, inboxes of the four kinds, macros, a help center and a few customers. */
export function openShop(world: World): void {
  const { state } = world;
  const accountId = SHOP.account.id;
  state.accounts.set(accountId, { ...SHOP.account });
  for (const person of Object.values(SHOP.people)) {
    nextId(state, "user", person.id);
    addUser(world, { ...person, account_ids: [accountId] });
  }
  seed(world, STORY);
  // Nobody is assigned behind an operator's back in the demo; the routing of Countersign shall be seen.
  for (const inbox of state.inboxes.values()) inbox.enable_auto_assignment = false;
  for (const title of LABELS) {
    const id = nextId(state, "label");
    state.labels.set(id, { id, account_id: accountId, title, description: "", color: "#1f93ff", show_on_sidebar: true });
  }
  for (const canned of CANNED) {
    const id = nextId(state, "canned_response");
    const time = world.now();
    state.cannedResponses.set(id, { id, account_id: accountId, ...canned, created_at: time, updated_at: time });
  }
  const owner = SHOP.people.ida.id;
  for (const { name, command } of MACROS) {
    const id = nextId(state, "macro");
    const actions = [{ action_name: "add_private_note", action_params: [command] }];
    state.macros.set(id, { id, account_id: accountId, name, visibility: "global", created_by_id: owner, updated_by_id: owner, actions });
  }
  const portal = createPortal(world, accountId, {
    name: "Nordhose help center",
    slug: "nordhose-help",
    config: { allowed_locales: ["en"], default_locale: "en" },
  });
  const category = createCategory(world, portal, { name: "Questions", slug: "questions", locale: "en", position: 1 });
  for (const article of ARTICLES) createArticle(world, portal, { ...article, category_id: category.id, status: 1 }, owner);
}
