import { clear, quantile, startBenchHouse } from "./house.ts";

const ROUNDS = 5;

/** From the command to the first 200 of `/readyz`: with an empty folder, and with one that a server has used before. */
export async function benchStart(): Promise<void> {
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = await startBenchHouse();
    first.push(fresh.readyAfterMs);
    await fresh.stop();
    const again = await startBenchHouse({ dataDir: fresh.dataDir });
    later.push(again.readyAfterMs);
    await again.stop();
    await clear(again);
  }
  const row = (times: number[]) => ({ "median ms": Math.round(quantile(times, 0.5)), "slowest ms": Math.round(Math.max(...times)) });
  console.table({ "first start (creates the database)": row(first), "later start": row(later) });
}
