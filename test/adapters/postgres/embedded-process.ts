import { createInterface } from "node:readline";
import { openDatabase } from "../../../src/adapters/postgres/database.ts";
import { startEmbedded } from "../../../src/adapters/postgres/embedded.ts";

/** A process that uses the embedded database of the folder it is given: told what to do line by line, answers each with one line of JSON. */
try {
  const server = await startEmbedded({ dataDir: String(process.argv[2]) });
  const { pool, close } = openDatabase({ url: server.url, poolSize: 3 });
  answer({ url: server.url });
  for await (const line of createInterface(process.stdin)) {
    const [command, ...words] = line.split(" ");
    try {
      if (command === "query") answer({ rows: (await pool.query(words.join(" "))).rows });
      if (command === "ensure") answer({ done: await server.ensureRunning().then(() => true) });
      if (command === "release") {
        await close();
        await server.release();
        answer({ done: true });
        process.exit(0);
      }
    } catch (error) {
      answer({ error: (error as Error).message });
    }
  }
} catch (error) {
  answer({ error: (error as Error).message });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
