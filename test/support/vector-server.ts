import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server meets a call: as it should, or wrong in one way. */
export type Mood =
  | "well"
  | "hangs"
  | "stalls in the body"
  | "hangs up"
  | "too few"
  | "wrong dimension"
  | "mixed dimensions"
  | "NaN"
  | "zero"
  | "no JSON"
  | "another shape"
  | "twice the same"
  | { status: number; headers?: Record<string, string> };

export interface Asked {
  path: string;
  authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  body: any;
}

export interface VectorServer {
  url: string;
  asked: Asked[];
  /** What the next calls meet; beyond the list every call is met as `usually`. */
  next(...moods: Mood[]): void;
  usually: Mood;
  close(): Promise<void>;
}

/** Words that mean the same share a direction; others have none. */
const DIRECTIONS = [
  "car automobile vehicle",
  "price cost fee",
  "parcel package shipment",
  "leak drip seep",
  "hose line tube",
  "warranty guarantee",
];

/** A local server that speaks `/embeddings` as OpenAI does and `/rerank` as Cohere does; its faults are scripted. */
export async function startVectorServer(): Promise<VectorServer> {
  const moods: Mood[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    vectors.asked.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
    const mood = moods.shift() ?? vectors.usually;
    answer(mood, request.url?.endsWith("/rerank") ? scores(body, mood) : embeddings(body, mood), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const vectors: VectorServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    usually: "well",
    next(...list) {
      moods.splice(0, moods.length, ...list);
      vectors.asked.length = 0;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return vectors;
}

function answer(mood: Mood, body: object, response: ServerResponse): void {
  if (mood === "hangs") return;
  if (mood === "hangs up") return void response.destroy();
  if (typeof mood === "object") {
    response.writeHead(mood.status, { "content-type": "application/json", ...mood.headers });
    response.end(JSON.stringify({ error: "scripted" }));
    return;
  }
  const text =
    mood === "no JSON" ? "<html>Bad gateway</html>" : mood === "another shape" ? "{}" : JSON.stringify(body).replaceAll('"NaN"', "NaN");
  response.writeHead(200, { "content-type": "application/json" });
  if (mood === "stalls in the body") response.write(text.slice(0, 10));
  else response.end(text);
}

function embeddings({ input }: { input: string[] }, mood: Mood): object {
  const data = input.map((text, index) => ({ object: "embedding", index, embedding: numbersOf(text, index, mood) }));
  if (mood === "too few") data.pop();
  if (mood === "twice the same") for (const row of data) row.index = 0;
  return { object: "list", data: data.reverse() }; // the order is in the index
}

function numbersOf(text: string, index: number, mood: Mood): unknown[] {
  const words = new Set(text.toLowerCase().match(/[a-z]+/g));
  const numbers: unknown[] = DIRECTIONS.map((list) => (list.split(" ").some((word) => words.has(word)) ? 1 : 0.01));
  if (mood === "NaN") numbers[0] = "NaN";
  if (mood === "zero") numbers.fill(0);
  if (mood === "wrong dimension" || (mood === "mixed dimensions" && index === 0)) numbers.push(0.5, 0.5);
  return numbers;
}

/** The longer the document, the better. */
function scores({ documents }: { documents?: string[] }, mood: Mood): object {
  const results = (documents ?? []).map((document, index) => ({ index, relevance_score: document.length / 100_000 }));
  if (mood === "too few") results.pop();
  if (mood === "twice the same") for (const row of results) row.index = 0;
  return { results: results.map((row) => (mood === "NaN" ? { ...row, relevance_score: "NaN" } : row)) };
}
