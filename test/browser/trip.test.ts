import type { Browser } from "playwright-core";
import { SHOP } from "../../src/simulator/shop.ts";
import { launchBrowser } from "../support/browser.ts";
import { open, signIn } from "../support/console.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";

let browser: Browser;
let house: TestHouse;
beforeAll(async () => {
  [browser, house] = await Promise.all([launchBrowser(), startHouse()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await house.close();
});

test("the whole trip in a browser: a customer writes, the draft appears by itself, one key approves it, the reply arrives", async () => {
  const page = await open(browser, house.url);
  await signIn(page, SHOP.people.ida.token);
  await page.getByText("Nothing waits for you").waitFor();
  const customer = await house.customer("Rosa Lind");
  await customer.write("What size AN fitting do I need for a 400 hp engine?");
  await page.locator("[data-approval-id]").getByText("What size AN fitting").waitFor();
  const draft = await page.locator("[data-approval-id] .draft .words").textContent();
  await page.keyboard.press("a");
  await eventually("the reply arrives", async () => (await customer.reads()).some(({ content }) => content === draft));
  await page.getByText("Nothing waits for you").waitFor();
  expect(page.complaints).toEqual([]);
}, 60_000);
