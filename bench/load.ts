import { fork } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/** One round of deliveries: how many a second were answered 202, how long each took, and how many had another answer. */
export interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  refused: number;
}

interface Order {
  url: string;
  secret: string;
  connections: number;
  deliveries: number;
  /** Beside another generator: a number of its own, so that no two send the same message. */
  lane?: number;
  /** Deliveries a second; without it each connection sends as fast as it is answered. */
  perSecond?: number;
}

const BODY_BYTES = 3800;
/** More than the microseconds of thirty years. */
const LANE = 1e15;
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Sends signed deliveries from a process of its own over keep-alive connections. All are signed before the first is sent, and nothing is
 * parsed but status and length: what the generator costs is taken from the same two cores.
 */
export async function load(order: Order): Promise<Round> {
  const child = fork(import.meta.filename, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(order);
  const [round] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error("the load generator ended early");
    }),
  ])) as [Round];
  if (child.exitCode === null) await once(child, "exit");
  return round;
}

/** A customer's message as Chatwoot tells it, 3.8 KB long, a message of its own in one of a thousand conversations. */
export function deliveryBody(id: number): string {
  const message = { ...EXAMPLE, id, created_at: new Date().toISOString(), conversation: { ...EXAMPLE.conversation, id: (id % 1000) + 1 } };
  const bare = JSON.stringify(message);
  return JSON.stringify({ ...message, additional_attributes: { padding: "x".repeat(Math.max(0, BODY_BYTES - bare.length - 14)) } });
}

const EXAMPLE = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/deliveries/product-350-chevy-an-size.json"), "utf8")).body;

function requestBytes(url: URL, secret: string, id: number): Buffer {
  const body = deliveryBody(id);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    "User-Agent: rest-client/2.1.0 (linux-gnu x86_64) ruby/3.4.4p34",
    "Accept: application/json",
    "Content-Type: application/json",
    `X-Chatwoot-Delivery: ${randomUUID()}`,
    `X-Chatwoot-Timestamp: ${timestamp}`,
    `X-Chatwoot-Signature: sha256=${signature}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

async function run({ url: address, secret, connections, deliveries, lane = 0, perSecond }: Order): Promise<Round> {
  const url = new URL(address);
  const firstId = Date.now() * 1000 + lane * LANE;
  const requests = Array.from({ length: deliveries }, (_, index) => requestBytes(url, secret, firstId + index));
  const took = new Float64Array(deliveries);
  let next = 0;
  let answered = 0;
  let accepted = 0;
  const done = Promise.withResolvers<void>();

  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      await once(socket, "connect");
      return socket;
    }),
  );
  const began = performance.now();
  for (const socket of sockets) {
    let sentAt = 0;
    let pending: Buffer | null = null;
    const send = () => {
      const index = next++;
      const request = requests[index];
      if (!request) return;
      const now = performance.now();
      sentAt = perSecond ? began + (index * 1000) / perSecond : now; // at a given pace, waiting for a free connection counts
      if (sentAt > now) setTimeout(() => socket.write(request), sentAt - now);
      else socket.write(request);
    };
    socket.on("data", (chunk) => {
      const answer: Buffer = pending ? Buffer.concat([pending, chunk]) : chunk;
      const status = statusOfWhole(answer);
      if (status === null) {
        pending = answer;
        return;
      }
      pending = null;
      took[answered++] = performance.now() - sentAt;
      if (status === 202) accepted++;
      if (answered === deliveries) done.resolve();
      else send();
    });
    socket.on("error", done.reject);
    socket.on("close", () => done.reject(new Error("the server closed a connection")));
    send();
  }
  await done.promise;
  const seconds = (performance.now() - began) / 1000;
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  took.sort();
  const at = (share: number) => Math.round((took[Math.floor((deliveries - 1) * share)] ?? Number.NaN) * 10) / 10;
  return { perSecond: Math.round(accepted / seconds), p50: at(0.5), p99: at(0.99), refused: deliveries - accepted };
}

/** The status of an answer that is there to its end, else null. */
function statusOfWhole(answer: Buffer): number | null {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = answer.toString("latin1", 0, headEnd);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return answer.length >= headEnd + HEAD_END.length + length ? Number(head.slice(9, 12)) : null;
}

if (process.argv[1] === import.meta.filename) {
  process.once("message", async (order: Order) => {
    process.send?.(await run(order), () => process.disconnect());
  });
}
