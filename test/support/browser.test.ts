import { execFileSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { launchBrowser, unpackedBrowser } from "./browser.ts";

let browser: Browser | undefined;
afterAll(() => browser?.close());

test("a browser opens a page, runs its script and draws its text", async () => {
  browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto("data:text/html,<h1>Countersign</h1><button onclick=\"this.textContent = 'done'\">approve</button>");
  await page.getByRole("button", { name: "approve" }).click();
  expect(await page.getByRole("button").textContent()).toBe("done");
  expect((await page.getByRole("heading").boundingBox())?.width).toBeGreaterThan(100);
  expect((await page.screenshot()).length).toBeGreaterThan(1000);
});

const onLinux = process.platform === "linux" && process.arch === "x64" ? test : test.skip;

onLinux("the browser from npm finds the libraries that a bare system lacks beside itself", async () => {
  const { executablePath, env } = await unpackedBrowser();
  const libraries = execFileSync("ldd", [executablePath], { env: { ...process.env, ...env }, encoding: "utf8" });
  expect(libraries).not.toContain("not found");
  const elsewhere = libraries.split("\n").filter((line) => /lib(nss|nspr|plc|plds|expat)/.test(line) && !line.includes("al2023"));
  expect(elsewhere).toEqual([]);
});
