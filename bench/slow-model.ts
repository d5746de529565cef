import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A local server that speaks the Messages API and takes its time; it answers with the first words of the best passage, quoted. */
export async function startSlowModel(takesMs: number): Promise<{ url: string; calls(): number; close(): Promise<void> }> {
  let calls = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    calls += 1;
    const { model, messages } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(messageOf(model, messages[0].content)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function messageOf(model: string, prompt: string) {
  const passages = JSON.parse(/<passages-[^>]+>\n([\s\S]*?)\n<\/passages-/.exec(prompt)?.[1] ?? "[]") as { text: string }[];
  const quote = passages[0]?.text.split(/\s+/).slice(0, 20).join(" ") ?? null;
  const sentence = quote
    ? { text: quote, kind: "fact", passage_id: "P1", quote, new_paragraph: false }
    : { text: "A colleague will check.", kind: "courtesy", passage_id: null, quote: null, new_paragraph: false };
  const answer = {
    sentences: [sentence],
    intent: "product_question",
    sentiment: "neutral",
    urgency: "normal",
    language: "en",
    missing: [],
    self_rating: 0.8,
    recommended_action: "review",
  };
  return {
    id: "msg_bench",
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: JSON.stringify(answer) }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 3000, output_tokens: 200 },
  };
}
