import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const readme = readFileSync(join(ROOT, "README.md"), "utf8");

/** The first fenced block under a heading. */
const blockUnder = (heading: string) =>
  new RegExp(`^## ${heading}\\n[\\s\\S]*?\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``, "m").exec(readme)?.[1] ?? "";

test("README stays short enough to be read", () => {
  expect(readme.split("\n").length).toBeLessThanOrEqual(200);
});

test("trying it and testing it are one line each, and name scripts that exist", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(blockUnder("Try it")).toBe("npm ci && npm run demo\n");
  expect(blockUnder("Test it")).toBe("npm ci && npm test\n");
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["demo", "test", "start", "countersign", "bench"]));
});

test("every command that README shows exists", () => {
  const shown = new Set([...readme.matchAll(/npx countersign ([a-z][a-z-]*)/g)].map((match) => match[1] as string));
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "src/main.ts"), "help"], { encoding: "utf8" });
  for (const command of shown) expect(`${stdout}${stderr}`).toMatch(new RegExp(`^  ${command} `, "m"));
  expect(shown.size).toBeGreaterThan(4);
});

test("every file that README links is there", () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)#]+)\)/g)].map((match) => match[1] as string);
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
});

test("every route in README's table is in the API's description", () => {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, "src/main.ts"), "openapi"], { encoding: "utf8" });
  const { paths } = JSON.parse(stdout);
  const shown = [...readme.matchAll(/`(?:GET|POST) (\/[^`?\s]*)/g)].map((match) =>
    (match[1] as string).replace(/^\/healthz.*/, "/healthz"),
  );
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.filter((path) => !(path in paths))).toEqual([]);
});
