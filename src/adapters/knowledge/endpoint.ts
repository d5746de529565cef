/** An endpoint that did not answer as it should; `retryAfterSeconds` when it asked to wait, `status` when it answered at all. */
export class EndpointError extends Error {
  readonly status: number | null;
  readonly retryAfterSeconds: number | null;

  constructor(message: string, options: { status?: number; retryAfterSeconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** Where a model is asked. `url` may end with `path` or leave it out. */
export interface Endpoint {
  url: string;
  path: string;
  model: string;
  apiKey?: string | undefined;
}

/** Larger answers are none of a model's. */
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Posts JSON and answers with the JSON that comes back, within `timeoutMs` to the last byte. Throws EndpointError, whose words hold neither key nor text. */
export async function ask(endpoint: Endpoint, body: object, timeoutMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(addressOf(endpoint), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        ...(endpoint.apiKey && { Authorization: `Bearer ${endpoint.apiKey}` }),
      },
      body: JSON.stringify({ model: endpoint.model, ...body }),
      redirect: "manual", // the key would go along
      signal,
    });
    text = await textOf(response);
  } catch (error) {
    if (error instanceof EndpointError) throw error;
    const reason = signal.aborted ? `did not answer within ${timeoutMs / 1000} s` : "could not be reached or hung up";
    throw new EndpointError(reason, { cause: error });
  }
  if (!response.ok) {
    const asked = Number(response.headers.get("retry-after") ?? Number.NaN);
    throw new EndpointError(`answered ${response.status}`, {
      status: response.status,
      retryAfterSeconds: Number.isFinite(asked) ? asked : null,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EndpointError("answered something that is no JSON", { cause: error });
  }
}

/** The address that is asked, which also names whose vectors they are. */
export function addressOf({ url, path }: Endpoint): string {
  const base = url.replace(/\/+$/, "");
  return base.endsWith(path) ? base : `${base}${path}`;
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_ANSWER_BYTES) throw new EndpointError(`answered more than ${MOST_ANSWER_BYTES / 1024 / 1024} MB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
