import { HelpdeskError, type HelpdeskFailure } from "../../ports/helpdesk.ts";

/** The call that failed, as errors name it. */
interface Call {
  method: string;
  path: string;
}

/** Chatwoot lets 200 messages a minute into one conversation and says no more than that. */
const TOO_MANY_MESSAGES_SECONDS = 60;
/** No Retry-After is obeyed longer: an hour of silence is an outage. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;

/** What an answer that is no success means. Chatwoot says 401 also for "not permitted", and a proxy's own 404 is not Chatwoot's. */
export function failureOf(call: Call, response: Response, text: string): HelpdeskError {
  const said = errorText(text);
  const failure = (kind: HelpdeskFailure, retryAfterSeconds: number | null = null) =>
    new HelpdeskError(kind, `Chatwoot answered ${response.status} to ${name(call)}${said ? `: ${said}` : "."}`, {
      httpStatus: response.status,
      retryAfterSeconds,
    });
  const retryAfter = retryAfterSeconds(response.headers.get("retry-after"));
  const { status } = response;
  if (status === 401) return failure(/not authorized|suspended/i.test(said ?? "") ? "forbidden" : "refused");
  if (status === 403) return failure("forbidden");
  if (status === 404) return failure(said === null ? "unavailable" : "gone", retryAfter);
  if (status === 422 && /too many messages/i.test(said ?? "")) return failure("busy", TOO_MANY_MESSAGES_SECONDS);
  if (status === 429) return failure("busy", retryAfter);
  if (status >= 300 && status < 400) {
    return new HelpdeskError(
      "unavailable",
      `Chatwoot redirected ${name(call)}: CHATWOOT_BASE_URL must be the address it is redirected to.`,
      {
        httpStatus: status,
      },
    );
  }
  if (status >= 500 || status === 408) return failure(fateUnknown(call), retryAfter);
  return failure("invalid");
}

/** What it means that no whole answer came. Where not even a connection was made, nothing can have been written. */
export function lostFailure(call: Call, error: unknown): HelpdeskError {
  const reason = error instanceof Error && error.name === "TimeoutError" ? "did not answer in time" : "could not be reached or hung up";
  const kind = neverConnected(error) ? "unavailable" : fateUnknown(call);
  const code = codeOf(error);
  return new HelpdeskError(kind, `Chatwoot ${reason} on ${name(call)}${code ? ` (${code})` : ""}.`, { cause: error });
}

/** A success whose body is not what Chatwoot answers: a proxy's page, or a Chatwoot that we do not know. */
export function unreadableAnswer(call: Call, status: number, field: string | undefined): HelpdeskError {
  const where = field ? ` (field \`${field}\`)` : "";
  return new HelpdeskError(
    fateUnknown(call),
    `The answer to ${name(call)} is not one of Chatwoot's${where}: check CHATWOOT_BASE_URL and Chatwoot's version.`,
    { httpStatus: status },
  );
}

const fateUnknown = (call: Call): HelpdeskFailure => (call.method === "GET" ? "unavailable" : "unknown");

const name = (call: Call): string => `${call.method} ${call.path}`;

/** The reason in Chatwoot's words, first line only (a database error goes on with the row); null when the body is not Chatwoot's JSON. */
function errorText(text: string): string | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const { error, errors, message } = body as { error?: unknown; errors?: unknown; message?: unknown };
  const said = [error, Array.isArray(errors) ? errors[0] : null, message].find((candidate) => typeof candidate === "string");
  return typeof said === "string" ? (said.split("\n", 1)[0] ?? "").slice(0, 160) : null;
}

function retryAfterSeconds(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS);
}

/** The system calls before the first byte is sent. */
const CONNECTING = new Set(["connect", "getaddrinfo"]);

interface SystemError {
  code?: unknown;
  syscall?: unknown;
  errors?: unknown[];
}

function neverConnected(error: unknown): boolean {
  const cause = causeOf(error);
  if (cause.code === "UND_ERR_CONNECT_TIMEOUT") return true;
  const attempts = (cause.errors ?? [cause]) as SystemError[]; // one per address that was tried
  return attempts.length > 0 && attempts.every((attempt) => CONNECTING.has(String(attempt.syscall)));
}

function codeOf(error: unknown): string | null {
  const { code } = causeOf(error);
  return typeof code === "string" ? code : null;
}

const causeOf = (error: unknown): SystemError => ((error as { cause?: unknown } | null)?.cause ?? {}) as SystemError;
