import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEmbedded } from "../../src/adapters/postgres/embedded.ts";
import { eventually } from "../support/eventually.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const running = new Set<ChildProcess>();
const folders: string[] = [];

afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) await removeEmbedded(folder);
});

test("SIGTERM to npm reaches the server, which ends in order, its database with it", async () => {
  const server = await start();
  await eventually("the server is ready", () => server.said().includes('"ready"'), 30_000);
  server.child.kill("SIGTERM");
  await server.ended;
  expect(server.said()).toContain('"stopped"');
  expect(isServing(server.dataDir)).toBe(false);
}, 60_000);

test("SIGTERM to a shell that passes nothing on ends the server all the same", async () => {
  const server = await start({ command: ["sh", "-c", "node src/main.ts serve; exit 0"], env: { npm_command: "exec" } });
  await eventually("the server is ready", () => server.said().includes('"ready"'), 30_000);
  server.child.kill("SIGTERM");
  await eventually("the server has stopped", () => server.said().includes('"stopped"'), 20_000);
  expect(isServing(server.dataDir)).toBe(false);
}, 60_000);

test("SIGTERM while the server is still starting leaves nothing behind, also when it comes twice", async () => {
  const server = await start();
  await eventually("the database is started", () => server.said().includes("embedded database started"), 30_000);
  server.child.kill("SIGTERM");
  server.child.kill("SIGTERM");
  await server.ended;
  expect(server.said()).toContain('"stopped"');
  expect(isServing(server.dataDir)).toBe(false);
}, 60_000);

test("a Chatwoot that never answers does not keep a server that was told to end", async () => {
  const silent = createTcpServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const asked = once(silent, "connection");
  const server = await start({ env: { CHATWOOT_BASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` } });
  await asked; // the articles of its help center
  server.child.kill("SIGTERM");
  const [code] = await server.ended;
  expect(code).toBe(0);
  expect(server.said()).toContain('"stopped"');
  expect(isServing(server.dataDir)).toBe(false);
  silent.close();
}, 60_000);

test("a port that is taken and a host that is none of ours stop the start, name themselves and leave no database running", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const wrong: [string, Record<string, string>][] = [
    ["PORT: ", { PORT: String((other.address() as AddressInfo).port) }],
    ["HOST: ", { HOST: "192.0.2.1" }],
  ];
  for (const [name, env] of wrong) {
    const server = await start({ env });
    const [code] = await server.ended;
    expect(code).toBe(2);
    expect(server.complained()).toContain(name);
    expect(isServing(server.dataDir)).toBe(false);
  }
  other.close();
}, 60_000);

test("a policy file that cannot be read stops the start and names its variable", async () => {
  const server = await start({ env: { POLICY_FILE: join(ROOT, "no-such-policy.yaml") } });
  const [code] = await server.ended;
  expect(code).toBe(2);
  expect(server.complained()).toContain("POLICY_FILE: ");
});

test("an option that is not there is wrong usage, and --help is an answer", async () => {
  const wrong = await start({ command: ["node", "src/main.ts", "serve", "--no-such-option"] });
  expect((await wrong.ended)[0]).toBe(2);
  expect(wrong.complained()).toContain("usage: countersign serve");
  const asked = await start({ command: ["node", "src/main.ts", "worker", "--help"] });
  expect((await asked.ended)[0]).toBe(0);
  expect(asked.said()).toContain("usage: countersign worker");
});

/** A command as people start it, with a folder of its own and a Chatwoot that is not there. */
async function start({ command = ["npm", "-s", "start"], env = {} }: { command?: string[]; env?: Record<string, string> } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-start-"));
  folders.push(dataDir);
  const child = spawn(command[0] ?? "", command.slice(1), {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: "0",
      DATA_DIR: dataDir,
      CHATWOOT_BASE_URL: "http://127.0.0.1:9",
      CHATWOOT_ACCOUNT_ID: "1",
      CHATWOOT_API_TOKEN: "token",
      CHATWOOT_WEBHOOK_SECRET: "secret",
      ENCRYPTION_KEY: "ab".repeat(32),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let [said, complained] = ["", ""];
  child.stdout.on("data", (data) => {
    said += data;
  });
  child.stderr.on("data", (data) => {
    complained += data;
  });
  const ended = once(child, "close").then((end) => {
    running.delete(child);
    return end;
  });
  return { child, dataDir, ended, said: () => said, complained: () => complained };
}

/** Whether a PostgreSQL runs in a data folder; one that has ended takes its postmaster.pid along. */
function isServing(dataDir: string): boolean {
  try {
    return readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8") !== "";
  } catch {
    return false;
  }
}
