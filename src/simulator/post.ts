import http from "node:http";
import https from "node:https";

const REDIRECTS_FOLLOWED = 10;

/** What came of one POST: an answer's status, or Ruby's words for why there was none. */
export interface Posted {
  status: number | null;
  statusText: string;
  error: string | null;
}

/** POSTs a body once, as Chatwoot's SafeFetch: separate limits for connecting and answering, redirects followed with the same method and headers. */
export async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Posted> {
  let target = url;
  for (let hop = 0; hop <= REDIRECTS_FOLLOWED; hop++) {
    const answer = await once(target, headers, body, timeoutMs, signal);
    if (answer.error !== null || answer.location === null || answer.status === null || answer.status < 300 || answer.status >= 400)
      return answer;
    target = new URL(answer.location, target).href;
  }
  return { status: null, statusText: "", error: "too many redirects" };
}

function once(
  url: string,
  headers: Record<string, string>,
  body: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Posted & { location: string | null }> {
  return new Promise((resolve) => {
    const failed = (error: string) => resolve({ status: null, statusText: "", error, location: null });
    let target: URL;
    try {
      target = new URL(url);
    } catch {
      return failed(`Invalid URL: ${url}`);
    }
    const authorization = target.username
      ? { Authorization: `Basic ${btoa(`${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`)}` }
      : {};
    const client = target.protocol === "https:" ? https : http;
    const request = client.request(
      target,
      { method: "POST", headers: { ...headers, ...authorization }, agent: false, signal },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        resolve({ status, statusText: http.STATUS_CODES[status] ?? "", error: null, location: response.headers.location ?? null });
      },
    );
    const cut = setTimeout(() => {
      failed("Net::ReadTimeout with #<TCPSocket:(closed)>");
      request.destroy();
    }, timeoutMs);
    request.on("error", (error: NodeJS.ErrnoException) => failed(rubyWords(error, target)));
    request.on("close", () => clearTimeout(cut));
    request.end(body);
  });
}

function rubyWords(error: NodeJS.ErrnoException, target: URL): string {
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  const place = `${target.hostname}:${port}`;
  if (error.code === "ECONNREFUSED")
    return `Failed to open TCP connection to ${place} (Connection refused - connect(2) for "${target.hostname}" port ${port})`;
  if (error.code === "ENOTFOUND") return `Failed to open TCP connection to ${place} (getaddrinfo: Name or service not known)`;
  return error.code === "ECONNRESET" ? "end of file reached" : error.message;
}
