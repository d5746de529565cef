/** The codes that people and programs meet, each with its HTTP status and whether trying again can help. */
export const PROBLEMS = {
  missing_signature: { status: 401, retry: false },
  bad_signature: { status: 401, retry: false },
  stale_timestamp: { status: 401, retry: false },
  unsupported_media_type: { status: 415, retry: false },
  payload_too_large: { status: 413, retry: false },
  invalid_json: { status: 400, retry: false },
  invalid_payload: { status: 400, retry: false },
  not_found: { status: 404, retry: false },
  method_not_allowed: { status: 405, retry: false },
  unauthorized: { status: 401, retry: false },
  forbidden: { status: 403, retry: false },
  already_decided: { status: 409, retry: false },
  stale: { status: 409, retry: false },
  version_mismatch: { status: 412, retry: false },
  not_approvable: { status: 409, retry: false },
  rate_limited: { status: 429, retry: true },
  unavailable: { status: 503, retry: true },
} as const satisfies Record<string, { status: number; retry: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The one error that we throw on purpose: what was wrong, in a code and a sentence that says what to do. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Further members of the problem document. */
  readonly extra: Record<string, unknown>;
  /** Seconds after which to try again, when the other side named them. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ProblemCode,
    detail: string,
    options: { extra?: Record<string, unknown>; retryAfterSeconds?: number | null; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.extra = options.extra ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  get retry(): boolean {
    return PROBLEMS[this.code].retry;
  }
}
