import pRetry from "p-retry";
import type { z } from "zod";
import type { Breaker } from "../../core/breaker.ts";
import { HelpdeskError } from "../../ports/helpdesk.ts";
import { failureOf, lostFailure, unreadableAnswer } from "./failures.ts";

/** Milliseconds that one call may take, its retries and the answer's body included. */
const TIMEOUT_MS = 10_000;

/** What stands in a header without breaking it; a token of another form is nobody's. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

/** One call of Chatwoot's API. `path` begins after the base URL and holds ids only; `token` replaces the service user's. */
export interface ApiRequest<Answer> {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: object;
  token?: string | null;
  /** What we use of the answer; an empty answer is `undefined`. */
  answer: z.ZodType<Answer>;
}

/** How a Chatwoot is reached. `breaker` is shared by all who ask the same one. */
export interface ClientOptions {
  baseUrl: string;
  token: string;
  timeoutMs?: number;
  breaker?: Breaker;
}

/** Calls Chatwoot's API and answers with what the schema let through. Throws HelpdeskError. */
export type Client = <Answer>(request: ApiRequest<Answer>) => Promise<Answer>;

/**
 * A client for one Chatwoot. Reads are tried three times within the time limit; a write is sent once and never again from here,
 * because only whoever looks first may repeat it. Neither tokens nor bodies stand in its errors.
 */
export function createClient(options: ClientOptions): Client {
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  return async (request) => {
    const token = request.token ?? options.token;
    if (!TOKEN.test(token)) throw new HelpdeskError("refused", "An access token of this form cannot be Chatwoot's.");
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const attempt = () => guarded(options.breaker, () => send(`${baseUrl}${request.path}`, request, token, signal));
    if (request.method !== "GET") return attempt();
    return pRetry(attempt, {
      retries: 2,
      minTimeout: 150,
      factor: 2,
      randomize: true,
      shouldRetry: ({ error }) =>
        error instanceof HelpdeskError && error.kind === "unavailable" && error.retryAfterSeconds === null && !signal.aborted,
    });
  };
}

/** Makes the call unless Chatwoot is being left alone; nothing was written then. */
async function guarded<Answer>(breaker: Breaker | undefined, call: () => Promise<Answer>): Promise<Answer> {
  if (!breaker) return call();
  const waitMs = breaker.wait();
  if (waitMs > 0) {
    throw new HelpdeskError("unavailable", "Chatwoot failed again and again and is left alone for a moment.", {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    });
  }
  try {
    const answer = await call();
    breaker.answered();
    return answer;
  } catch (error) {
    if (error instanceof HelpdeskError && (error.kind === "unavailable" || error.kind === "unknown")) breaker.failed(error.message);
    else breaker.answered();
    throw error;
  }
}

async function send<Answer>(url: string, request: ApiRequest<Answer>, token: string, signal: AbortSignal): Promise<Answer> {
  const headers: Record<string, string> = { "Api-Access-Token": token, Accept: "application/json" };
  if (request.body) headers["Content-Type"] = "application/json";
  let response: Response;
  let text: string;
  try {
    // Followed by hand, i.e. not at all: a redirected POST becomes a GET, and the token would go along to wherever.
    response = await fetch(url, {
      method: request.method,
      headers,
      body: request.body ? JSON.stringify(request.body) : null,
      signal,
      redirect: "manual",
    });
    text = await response.text();
  } catch (error) {
    throw lostFailure(request, error);
  }
  if (!response.ok) throw failureOf(request, response, text);
  const answer = request.answer.safeParse(parse(text));
  if (!answer.success) throw unreadableAnswer(request, response.status, answer.error.issues[0]?.path.join("."));
  return answer.data;
}

/** An empty 200 says `application/json`, too; what is not JSON is left to the schema to refuse. */
function parse(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
