import { type DestinationStream, destination, type Logger, pino } from "pino";

/** Never logged, wherever they stand: what people wrote, and what opens doors. */
const REDACTED = [
  "token",
  "*.token",
  "access_token",
  "*.access_token",
  "secret",
  "*.secret",
  "password",
  "*.password",
  "body",
  "*.body",
  "text",
  "*.text",
  "content",
  "*.content",
  "req.headers.authorization",
  "req.headers.cookie",
  'req.headers["x-chatwoot-signature"]',
  "err.parameters",
  "err.detail",
  "err.query",
];

/** JSON lines; the command line logs to standard error, because standard output holds answers. */
export function createLog({ level, to }: { level: string; to: "stdout" | "stderr" | DestinationStream }): Logger {
  const stream = typeof to === "string" ? destination({ fd: to === "stdout" ? 1 : 2, sync: true }) : to;
  return pino({ level, redact: { paths: REDACTED, censor: "[redacted]" }, serializers: { err: errorFields } }, stream);
}

/** An error without its data: database drivers put rows, and HTTP clients bodies, into theirs. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { type: name, message, stack, ...(code !== undefined && { code }), ...(cause !== undefined && { cause: errorFields(cause) }) };
}
