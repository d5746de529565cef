import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
/** Longer than a pipe holds. */
const printOpenapi = () => spawn(process.execPath, [MAIN, "openapi"], { stdio: ["ignore", "pipe", "pipe"] });

test("a reader who is slower than the command gets every byte", async () => {
  const child = printOpenapi();
  const ended = once(child, "exit");
  await once(child.stdout, "readable");
  await sleep(1500); // longer than a command lingers at its end
  const printed = await text(child.stdout);
  expect(printed.length).toBeGreaterThan(65_536);
  expect(JSON.parse(printed).openapi).toMatch(/^3\.1/);
  expect((await ended)[0]).toBe(0);
});

test("a reader who has read enough ends the command without a complaint", async () => {
  const child = printOpenapi();
  const complaints = text(child.stderr);
  await once(child.stdout, "readable");
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  expect({ code, complaints: await complaints }).toEqual({ code: 0, complaints: "" });
});
