import { randomUUID } from "node:crypto";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import type { Approval } from "../../src/core/words.ts";
import type { DeadLetter } from "../../src/ports/dead-letters.ts";
import { startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { launchBrowser } from "../support/browser.ts";
import { call } from "../support/call.ts";
import { open, signIn } from "../support/console.ts";

let browser: Browser;
/** No worker runs here, so that what is held stays held. */
let app: TestApp;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await startApp();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Puts a draft into the queue as the trip does: committed and told together. */
async function given(changes: Partial<Approval>): Promise<Approval> {
  const approval = anApproval(changes);
  await app.store.transaction(async (tables) => {
    await tables.approvals.insert(approval);
    await tables.live.publish({ type: "approval.created", id: approval.id });
  });
  return approval;
}

const entry = (page: Page, { id }: Approval) => page.locator(`[data-approval-id="${id}"]`);
const kept = async ({ id }: Approval) => app.store.approvals.get(id);

async function empty(): Promise<void> {
  const { store } = app;
  for (const approval of (await store.approvals.list({ status: ["pending", "send_failed"], sort: "due", limit: 100 })).data) {
    await store.approvals.update({ ...approval, status: "expired" });
  }
}
beforeEach(empty);
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

test("a refused token is said in an alert; afterwards neither page nor storage holds the right one", async () => {
  const page = await open(browser, app.url);
  await page.getByLabel("Access token").fill("not-a-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await page.getByRole("alert").textContent()).toMatch(/does not know this access token/);
  await signIn(page, TOKENS.ida);
  expect(await page.content()).not.toContain(TOKENS.ida);
  expect(page.url()).not.toContain(TOKENS.ida);
  const stored = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])");
  expect(stored).toBe("[{},{}]");
  expect((await page.context().cookies()).map(({ httpOnly, value }) => httpOnly && value !== TOKENS.ida)).toEqual([true]);
});

test("navigation leads to pages that exist, each with a heading", async () => {
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  await page.getByRole("link", { name: "Dead letters" }).click();
  await page.getByRole("heading", { level: 1, name: "Dead letters" }).waitFor();
  await page.getByRole("link", { name: "Queue" }).click();
  await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Access token").waitFor();
});

