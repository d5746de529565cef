import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { launchBrowser } from "../support/browser.ts";
import { client } from "./helpers.ts";

let browser: Browser;
let simulator: Simulator;
beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);
beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.close());
afterAll(() => browser.close());

const HOSTILE = '<img src=x onerror="document.title=1"> [x](javascript:alert(1)) <script>document.title=1</script>';

/** The page as somebody would open it; what the browser complains of is kept. */
async function open(options: Parameters<Browser["newPage"]>[0] = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(simulator.url);
  await page.getByRole("button", { name: /Rosa Lind/ }).waitFor();
  return { page, complaints };
}

async function writeAsCustomer(page: Page, inbox: string, text: string): Promise<void> {
  await page.getByLabel("Inbox").selectOption({ label: inbox });
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send as customer" }).click();
}

const serious = async (page: Page) =>
  (await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes[0]?.html}`,
  );

test("a customer writes, the operator sees it without reloading, and the reply reaches the customer", async () => {
  const { page, complaints } = await open();
  await writeAsCustomer(page, "Shop app (app)", "What size for my 350?");
  await page
    .getByRole("navigation")
    .getByRole("button", { name: /What size for my 350/ })
    .click();
  await page.getByLabel("Messages and notes").getByText("What size for my 350?").waitFor();
  await page.getByRole("button", { name: "Approve draft" }).click();
  await page.getByLabel("Messages and notes").getByText("/approve").waitFor();
  await page.getByLabel("Reply", { exact: true }).fill("AN-6 is **right**.");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByLabel("What the customer sees").getByText("AN-6 is right.").waitFor();
  expect(await page.getByLabel("What the customer sees").getByText("/approve").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("notes, labels and priority work with the operator's own token", async () => {
  const { page } = await open();
  await page
    .getByRole("navigation")
    .getByRole("button", { name: /Rosa Lind/ })
    .click();
  await page.getByRole("radio", { name: "private note" }).check();
  await page.getByLabel("Private note", { exact: true }).fill("Ask Luis");
  await page.getByRole("button", { name: "Save note" }).click();
  await page.locator(".bubble.note", { hasText: "Ask Luis" }).waitFor();
  await page.getByLabel("Priority").selectOption("urgent");
  await page.getByRole("checkbox", { name: "vip" }).check();
  await page
    .getByRole("navigation")
    .getByText(/urgent.*vip/)
    .waitFor();
  const { json } = await client(simulator.url)(SHOP.people.luis.token, "GET", "/api/v1/accounts/1/conversations/1");
  expect([json.priority, json.labels]).toEqual(["urgent", ["order", "vip"]]);
  expect(json.last_non_activity_message).toMatchObject({ content: "Ask Luis", private: true, sender: { id: SHOP.people.dana.id } });
});

test("what anybody writes stays text: no script, no picture, no dangerous link", async () => {
  const { page, complaints } = await open();
  await writeAsCustomer(page, "Shop app (app)", HOSTILE);
  await page
    .getByRole("navigation")
    .getByRole("button", { name: /Rosa Lind/ })
    .click();
  await client(simulator.url)(SHOP.people.dana.token, "POST", "/api/v1/accounts/1/conversations/1/messages", { content: HOSTILE });
  await page.locator("#operator-thread .rendered", { hasText: "<script>" }).waitFor();
  await page.locator("#customer-thread .rendered", { hasText: "<script>" }).waitFor();
  expect(await page.locator("main img, main script, main a[href^='javascript:']").count()).toBe(0);
  expect(await page.title()).toBe("Chatwoot simulator");
  expect(complaints).toEqual([]);
});

test.each([
  ["Website chat (website chat)", "nina@mail.example"],
  ["Help desk e-mail (e-mail)", "mail@mail.example"],
  ["WhatsApp (WhatsApp)", "+4915155500000"],
  ["Shop app (app)", ""],
])("a new customer can write through %s", async (inbox, address) => {
  const { page } = await open();
  await page.getByLabel("Inbox").selectOption({ label: inbox });
  await page.getByRole("combobox", { name: "Write as" }).selectOption("new");
  await page.getByLabel("Name").fill("Nina New");
  await page.locator("#customer-address").fill(address);
  await page.getByLabel("Message", { exact: true }).fill("Hello there");
  await page.getByRole("button", { name: "Send as customer" }).click();
  await page
    .getByRole("navigation")
    .getByRole("button", { name: /Nina New/ })
    .waitFor();
  await page.getByLabel("What the customer sees").getByText("Hello there").waitFor();
  expect((await page.getByRole("alert").allTextContents()).join("")).toBe("");
});

test.each(["light", "dark"] as const)(
  "in the %s scheme, also on a phone, it meets WCAG 2.2 AA and does not scroll sideways",
  async (colorScheme) => {
    const { page } = await open({ colorScheme, viewport: { width: 360, height: 740 } });
    await page
      .getByRole("navigation")
      .getByRole("button", { name: /Rosa Lind/ })
      .click();
    await page.getByRole("button", { name: "Approve draft" }).click();
    await page.locator(".bubble.note").waitFor();
    expect(await serious(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  },
);

test("a refusal is shown in words, and a simulator that is gone is said to be gone", async () => {
  const { page } = await open();
  await page.getByLabel("Inbox").selectOption({ label: "WhatsApp (WhatsApp)" });
  await page.getByRole("combobox", { name: "Write as" }).selectOption("new");
  await page.getByLabel("Message", { exact: true }).fill("Hello");
  await page.getByRole("button", { name: "Send as customer" }).click();
  await page.getByRole("alert").getByText("A new customer needs a name.").waitFor();
  await page.route("**/simulator/overview", (route) => route.abort());
  await page
    .getByRole("status")
    .getByText(/No answer from the simulator/)
    .waitFor();
});
