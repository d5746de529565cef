import { type DestinationStream, destination, type Logger, pino } from "pino";

/** Never logged, wherever they stand: what people wrote, and what opens doors. */
const NEVER_LOGGED = new Set([
  "token",
  "access_token",
  "secret",
  "password",
  "authorization",
  "cookie",
  "x-chatwoot-signature",
  "body",
  "text",
  "content",
]);

/** Lines wait for one another up to this length, and no longer than this. */
const LINES_BYTES = 4096;
const LINES_MS = 100;

/**
 * JSON lines; the command line logs to standard error, because standard output holds answers. A server's lines leave together and beside its
 * work, so that neither a system call for each nor a slow reader holds a delivery up; what is left is written when the process ends.
 */
export function createLog({ level, to }: { level: string; to: "stdout" | "stderr" | DestinationStream }): Logger {
  const stream =
    to === "stdout"
      ? destination({ fd: 1, sync: false, minLength: LINES_BYTES, periodicFlush: LINES_MS })
      : to === "stderr"
        ? destination({ fd: 2, sync: true })
        : to;
  return pino({ level, formatters: { log: (fields) => withoutSecrets(fields) }, serializers: { err: errorFields } }, stream);
}

/** What is logged has few levels; what has more is not looked through. */
const DEEPEST = 4;

/** The same fields when there is nothing to hide, which is nearly always: pino's own `redact` costs the door a twentieth of its time. */
function withoutSecrets(fields: Record<string, unknown>, depth = 1): Record<string, unknown> {
  let clean = fields;
  for (const name in fields) {
    const value = fields[name];
    const shown = NEVER_LOGGED.has(name) ? "[redacted]" : isBag(value) && depth < DEEPEST ? withoutSecrets(value, depth + 1) : value;
    if (shown === value) continue;
    if (clean === fields) clean = { ...fields };
    clean[name] = shown;
  }
  return clean;
}

const isBag = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** An error without its data: database drivers put rows, and HTTP clients bodies, into theirs. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { type: name, message, stack, ...(code !== undefined && { code }), ...(cause !== undefined && { cause: errorFields(cause) }) };
}
