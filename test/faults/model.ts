import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Dice, NONCE } from "./dice.ts";

/** A Messages API that drafts in a moment and fails as told. */
export interface FaultyModel {
  /** Where the process of that name asks. */
  urlFor(caller: string): string;
  /** The share of calls that fail from now on. */
  trouble: number;
  calls(): number;
  failures(): number;
  /** Conversations for which two drafts were asked at once, with the messages they were about. */
  overlaps: { conversation: number; messages: string[] }[];
  /** How often a draft was asked for beside the call of a process that stands still: it cannot hang up, and works on nothing. */
  takenOver(): number;
  /** Ends what hangs. */
  release(): void;
  close(): Promise<void>;
}

const SLOWEST_MS = 400;
/** What a failing call meets; some cost nothing, some were paid for. */
const TROUBLES = ["429", "429 later", "500", "502", "529", "hang up", "cut body", "stalled headers", "nonsense"] as const;

/** Starts it on loopback. `conversationOf` says which conversation a nonce word was written in. */
export async function startModel({
  dice,
  conversationOf,
  standsStill,
}: {
  dice: Dice;
  conversationOf(nonce: string): number | undefined;
  standsStill(caller: string): boolean;
}): Promise<FaultyModel> {
  let calls = 0;
  let failures = 0;
  const hanging = new Set<ServerResponse>();
  let takenOver = 0;
  const underWay = new Map<number, { caller: string; asked: string[] }>();
  const overlaps: FaultyModel["overlaps"] = [];

  /** Watches that no conversation is drafted twice at the same time. A connection that ends, ends its draft. */
  function watch(caller: string, asked: string[], response: ServerResponse): void {
    const conversation = conversationOf(asked[0] ?? "");
    if (conversation === undefined) return;
    const other = underWay.get(conversation);
    if (other && standsStill(other.caller)) takenOver += 1;
    else if (other) overlaps.push({ conversation, messages: [...other.asked, ...asked] });
    const mine = { caller, asked };
    underWay.set(conversation, mine);
    response.once("close", () => underWay.get(conversation) === mine && underWay.delete(conversation));
  }

  const server = createServer(async (request, response) => {
    response.on("error", () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // whoever asked was killed
    }
    calls += 1;
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Call;
    watch(callerIn(request.url ?? ""), newestMessages(body.messages[0]?.content ?? ""), response);
    await pause(dice.int(20, SLOWEST_MS));
    if (model.trouble > 0 && dice.chance(model.trouble)) {
      failures += 1;
      fail(dice.pick(TROUBLES), response, body);
    } else response.writeHead(200, JSON_TYPE).end(JSON.stringify(answerOf(draft(dice, body), body.model)));
  });

  function fail(trouble: (typeof TROUBLES)[number], response: ServerResponse, call: Call): void {
    const status = Number(trouble.slice(0, 3));
    if (status) {
      const headers = trouble === "429 later" ? { "retry-after": "25" } : {};
      response
        .writeHead(status, { ...JSON_TYPE, ...headers })
        .end(JSON.stringify({ type: "error", error: { type: "api_error", message: "no" } }));
    } else if (trouble === "hang up") response.destroy();
    else if (trouble === "nonsense") response.writeHead(200, JSON_TYPE).end(JSON.stringify(answerOf({ sentences: "none" }, call.model)));
    else if (trouble === "stalled headers") {
      hanging.add(response);
      response.once("close", () => hanging.delete(response));
    } else {
      response.writeHead(200, { ...JSON_TYPE, "content-length": "5000" });
      response.write(JSON.stringify(answerOf(draft(dice, call), call.model)).slice(0, 60));
      setTimeout(() => response.destroy(), 30);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const release = () => {
    for (const response of hanging) response.destroy();
  };
  const model: FaultyModel = {
    urlFor: (caller) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${encodeURIComponent(caller)}`,
    trouble: 0,
    calls: () => calls,
    failures: () => failures,
    overlaps,
    takenOver: () => takenOver,
    release,
    async close() {
      release();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return model;
}

const JSON_TYPE = { "content-type": "application/json" };

const callerIn = (path: string): string => decodeURIComponent(path.split("/")[1] ?? "");

/** The nonce words of the messages that a draft is asked for. */
function newestMessages(prompt: string): string[] {
  const said = blockOf<{ text: string; new?: true }>("conversation", prompt);
  return said.filter((one) => one.new).flatMap(({ text }) => text.match(NONCE) ?? []);
}

/** The data block of a prompt by its name. */
function blockOf<Entry>(name: string, prompt: string): Entry[] {
  const block = new RegExp(`<${name}-(\\S+)>\\n([\\s\\S]*?)\\n</${name}-\\1>`).exec(prompt)?.[2];
  return JSON.parse(block ?? "[]") as Entry[];
}

interface Call {
  model: string;
  messages: { content: string }[];
  output_config: { format: { schema: Schema } };
}

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

/** A greeting, a sentence of the best passage word for word, and one that no other draft has; whatever else the schema asks for gets its plainest value. */
function draft(dice: Dice, call: Call): object {
  const sentence = (text: string) => ({ text, kind: "courtesy", passage_id: null, quote: null, new_paragraph: false });
  const [best] = blockOf<{ id: string; text: string }>("passages", call.messages[0]?.content ?? "");
  const quote = best?.text.split(/(?<=\.)\s/)[0] ?? "";
  const fact = best ? [{ ...sentence(quote), kind: "fact", passage_id: best.id, quote }] : [];
  return {
    ...(plainest(call.output_config.format.schema) as object),
    sentences: [
      sentence("Thank you for writing to us."),
      ...fact,
      sentence(`A colleague looks into it and writes to you, ${dice.nonce()}.`),
    ],
    language: "en",
  };
}

function plainest({ type, enum: words, anyOf, properties }: Schema): unknown {
  if (words) return words[0];
  if (anyOf) return plainest(anyOf[0] as Schema);
  switch (Array.isArray(type) ? type[0] : type) {
    case "object":
      return Object.fromEntries(Object.entries(properties ?? {}).map(([name, schema]) => [name, plainest(schema)]));
    case "array":
      return [];
    case "string":
      return "";
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return 0.7;
  }
}

function answerOf(answer: object, model: string): object {
  return {
    id: "msg_fault",
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: JSON.stringify(answer) }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 900, output_tokens: 90, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  };
}
