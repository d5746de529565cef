import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { type Server, startServer } from "../../src/cli/start-server.ts";
import { readConfig, serverConfig } from "../../src/config.ts";
import { customerMessage, post } from "../support/door.ts";
import { eventually } from "../support/eventually.ts";
import { type Surroundings, startSurroundings } from "../support/surroundings.ts";

/** A server that starts while its database is away, whose disk takes nothing for a while, and then has both again. */
let surroundings: Surroundings;
let wire: Awaited<ReturnType<typeof cutWire>>;
let server: Server;
const logged: string[] = [];
const keep = (level: string) => (fields: object, message: string) => void logged.push(`${level} ${message} ${JSON.stringify(fields)}`);

beforeAll(async () => {
  surroundings = await startSurroundings();
  wire = await cutWire(surroundings.databaseUrl);
  const config = serverConfig(readConfig({ ...surroundings.env, DATABASE_URL: wire.url }));
  const log = { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
  server = await startServer(config, log, { worker: false });
}, 60_000);
afterAll(async () => {
  await server?.close();
  wire?.close();
  await surroundings?.close();
});

const send = (deliveryId: string) => post(server.url, JSON.stringify(customerMessage()), { deliveryId, secret: surroundings.secret });
const readiness = async () => {
  const answer = await fetch(`${server.url}/readyz`);
  return { status: answer.status, body: (await answer.json()) as { status: string; parts: Record<string, string> } };
};
const onDisk = async () => /^countersign_spool_deliveries (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
const counted = async (result: string) => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const samples = text.matchAll(new RegExp(`^countersign_deliveries_total\\{[^}]*result="${result}"\\} (\\d+)$`, "gm"));
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0);
};
async function recorded(): Promise<string[]> {
  const client = new pg.Client({ connectionString: surroundings.databaseUrl });
  await client.connect();
  const { rows } = await client.query("select delivery_id from webhook_deliveries");
  await client.end();
  return rows.map(({ delivery_id: id }) => id);
}

test("202 while the disk takes it, 503, counted and logged while neither does, and all that was answered 202 is recorded in the end", async () => {
  const [spooled, refused, later] = [randomUUID(), randomUUID(), randomUUID()];
  expect(await send(spooled)).toMatchObject({ status: 202, body: { status: "accepted", delivery_id: spooled } });
  expect(await readiness()).toMatchObject({
    status: 200,
    body: { status: "degraded", parts: { database: "unreachable", spool: "1 delivery waits" } },
  });

  expect(await onDisk()).toBe("1");

  const spool = join(surroundings.env.DATA_DIR ?? "", "spool");
  await rename(spool, `${spool}.away`);
  await writeFile(spool, "");
  const before = await counted("refused");
  const body = JSON.stringify(customerMessage());
  const answer = await post(server.url, body, { deliveryId: refused, secret: surroundings.secret });
  expect(answer).toMatchObject({ status: 503, type: expect.stringContaining("application/problem+json"), body: { code: "unavailable" } });
  expect(await counted("refused")).toBe(before + 1);
  expect(logged.filter((line) => /^warn delivery refused .*"unavailable"/.test(line))).toHaveLength(1);
  expect(logged.some((line) => line.startsWith("error the spool cannot be used"))).toBe(true);
  expect(await readiness()).toMatchObject({ status: 503, body: { status: "unavailable", parts: { spool: "cannot be written" } } });

  await rename(spool, `${spool}.file`);
  await rename(`${spool}.away`, spool);
  await eventually("the spool is used again", async () => (await readiness()).status === 200, 20_000);
  expect((await send(later)).status).toBe(202);

  wire.open();
  await server.ready;
  await eventually("what was spooled is recorded", async () => (await recorded()).length === 2, 30_000);
  expect((await recorded()).sort()).toEqual([spooled, later].sort());
  expect(await onDisk()).toBe("0");
  await eventually("all is well", async () => (await readiness()).body.status === "ok", 20_000);
  // Chatwoot, were it to ask again, would find its message untouched by the refusal.
  expect(await post(server.url, body, { deliveryId: refused, secret: surroundings.secret })).toMatchObject({ status: 202 });
  expect(await recorded()).toContain(refused);
}, 90_000);

/** A wire to PostgreSQL that refuses every connection until it is opened. */
async function cutWire(databaseUrl: string): Promise<{ url: string; open(): void; close(): void }> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isOpen = false;
  const listener: NetServer = createServer((socket) => {
    if (!isOpen) return void socket.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => sockets.delete(one));
      one.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const url = new URL(databaseUrl);
  url.port = String((listener.address() as AddressInfo).port);
  url.hostname = "127.0.0.1";
  return {
    url: url.href,
    open: () => {
      isOpen = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
