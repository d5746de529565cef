import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BROKEN } from "./broken/builds.ts";
import { diceOf } from "./dice.ts";
import { planFaults } from "./plan.ts";

/** What a fault run is made of: builds that are broken on purpose, and faults from a seed. */
test.each(Object.entries(BROKEN))("the broken build %s still finds in src what it breaks", async (_name, { patches }) => {
  for (const { file, from, to } of patches) {
    const source = await readFile(join(import.meta.dirname, "..", "..", "src", file), "utf8");
    expect(source.replace(from, () => to)).not.toBe(source);
  }
});

test("the same seed plans the same faults, and a short run has every kind", () => {
  const plan = (seed: number) => planFaults(diceOf(seed, "faults"), 60_000);
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
  const kinds = [...new Set(plan(7).map(({ kind }) => kind))].toSorted();
  expect(kinds).toEqual([
    "channel refuses",
    "chatwoot down",
    "chatwoot restart",
    "chatwoot storm",
    "database",
    "deletion",
    "frozen",
    "full disk",
    "kill",
    "model trouble",
    "rolling restart",
    "token renewed",
    "webhook storm",
  ]);
  expect(plan(7).every((fault) => fault.kind !== "frozen" || fault.ms > 10_000)).toBe(true);
  expect(
    plan(7)
      .flatMap((fault) => (fault.kind === "database" ? [fault.how] : []))
      .toSorted(),
  ).toEqual(["fast", "immediate", "kill"]);
});
