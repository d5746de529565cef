import type { ErrorRequestHandler, Response } from "express";
import { PROBLEMS, Problem, type ProblemCode } from "../core/problem.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Health, Log } from "../ports.ts";
import { problemPage } from "./page/problem.ts";

/** What people read above the detail, one sentence fragment per code. */
const TITLES: Record<ProblemCode, string> = {
  missing_signature: "The delivery is not signed",
  bad_signature: "The signature does not match",
  stale_timestamp: "The timestamp is too far from now",
  unsupported_media_type: "This content type is not understood",
  payload_too_large: "The body is too large",
  invalid_json: "The body is not JSON",
  invalid_payload: "Something in the request is wrong",
  not_found: "There is no such thing here",
  method_not_allowed: "This method is not allowed here",
  unauthorized: "Sign in first",
  forbidden: "You may not do this",
  already_decided: "This has already been decided",
  stale: "The conversation has moved on",
  version_mismatch: "This is not the newest version",
  not_approvable: "This draft cannot be approved as it is",
  rate_limited: "Too many requests",
  unavailable: "Not available right now",
};

/** What a failure is to the one who asked; null when nobody named it, so that it is ours to explain in the log. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof HelpdeskError) return helpdeskProblem(error);
  if (error instanceof URIError) return new Problem("not_found", "The address cannot be decoded.", { cause: error });
  return bodyProblem(error);
}

/**
 * The one place where an error becomes a response (RFC 9457). An error that nobody named is a 500 with code `unavailable`,
 * because trying again may help; it says nothing else, the log line says all. People on a page get the same as a page.
 */
export function answerProblems(log: Log, health: Health): ErrorRequestHandler {
  return async (error: unknown, req, res, _next) => {
    const problem = problemOf(error) ?? (await databaseProblem(error, health));
    if (!problem) log.error({ err: error, method: req.method, route: res.locals.route }, "a request failed for a reason nobody named");
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendProblem(res, problem);
  };
}

function sendProblem(res: Response, problem: Problem | null): void {
  const code = problem?.code ?? "unavailable";
  const status = problem?.status ?? 500;
  const title = problem ? TITLES[code] : "Something went wrong on our side";
  const detail = problem?.message ?? "The request could not be completed. Try again; the server's log holds the reason.";
  if (problem?.retryAfterSeconds) res.set("Retry-After", String(Math.ceil(problem.retryAfterSeconds)));
  if (code === "unauthorized") res.set("WWW-Authenticate", 'Bearer realm="Countersign"');
  res.status(status);
  if (res.locals.isPage) {
    res.type("html").send(problemPage({ title, detail }));
    return;
  }
  const body = { ...problem?.extra, type: `urn:countersign:problem:${code}`, title, status, code, detail };
  res.type("application/problem+json").send(JSON.stringify(body));
}

/** Without the database most requests fail in some way or other; then that is the reason. */
async function databaseProblem(error: unknown, health: Health): Promise<Problem | null> {
  const { parts } = await health.check();
  if (parts.database === "ok") return null;
  return new Problem("unavailable", "The database cannot be reached right now. Try again in a moment; deliveries are kept meanwhile.", {
    cause: error,
    retryAfterSeconds: 5,
  });
}

function helpdeskProblem(error: HelpdeskError): Problem {
  const options = { cause: error, retryAfterSeconds: error.retryAfterSeconds ?? 5 };
  if (error.kind === "gone") return new Problem("not_found", "Chatwoot does not know this any more.", { cause: error });
  return new Problem(
    "unavailable",
    "Chatwoot does not answer as it should right now. Try again in a moment; what was decided before is kept.",
    options,
  );
}

/** What express's body parsers throw, in our codes. */
const BODY_PROBLEMS: Record<string, [ProblemCode, string]> = {
  "entity.parse.failed": ["invalid_json", "The body is not valid JSON."],
  "entity.too.large": ["payload_too_large", "The body is larger than this address accepts."],
  "encoding.unsupported": ["unsupported_media_type", "Send the body without a Content-Encoding."],
  "charset.unsupported": ["unsupported_media_type", "Send the body as UTF-8."],
  "request.size.invalid": ["invalid_payload", "The body's length is not the announced Content-Length."],
  "request.aborted": ["invalid_payload", "The body ended early."],
  "parameters.too.many": ["payload_too_large", "The form has too many fields."],
};

function bodyProblem(error: unknown): Problem | null {
  const type = error instanceof Error && "type" in error && typeof error.type === "string" ? error.type : "";
  const known = BODY_PROBLEMS[type];
  return known && Object.hasOwn(PROBLEMS, known[0]) ? new Problem(known[0], known[1], { cause: error }) : null;
}
