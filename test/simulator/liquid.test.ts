import { type Desk, startDesk } from "./helpers.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
  await desk.customerWrites("Is 5 < 6?");
});
afterAll(() => desk.close());

test.each([
  ["a variable", "Mail {{contact.email}}", "Mail anna.becker@mail.example"],
  ["an unknown variable", "x{{unknown.x}}y", "xy"],
  ["a comment", "{% comment %}x{% endcomment %}y", "y"],
  ["back-ticks", "`{{contact.email}}` and {{contact.name}}", "`{{contact.email}}` and Anna Becker"],
  ["a fenced block", "```\n{{contact.email}}\n```", "```\n{{contact.email}}\n```"],
  ["an opening never closed", "Preis {{ betrag", "Preis {{ betrag"],
  ["a tag opening never closed", "Rabatt {% zehn", "Rabatt {% zehn"],
  ["an unknown tag", "{% foo %} {{contact.email}}", "{% foo %} {{contact.email}}"],
  ["an unclosed tag", "{% if true %}yes", "{% if true %}yes"],
  ["what stands between is eaten", "Use {{ and }} in templates. Important text.", "Use  in templates. Important text."],
  ["an opening closed later", "Mail {{ open and {{contact.email}}", "Mail "],
  ["doubled braces of JSON", '{"a":{"b":{{"c":1}}}}', '{"a":{"b":c}}'],
  ["a filter", '{{ "abc" | upcase }}', "ABC"],
  ["an assignment", '{% assign x = "y" %}{{x}}', "y"],
  [
    "the writer, the account, the conversation",
    "{{agent.name}} {{account.name}} {{inbox.name}} {{conversation.display_id}}",
    "Countersign Nordlicht Outdoor Order desk 1",
  ],
  ["an include", '{% include "x" %}rest', "Liquid error: This liquid context does not allow includes.rest"],
  ["a back-slash", "\\{{contact.email}}", "\\anna.becker@mail.example"],
  ["one back-tick", "a ` b {{contact.email}}", "a ` b anna.becker@mail.example"],
  ["no opening at all", '100 %} und {50%} {"a":{"b":1}}', '100 %} und {50%} {"a":{"b":1}}'],
  ["raw", "{% raw %}{{contact.email}}{% endraw %}", "{{contact.email}}"],
  ["raw around back-ticks", "{% raw %}`{{x}}`{% endraw %}", "{% raw %}`{{x}}`{% endraw %}"],
  ["a word joiner in the opening", "{\u2060{contact.email}} {\u2060% comment %}x", "{\u2060{contact.email}} {\u2060% comment %}x"],
])("Liquid in a note: %s", async (_name, posted, stored) => {
  const { status, json } = await desk.write("bot-token", { content: posted, private: true });
  expect([status, json.content]).toEqual([200, stored]);
});

test("a template can ask for the conversation itself and gets Ruby hashes with HTML", async () => {
  const { json } = await desk.write("bot-token", {
    content: "{% for m in conversation.recent_messages %}{{m}}{% endfor %}",
    private: true,
  });
  expect(json.content).toBe('{"sender" => "Anna becker", "content" => "<p>Is 5 &lt; 6?</p>\\n", "attachments" => []}');
});

test("what a customer writes is never rendered", async () => {
  const { json } = await desk.customerWrites("{{contact.email}} {% comment %}x{% endcomment %}");
  expect(json.content).toBe("{{contact.email}} {% comment %}x{% endcomment %}");
});

test("a public reply is rendered, too, and the answer shows what was stored", async () => {
  const { json } = await desk.write("agent-token", { content: "Hallo {{contact.name}}" });
  expect(json.content).toBe("Hallo Anna Becker");
});
