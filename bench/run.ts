import { benchDoor } from "./door.ts";
import { benchFaults } from "./faults.ts";
import { benchKnowledge } from "./knowledge.ts";
import { benchModel } from "./model.ts";
import { benchSpool } from "./spool.ts";
import { benchStart } from "./start.ts";
import { benchTrip } from "./trip.ts";

/** `npm run bench [start] [trip] [model] [knowledge] [door] [spool] [faults]`: the figures of the README; all of them without arguments. */
const BENCHES: Record<string, () => Promise<void>> = {
  start: benchStart,
  trip: benchTrip,
  model: benchModel,
  knowledge: benchKnowledge,
  door: benchDoor,
  spool: benchSpool,
  faults: benchFaults,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}"; there are ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) if (chosen.length === 0 || chosen.includes(name)) await bench();
