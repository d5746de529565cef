import { appendFileSync } from "node:fs";
import { openSpool } from "../../../src/adapters/spool/spool.ts";
import { drainAll, memoryLog, numberOf, recordOf } from "./records.ts";

/**
 * A process that appends records to a spool, several at a time, and prints the number of each that was acknowledged, or `refused`:
 * `directory first count staleAfterMs [drainedFile]`. With a file it drains, too, into that; it ends when it is killed or its input closes.
 */
const [directory = "", first = "0", count = "0", staleAfterMs = "5000", drainedFile] = process.argv.slice(2);
const spool = await openSpool({ directory, log: memoryLog(), staleAfterMs: Number(staleAfterMs) });
let isOver = false;
process.stdin.resume().once("end", () => {
  isOver = true;
});

async function append(): Promise<void> {
  let n = Number(first);
  const end = n + Number(count);
  const one = async () => {
    while (n < end && !isOver) {
      const mine = n++;
      const said = await spool.append(recordOf(mine)).then(
        () => String(mine),
        () => "refused",
      );
      process.stdout.write(`${said}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  process.stdout.write("done\n");
}

async function drain(file: string): Promise<void> {
  while (!isOver) {
    for (const { record } of await drainAll(spool)) appendFileSync(file, `${numberOf(record)}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([append(), drainedFile && drain(drainedFile)]);
if (!isOver) await new Promise((resolve) => process.stdin.once("end", resolve));
await spool.close();
process.exit(0);