test("keys move, edit, reject, escalate, redraft and explain themselves; typing in a field is only typing", async () => {
  const soon = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  const first = await given({ conversationId: 901, customerName: "First", dueAt: soon(1) });
  const second = await given({ conversationId: 902, customerName: "Second", dueAt: soon(2) });
  const third = await given({ conversationId: 903, customerName: "Third", dueAt: soon(3) });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  const current = () => page.locator('[aria-current="true"]').getAttribute("data-approval-id");
  expect(await current()).toBe(first.id);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  expect(await current()).toBe(third.id);
  await page.keyboard.press("k");
  expect(await current()).toBe(second.id);

  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  for (const word of [/approve/i, /reject/i, /escalate/i]) expect(await dialog.textContent()).toMatch(word);
  await page.keyboard.press("a");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  expect((await kept(second))?.status).toBe("pending");

  await page.keyboard.press("e");
  const field = entry(page, second).getByLabel("Your reply");
  expect(await field.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  expect(await field.inputValue()).toBe(second.draftResponse);
  await page.keyboard.type(" a r x ?");
  await page.keyboard.press("Control+Enter");
  await entry(page, second).waitFor({ state: "detached" });
  expect(await kept(second)).toMatchObject({ status: "approved", finalResponse: `${second.draftResponse} a r x ?`, edited: true });
  expect(await page.getByRole("status").first().textContent()).toContain("Approved");
  expect(await current()).toBe(third.id);

  await page.keyboard.press("r");
  await entry(page, third).getByLabel("Reason").selectOption("wrong_tone");
  await entry(page, third).locator('[data-act="reject"] button').click();
  await entry(page, third).waitFor({ state: "detached" });
  expect(await kept(third)).toMatchObject({ status: "rejected", rejectReason: "wrong_tone" });

  await page.keyboard.press("x");
  await entry(page, first).getByLabel("Note").fill("please look");
  await page.keyboard.press("Control+Enter");
  await entry(page, first).waitFor({ state: "detached" });
  expect(await kept(first)).toMatchObject({ status: "escalated" });
  expect(page.complaints).toEqual([]);
});

test("an approval can be taken back while it is held", async () => {
  const approval = await given({ conversationId: 910 });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  await entry(page, approval).getByRole("button", { name: "Approve" }).click();
  await entry(page, approval).waitFor({ state: "detached" });
  expect((await kept(approval))?.status).toBe("approved");
  await page.locator(`[data-held-id="${approval.id}"]`).getByRole("button", { name: "Undo" }).click();
  await entry(page, approval).waitFor();
  expect((await kept(approval))?.status).toBe("pending");
});

test("what is said of the last decision stays true when the reply comes back", async () => {
  const approval = await given({ conversationId: 915, customerName: "Rosa Lind" });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  await entry(page, approval).getByRole("button", { name: "Approve" }).click();
  await page.getByText("The reply to Rosa Lind goes out in a moment").waitFor();
  const approved = (await kept(approval)) as Approval;
  await app.store.transaction(async (tables) => {
    await tables.approvals.update({
      ...approved,
      status: "send_failed",
      replyStatus: "failed",
      replyError: "The channel refused it: no such number",
    });
    await tables.live.publish({ type: "approval.updated", id: approval.id });
  });
  await page.getByText("The reply to Rosa Lind could not be sent. It is back in the queue.").waitFor();
  await entry(page, approval).getByText("The reply was not delivered. The channel refused it: no such number.").waitFor();
  expect(await page.getByText("goes out in a moment").count()).toBe(0);
});

test("news never takes away what an operator is writing", async () => {
  const mine = await given({ conversationId: 920 });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  await page.keyboard.press("e");
  await page.keyboard.type(" my own words");
  const other = await given({ conversationId: 921, customerName: "Somebody else" });
  await entry(page, other).waitFor();
  const field = entry(page, mine).getByLabel("Your reply");
  expect(await field.inputValue()).toContain("my own words");
  expect(await field.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);

  await call(`${app.url}/api/v1/approvals/${mine.id}/reject`, { token: TOKENS.ida, json: { reason: "other" } });
  await entry(page, mine).getByText("was decided or replaced while you were writing").waitFor();
  expect(await field.inputValue()).toContain("my own words");
});

test("somebody else's decision takes the entry away without reloading", async () => {
  const approval = await given({ conversationId: 930 });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  await entry(page, approval).waitFor();
  await call(`${app.url}/api/v1/approvals/${approval.id}/reject`, { token: TOKENS.ida, json: { reason: "other" } });
  await entry(page, approval).waitFor({ state: "detached" });
});

test("a dead letter appears by itself, in the queue and in its list, but not under the hands of who is writing", async () => {
  const letters = ["a", "b"].map((letter) => `${letter.repeat(8)}-1111-4111-8111-111111111111`);
  const dies = (id: string) =>
    app.store.transaction(async (tables) => {
      await tables.deadLetters.insert({ ...A_LETTER, id });
      await tables.live.publish({ type: "delivery.dead", id });
    });
  const row = (page: Page, id: string | undefined) => page.locator(`[data-dead-letter-id="${id}"]`);
  const queue = await open(browser, app.url);
  await signIn(queue, TOKENS.ida);
  await queue.locator("#live[hidden]").waitFor({ state: "attached" });
  const list = await queue.context().newPage();
  const listening = list.waitForResponse((response) => response.url().endsWith("/api/v1/events"));
  await list.goto(`${app.url}/dead-letters`);
  await listening;
  await dies(letters[0] ?? "");
  await queue.getByText("One job has failed for good").waitFor();
  await row(list, letters[0]).waitFor();
  expect(await violations(list)).toEqual([]);

  await row(list, letters[0]).getByText("Let go").first().click();
  await row(list, letters[0]).getByLabel("Why").fill("they called");
  await dies(letters[1] ?? "");
  await queue.getByText("2 jobs have failed for good").waitFor();
  expect(await row(list, letters[0]).getByLabel("Why").inputValue()).toBe("they called");
  await row(list, letters[0]).getByRole("button", { name: "Let go" }).click();
  await row(list, letters[1]).waitFor();
  expect(await row(list, letters[0]).count()).toBe(0);
  expect(await app.store.deadLetters.get(letters[0] ?? "")).toMatchObject({ discardReason: "they called" });
  await queue.getByText("One job has failed for good").waitFor();
});

test("without script everything can still be decided", async () => {
  const approval = await given({ conversationId: 940 });
  const page = await open(browser, app.url, { javaScriptEnabled: false });
  await signIn(page, TOKENS.ida);
  await entry(page, approval).locator("summary", { hasText: "Edit" }).click();
  await entry(page, approval).getByLabel("Your reply").fill("In my words.\nSecond line.");
  await entry(page, approval).getByRole("button", { name: "Approve these words" }).click();
  await page.getByText("The reply to Rosa Lind goes out in a moment").waitFor();
  expect((await kept(approval))?.finalResponse).toBe("In my words.\nSecond line.");
});

test("hostile words run nothing", async () => {
  const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const approval = await given({ conversationId: 950, customerName: evil, customerMessage: evil, draftResponse: evil });
  const page = await open(browser, app.url);
  await signIn(page, TOKENS.ida);
  expect(await entry(page, approval).getByRole("heading", { level: 2 }).textContent()).toBe(evil);
  expect(await page.title()).toBe("Queue · Countersign");
  expect(page.complaints).toEqual([]);
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.each([
    ["a desk", { width: 1440, height: 900 }],
    ["a phone", { width: 390, height: 844 }],
  ])("sign-in and queue meet WCAG 2.2 AA and fit on %s", async (_name, viewport) => {
    await given({ conversationId: 960, flags: ["safety"], priority: "urgent", dueAt: new Date(Date.now() - 60_000), confidenceScore: 30 });
    await given({ conversationId: 961, priority: "high", customerMessage: "long ".repeat(500), confidenceScore: 65 });
    await given({ conversationId: 962, degraded: "drafter_unavailable", findings: [{ code: "x", text: "Sources disagree." }] });
    await given({
      conversationId: 964,
      status: "sent",
      finalResponse: "Take AN-6.",
      findings: [{ code: "stored_differs", text: "Chatwoot stored other words than those approved.", evidence: "Take AN-10." }],
    });
    await app.store.deadLetters.insert({ ...A_LETTER, id: randomUUID() });
    await given({ conversationId: 963, status: "approved", replyStatus: "queued", decision: "approve", decidedAt: new Date() });
    const page = await open(browser, app.url, { colorScheme, viewport });
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(Number(/\d+/.exec(background)?.[0]) < 128).toBe(colorScheme === "dark");
    await page.getByLabel("Access token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    expect(await violations(page)).toEqual([]);
    await signIn(page, TOKENS.ida);
    for (const details of await page.locator("details").all()) await details.evaluate((element) => element.setAttribute("open", ""));
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(viewport.width);
    await page.keyboard.press("Escape");
    await page.locator("h1").click();
    await page.keyboard.press("?");
    expect(await violations(page)).toEqual([]);
    await page.goto(`${app.url}/dead-letters`);
    expect(await violations(page)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});

const A_LETTER: DeadLetter = {
  id: "",
  kind: "remove-note",
  data: {},
  key: null,
  conversationId: 940,
  approvalId: null,
  deliveryId: null,
  reason: "Chatwoot answered 500.",
  attempts: 12,
  createdAt: new Date(),
  redrivenAt: null,
  redrivenBy: null,
  lastResponse: { kind: "unknown", status: 500, retry_after_seconds: null },
  discardedAt: null,
  discardedBy: null,
  discardReason: null,
};

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}
