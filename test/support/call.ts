export interface Called {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any answer as it likes
  body: any;
}

export interface Call {
  method?: string;
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
}

/** One request to the API or a page; redirects are answers, not followed. */
export async function call(url: string, { method, token, cookie, headers = {}, json, form }: Call = {}): Promise<Called> {
  const response = await fetch(url, {
    method: method ?? (json === undefined && form === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(cookie !== undefined && { Cookie: cookie }),
      ...(json !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && !/ndjson/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : null };
}

/** Signs in over the API and answers with the cookie to send from then on. */
export async function signIn(url: string, token: string): Promise<string> {
  const { status, headers, text } = await call(`${url}/api/v1/session`, { json: { access_token: token } });
  if (status !== 200) throw new Error(`signing in was answered ${status}: ${text}`);
  return (headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
}
