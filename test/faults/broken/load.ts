import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BROKEN } from "./builds.ts";

/**
 * Loaded before the program (`node --import`): changes one module's text as it is loaded. A text that is not found ends the process, so
 * that a build which is no longer broken is noticed.
 */
const build = BROKEN[process.env.COUNTERSIGN_FAULTS_BROKEN ?? ""];
if (!build) throw new Error("COUNTERSIGN_FAULTS_BROKEN names no broken build.");
const SRC = pathToFileURL(join(process.cwd(), "src")).href;

registerHooks({
  load(url, context, next) {
    const patches = build.patches.filter(({ file }) => url === `${SRC}/${file}`);
    if (patches.length === 0) return next(url, context);
    let source = readFileSync(fileURLToPath(url), "utf8");
    for (const { file, from, to } of patches) {
      const changed = source.replace(from, () => to);
      if (changed === source) throw new Error(`${file} no longer holds what a broken build changes: ${from}`);
      source = changed;
    }
    return { format: "module-typescript", source, shortCircuit: true };
  },
});
