import { clear, startBenchHouse } from "./house.ts";
import { startSlowModel } from "./slow-model.ts";
import { load, pause, row } from "./trip.ts";

const MODEL_MS = 2_500;
const DEBOUNCE_MS = 2_000;
const MESSAGES = 150;

/**
 * The whole trip with the real SDK and a model that takes 2.5 s: the default debounce of 2 s and the account of a day's budget are in it.
 * The same without a model stands beside it, since on a machine that others use, too, only their difference says something.
 */
export async function benchModel(): Promise<void> {
  const without = await trip({});
  const model = await startSlowModel(MODEL_MS);
  try {
    const took = await trip({ ANTHROPIC_API_KEY: "bench", ANTHROPIC_BASE_URL: model.url, MODEL_USD_PER_DAY: "1000" });
    console.table({
      [`message → pending approval, debounce ${DEBOUNCE_MS} ms, ms`]: row(without),
      [`the same with a model of ${MODEL_MS} ms`]: row(took),
      "what is beyond debounce and model": row(took.map((ms) => ms - DEBOUNCE_MS - MODEL_MS)),
    });
    console.log(`${model.calls()} calls of the model for ${took.length + 1} conversations`); // one of them warmed up
  } finally {
    await model.close();
  }
}

async function trip(env: Record<string, string>): Promise<number[]> {
  const house = await startBenchHouse({ env: { ...env, DRAFT_DEBOUNCE_SECONDS: String(DEBOUNCE_MS / 1000) } });
  try {
    await pause(3000); // the first knowledge sync
    return await load(house, MESSAGES, { settleMs: 12_000 });
  } finally {
    await house.stop();
    await clear(house);
  }
}
