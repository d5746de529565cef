import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Installation } from "../../src/simulator/installation.ts";
import { startSimulator } from "../../src/simulator/start.ts";

/** Present where the project is built, absent for users. */
const RECORDING = new URL("../../../shared/captured/", import.meta.url).pathname;
/** A real Chatwoot is alike in 198 of 198, this simulator, too; a few steps may lose a race on a busy machine. */
const AT_LEAST = 192;

const whenRecorded = existsSync(`${RECORDING}replay.mjs`) ? test : test.skip;

whenRecorded(
  `at least ${AT_LEAST} of the 198 recorded steps of a real Chatwoot are alike`,
  async () => {
    const installation = JSON.parse(readFileSync(`${RECORDING}installation.json`, "utf8")) as Installation;
    const simulator = await startSimulator({ installation });
    try {
      const { output } = await run([`${RECORDING}replay.mjs`, simulator.url, "--patience", "400", "--json"]);
      const result = JSON.parse(output) as {
        alike: number;
        compared: number;
        steps: { step: string; alike: boolean; differences: string[] }[];
      };
      const differing = result.steps.filter((step) => !step.alike).map(({ step, differences }) => `${step}: ${differences[0]}`);
      expect(result.compared).toBe(198);
      expect({ enough: result.alike >= AT_LEAST, differing }).toEqual({ enough: true, differing: expect.any(Array) });
    } finally {
      await simulator.close();
    }
  },
  240_000,
);

function run(args: string[]): Promise<{ output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (part) => {
      output += part;
    });
    child.on("error", reject);
    child.on("close", () => resolve({ output }));
  });
}
