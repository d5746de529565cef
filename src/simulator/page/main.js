import { overview } from "./chatwoot.js";
import { customerSide } from "./customer.js";
import { byId } from "./dom.js";
import { operatorSide } from "./operator.js";

const EVERY_MS = 1000;
let revision = null;
let running = null;

const customer = customerSide(() => refresh(true));
const operator = operatorSide(() => refresh(true));

/** Looks whether anything changed and shows it; one look at a time. */
async function refresh(always = false) {
  if (running && !always) return running;
  await running?.catch(() => {});
  running = look(always).finally(() => {
    running = null;
  });
  return running;
}

async function look(always) {
  try {
    const data = await overview();
    byId("connection").textContent = "";
    if (!always && data.revision === revision) return;
    revision = data.revision;
    await Promise.all([customer.update(data), operator.update(data)]);
  } catch (problem) {
    byId("connection").textContent = `No answer from the simulator: ${problem.message}`;
  }
}

await refresh(true);
setInterval(() => document.hidden || refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
