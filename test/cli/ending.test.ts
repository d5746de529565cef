import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { customerMessage, sealed } from "../support/door.ts";
import { eventually } from "../support/eventually.ts";
import { type Surroundings, startSurroundings } from "../support/surroundings.ts";

/** How a server and a worker end when they are told to, with work in their hands. */
const ROOT = join(import.meta.dirname, "..", "..");
let surroundings: Surroundings;
let database: pg.Client;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  surroundings = await startSurroundings();
  database = new pg.Client({ connectionString: surroundings.databaseUrl });
  await database.connect();
}, 60_000);
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await database?.end();
  await surroundings?.close();
});

async function start(...args: string[]) {
  const child = spawn(process.execPath, ["src/main.ts", ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...surroundings.env, LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  let said = "";
  child.stdout?.on("data", (data) => {
    said += data;
  });
  const ended = once(child, "close").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const lines = () =>
    said
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { msg: string; url?: string; delivery_id?: string });
  await eventually("it is ready", () => said.includes('"ready"'), 30_000);
  return { child, ended, said: () => said, lines, url: lines().find(({ msg }) => msg === "ready")?.url ?? "" };
}

const refuses = (url: string) =>
  new Promise<boolean>((resolve) => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(false);
    }).on("error", () => resolve(true));
  });

test("told to end in the middle of a delivery, a server takes no new one, answers that one 202 after its commit, and ends with 0 and its last line", async () => {
  const server = await start("serve", "--no-worker");
  const deliveryId = randomUUID();
  const body = JSON.stringify(customerMessage({ content: "long ".repeat(1000) }));
  const headers = { ...sealed(body, { deliveryId, secret: surroundings.secret }), "Content-Length": body.length, Expect: "100-continue" };
  const sending = request(`${server.url}/webhooks/chatwoot`, { method: "POST", headers });
  sending.flushHeaders();
  await once(sending, "continue"); // the server has it in hand
  sending.write(body.slice(0, 100));
  server.child.kill("SIGTERM");
  await eventually("nobody new is let in", () => refuses(server.url));
  const answered = once(sending, "response");
  sending.end(body.slice(100));
  const [response] = await answered;
  expect(response.statusCode).toBe(202);
  const { rows } = await database.query("select outcome from webhook_deliveries where delivery_id = $1", [deliveryId]);
  expect(rows).toEqual([{ outcome: "accepted" }]);
  response.resume();

  expect(await server.ended).toBe(0);
  expect(server.said().endsWith("\n")).toBe(true);
  expect(server.lines().at(-1)?.msg).toBe("stopped");
  expect(server.lines().map(({ delivery_id: id }) => id)).toContain(deliveryId);
}, 60_000);

test("told to end in the middle of a job, a worker finishes it or gives it back, and the next one goes on at once", async () => {
  const server = await start("serve", "--no-worker");
  await surroundings.sendWebhooksTo(server.url);
  const worker = await start("worker");
  const hang = { match: { method: "GET", path: "/api/v1/accounts/1/conversations/*/messages", times: 1 }, fault: { delay_ms: 9_500 } };
  await fetch(`${surroundings.simulator.url}/simulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(hang),
  });
  const customer = await surroundings.customer("Rosa Late");
  const messageId = await customer.write("Which AN size do I need for a 350 Chevy with a four-barrel carburetor?");
  const state = async () =>
    (
      await database.query("select state, retry_count from pgboss.job where name = 'draft-reply' and data->>'conversationId' = $1", [
        String(customer.conversationId),
      ])
    ).rows;
  await eventually("it is being drafted", async () => (await state())[0]?.state === "active");
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect((await state())[0]?.state).not.toBe("active");

  const next = await start("worker");
  await eventually("it is drafted", async () => {
    const { rows } = await database.query("select 1 from agent_approvals where message_id = $1 and status = 'pending'", [messageId]);
    return rows.length === 1;
  });
  for (const each of [next, server]) each.child.kill("SIGTERM");
  expect([await next.ended, await server.ended]).toEqual([0, 0]);
  expect((await database.query("select kind from dead_letters")).rows).toEqual([]);
}, 90_000);
