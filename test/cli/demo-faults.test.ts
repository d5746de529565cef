import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DEMO_FAULTS, faultsNamed, startBrokenModel } from "../../src/cli/demo-faults.ts";
import { chatwootCall, customerWrites } from "../../src/cli/demo-helpdesk.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const named = (kind: string) => Object.keys(DEMO_FAULTS).filter((name) => name.startsWith(kind));

let simulator: Simulator;
let dataDir: string;
beforeAll(async () => {
  simulator = await startSimulator();
  dataDir = await mkdtemp(join(tmpdir(), "countersign-demo-test-"));
});
afterAll(async () => {
  await simulator.close();
  await rm(dataDir, { recursive: true });
});

test("a fault that there is not is refused with the names of those there are", async () => {
  const failed = await promisify(execFile)(process.execPath, [MAIN, "demo", "--fault", "gremlins"]).catch((error) => error);
  expect(failed.code).toBe(2);
  for (const name of Object.keys(DEMO_FAULTS)) expect(failed.stderr).toContain(name);
});

test.each(named("chatwoot"))("%s breaks Chatwoot, and mending ends it", async (name) => {
  const [fault] = faultsNamed([name]);
  const ask = () =>
    fetch(`${simulator.url}/api/v1/accounts/1/conversations/1/messages`, {
      method: "POST",
      headers: { "api-access-token": "dana-demo-access-token", "content-type": "application/json" },
      body: JSON.stringify({ content: "x", private: true }),
      signal: AbortSignal.timeout(500),
    }).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await ask()).toBe(true);
  const mend = await fault?.begin?.({ simulator, dataDir });
  expect(await ask()).toBe(false);
  await mend?.();
  expect(await ask()).toBe(true);
});

test("channel-refuses fails each new reply to the app's customers, and mending ends it", async () => {
  const shop = await startSimulator({ seed: "shop" });
  const reply = async () => {
    const { id } = await chatwootCall(shop, "POST", `/conversations/${conversation}/messages`, { content: "Your parcel left today." });
    return () => shop.state.messages.get(id)?.content_attributes.external_error;
  };
  await customerWrites(shop, { name: "Ben Okafor", through: "app", text: "Where is it?" });
  const conversation = Math.max(...[...shop.state.conversations.values()].map(({ display_id }) => display_id));
  const mend = await faultsNamed(["channel-refuses"])[0]?.begin?.({ simulator: shop, dataDir });
  const refused = await reply();
  for (const end = Date.now() + 10_000; !refused() && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(refused()).toMatch(/push service/);
  await mend?.();
  const taken = await reply();
  await new Promise((resolve) => setTimeout(resolve, 600)); // three looks
  expect(taken()).toBeUndefined();
  await shop.close();
});

test.each(named("webhooks"))("%s is a fault that the simulator knows", async (name) => {
  const mend = await faultsNamed([name])[0]?.begin?.({ simulator, dataDir });
  await expect(mend?.()).resolves.toBeUndefined();
});

test.each(named("model"))("%s gives no answer that is a draft", async (name) => {
  const [fault] = faultsNamed([name]);
  const model = await startBrokenModel(fault?.model ?? ((response) => void response.end()));
  try {
    const answer = await fetch(model.url, { method: "POST", body: "{}", signal: AbortSignal.timeout(500) }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      () => null,
    );
    if (answer?.status === 200) expect(() => JSON.parse(JSON.parse(answer.text).content[0].text)).toThrow();
    else expect(answer === null || answer.status >= 400).toBe(true);
  } finally {
    model.close();
  }
});

test("disk-unwritable takes the spool's folder away and brings it back", async () => {
  const spool = join(dataDir, "spool");
  await mkdir(spool);
  const mend = await faultsNamed(["disk-unwritable"])[0]?.begin?.({ simulator, dataDir });
  expect((await stat(spool)).isDirectory()).toBe(false);
  await mend?.();
  expect((await stat(spool)).isDirectory()).toBe(true);
});
