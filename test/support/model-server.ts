import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the scripted Messages API meets one call. */
export type Turn =
  | { answer: unknown; stop?: string; usage?: Record<string, number>; model?: string; afterMs?: number }
  | { status: number; headers?: Record<string, string>; body?: string }
  | { fault: "stalled headers" | "stalled body" | "cut body" | "hang up" }
  | ((request: ModelRequest) => Turn);

/** A call as it arrived. */
export interface ModelRequest {
  headers: IncomingMessage["headers"];
  body: {
    model: string;
    max_tokens: number;
    system: { text: string; cache_control?: unknown }[];
    messages: { role: string; content: string }[];
    output_config?: { format?: { type: string; schema: unknown }; effort?: string };
    temperature?: number;
  };
}

export interface ModelServer {
  url: string;
  /** Every call so far, paid or not. */
  requests: ModelRequest[];
  /** Calls under way now: a connection that ends, ends its call. */
  underWay(): number;
  /** The most calls that were under way at once since the last script. */
  mostAtOnce(): number;
  /** What the coming calls meet, in order; beyond the script every call is a 418 that fails the test. */
  script(...turns: Turn[]): void;
  close(): Promise<void>;
}

/** A local server that speaks Anthropic's Messages API as scripted, faults included. Loopback, random port. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  let turns: Turn[] = [];
  let underWay = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    response.once("close", () => {
      underWay -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received: ModelRequest = { headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
    requests.push(received);
    await play(turns.shift() ?? { status: 418, body: "beyond the script" }, received, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    underWay: () => underWay,
    mostAtOnce: () => most,
    script(...next) {
      turns = next;
      requests.length = 0;
      most = underWay;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function play(turn: Turn, request: ModelRequest, response: ServerResponse): Promise<void> {
  if (typeof turn === "function") return play(turn(request), request, response);
  if ("fault" in turn) {
    if (turn.fault === "stalled headers") return;
    if (turn.fault === "hang up") {
      response.destroy();
      return;
    }
    const body = JSON.stringify(messageOf({ answer: "never seen whole" }, request));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.write(body.slice(0, 40));
    if (turn.fault === "cut body") setTimeout(() => response.destroy(), 20);
    return;
  }
  if ("status" in turn) {
    response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
    response.end(turn.body ?? JSON.stringify({ type: "error", error: { type: "api_error", message: "scripted" } }));
    return;
  }
  if (turn.afterMs) await new Promise((resolve) => setTimeout(resolve, turn.afterMs));
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(messageOf(turn, request)));
}

function messageOf({ answer, stop = "end_turn", usage, model }: Extract<Turn, { answer: unknown }>, request: ModelRequest) {
  return {
    id: "msg_test",
    type: "message",
    role: "assistant",
    model: model ?? request.body.model,
    content: [{ type: "text", text: typeof answer === "string" ? answer : JSON.stringify(answer) }],
    stop_reason: stop,
    stop_sequence: null,
    usage: { input_tokens: 1000, output_tokens: 200, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...usage },
  };
}
