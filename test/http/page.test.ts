import type { Approval } from "../../src/core/words.ts";
import { CONVERSATIONS, startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { type Call, call, signIn } from "../support/call.ts";

let app: TestApp;
let ida: string;
let olaf: string;
beforeAll(async () => {
  app = await startApp();
  ida = await signIn(app.url, TOKENS.ida);
  olaf = await signIn(app.url, TOKENS.olaf);
});
afterAll(() => app.close());

let nextConversation = 100;
async function given(changes: Partial<Approval> = {}): Promise<Approval> {
  const approval = anApproval({ conversationId: nextConversation++, ...changes });
  await app.store.approvals.insert(approval);
  return approval;
}

const page = (path: string, options: Call = {}) => call(app.url + path, { cookie: ida, ...options });
const act = (id: string, kind: string, form: Record<string, string> = {}, options: Call = {}) =>
  page(`/approvals/${id}/${kind}`, { form, ...options });
const entryOf = (text: string, id: string) => text.split("<article").find((part) => part.includes(`data-approval-id="${id}"`)) ?? "";

describe("without script", () => {
  test("nobody is asked for more than an access token, and what is refused is said", async () => {
    const { status, text } = await call(app.url);
    expect(status).toBe(200);
    expect(text).toMatch(/<label for="token">Access token<\/label>/);
    expect(text).not.toContain("data-approval-id");
    const refused = await call(`${app.url}/sign-in`, { form: { access_token: "<b>wrong</b>" } });
    expect(refused.status).toBe(401);
    expect(refused.text).toMatch(/role="alert"[^>]*>[^<]*Chatwoot does not know this access token/);
    expect(refused.text).not.toContain("wrong");
  });

  test("signing in leads to the queue, and neither page nor address holds the token", async () => {
    const signedIn = await call(`${app.url}/sign-in`, { form: { access_token: ` ${TOKENS.olaf}\n` } });
    expect(signedIn).toMatchObject({ status: 303 });
    expect(signedIn.headers.get("location")).toBe("/");
    const cookie = (signedIn.headers.getSetCookie()[0] ?? "").split(";")[0] ?? "";
    const queue = await call(app.url, { cookie });
    expect(queue.text).toContain("<h1>Queue</h1>");
    expect(queue.text).not.toContain(TOKENS.olaf);
    expect(queue.headers.get("cache-control")).toBe("no-store");
    const out = await call(`${app.url}/sign-out`, { method: "POST", cookie });
    expect(out.status).toBe(303);
    expect((await call(app.url, { cookie })).text).toContain("Access token");
  });

  test("a draft is shown with all that deciding it needs", async () => {
    const approval = await given({ flags: ["vip"], findings: [{ code: "no_source", text: "No source names a price.", evidence: "9.90" }] });
    const entry = entryOf((await page("/")).text, approval.id);
    for (const words of [
      "Rosa Lind",
      "What size AN fitting",
      "AN-6 feed line is right",
      "AN sizes by horsepower",
      "Verified",
      "Up to 450 hp",
      "86% confidence, uncalibrated",
      "94%",
      "Moves the score",
      "Uncalibrated: 12 decisions so far, 50 are needed.",
      "vip",
      "No source names a price. (9.90)",
      "due <time",
      `/app/accounts/1/conversations/${approval.conversationId}`,
    ]) {
      expect(entry).toContain(words);
    }
  });

  test("the score shows its signals with their weights, each limit with its reason, and the fit that made it", async () => {
    const signals = [
      { name: "retrieval_strength" as const, value: 0.94, weight: 1.8 },
      { name: "history" as const, value: 0.48, weight: 2.2 },
    ];
    const caps = [{ name: "no_verified_quote", limit: 30 }];
    const confidence = { score: 30, calibrated: true, decisions: 132, version: 4, hidden: false, signals, caps };
    const shown = await given({ confidence, confidenceScore: 30 });
    const entry = entryOf((await page("/")).text, shown.id);
    expect(entry).toMatch(/Strength of the best source.*94%.*1\.8.*>up</s);
    expect(entry).toMatch(/Earlier decisions on similar questions.*48%.*2\.2.*>hardly</s);
    expect(entry).toContain("Never above 30%: no sentence is backed by a verified quote.");
    expect(entry).toContain("Calibrated on 132 decisions, version 4.");

    const hidden = await given({ confidence: { ...confidence, hidden: true }, confidenceScore: 30 });
    const secret = entryOf((await page("/")).text, hidden.id);
    for (const word of ["30%", "Never above", "Moves the score", "version 4"]) expect(secret).not.toContain(word);
  });

  test("each source says how old it is and when it was last checked, as far as that is known", async () => {
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const source = { source_id: "a", passage_id: "a#a", title: "Torque", url: null, relevance: 0.9, excerpt: "25 Nm" };
    const known = await given({ sources: [{ ...source, updated_at: ago(200), verified_at: ago(3) }] });
    const unknown = await given({ sources: [{ ...source, updated_at: null }] });
    const { text } = await page("/");
    expect(entryOf(text, known.id)).toMatch(/90% relevant, changed <time [^>]*>200 days ago<\/time>, last checked <time [^>]*>3 days ago</);
    expect(entryOf(text, unknown.id)).not.toContain("last checked");
  });

  test("a form decides, and its answer leads to a page that says what became of it", async () => {
    const approval = await given();
    const answer = await act(approval.id, "approve", { version: "1" });
    expect(answer.status).toBe(303);
    const { text } = await page(answer.headers.get("location") ?? "");
    expect(entryOf(text, approval.id)).toBe("");
    expect(text).toMatch(/role="status"><p class="done">Approved/);
    expect(text).toContain(`data-held-id="${approval.id}"`);
    await act(approval.id, "undo", {});
    expect(entryOf((await page("/")).text, approval.id)).toContain("Approve");
    expect((await app.store.approvalEvents.of(approval.id)).map(({ surface }) => surface)).toEqual(["console", "console"]);
  });

  test("edited words are sent as they were typed: line breaks are no carriage returns", async () => {
    const approval = await given();
    await act(approval.id, "edit", { version: "1", response: "Line one\r\nLine two\r\n" });
    expect((await app.store.approvals.get(approval.id))?.finalResponse).toBe("Line one\nLine two\n");
  });

  test("an untouched edit is no edit, also when the draft begins with an empty line", async () => {
    const approval = await given({ draftResponse: "\nHello\n\nRosa" });
    const entry = entryOf((await page("/")).text, approval.id);
    const shown = /<textarea[^>]*name="response"[^>]*>\n([^<]*)</.exec(entry)?.[1] ?? "";
    await act(approval.id, "edit", { response: shown.replaceAll("\n", "\r\n") });
    expect(await app.store.approvals.get(approval.id)).toMatchObject({ finalResponse: approval.draftResponse, edited: false });
  });

  test("rejecting, escalating and asking for another draft work by form, too", async () => {
    const [rejected, escalated, redrafted] = [await given(), await given(), await given()];
    await act(rejected.id, "reject", { reason: "outdated", comment: "" });
    expect(await app.store.approvals.get(rejected.id)).toMatchObject({ status: "rejected", rejectReason: "outdated", comment: null });
    await act(escalated.id, "escalate", { to: "team:1", note: "look" });
    expect(await app.store.approvals.get(escalated.id)).toMatchObject({ status: "escalated", route: { teamId: 1, assigneeId: null } });
    await act(redrafted.id, "redraft", { instruction: "shorter" });
    expect(await app.store.approvals.get(redrafted.id)).toMatchObject({ status: "pending", instruction: "shorter" });
  });

  test.each([
    ["a reason that is none", "reject", { reason: "because" }, "Something is missing"],
    ["empty words", "edit", { response: " " }, "Something is missing"],
    ["an older version", "approve", { version: "7" }, "changed while you were looking"],
    ["an unknown team", "escalate", { to: "team:4711" }, "Something is missing"],
  ])("%s is refused in words, and nothing changes", async (_name, kind, form, words) => {
    const approval = await given();
    const answer = await act(approval.id, kind, form as unknown as Record<string, string>);
    expect(answer.status).toBe(303);
    expect((await page(answer.headers.get("location") ?? "")).text).toContain(words);
    expect((await app.store.approvals.get(approval.id))?.version).toBe(1);
  });

  test("an address cannot put words onto the page", async () => {
    const { text } = await page(`/?about=%3Cscript%3E&problem=${encodeURIComponent("<b>call 0900 123</b>")}&cursor=nonsense%00`);
    expect(text).not.toContain("0900");
    expect(text).toContain("That did not work.");
  });
});

test("a page that cannot be shown says so as a page", async () => {
  const answer = await page("/approvals/nonsense/approve", { method: "POST" });
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
  expect(answer.text).toContain('role="alert"');
});

describe("hostile words", () => {
  const evil = `</textarea><script>alert(1)</script>"' onmouseover="alert(1)`;

  test("whatever customers, drafters and documents write is text", async () => {
    const approval = await given({
      customerName: evil,
      customerMessage: evil,
      draftResponse: evil,
      findings: [{ code: "x", text: evil, evidence: evil }],
      sources: [
        { source_id: evil, passage_id: evil, title: evil, url: "javascript:alert(1)", relevance: 1, excerpt: evil, updated_at: null },
      ],
      citations: [{ sentence: evil, passageId: evil, quote: evil, verified: false }],
      priorityReason: evil,
      language: `en" onload="x`,
    });
    const { text } = await page("/");
    const entry = entryOf(text, approval.id);
    expect(entry).toContain("&lt;script&gt;alert(1)");
    expect(text).not.toContain("<script>alert");
    expect(text).not.toMatch(/<[^>]* onmouseover="/);
    expect(text).not.toMatch(/href="javascript:/);
    expect(text).not.toMatch(/<[^>]* onload="/);
  });

  test("another site cannot decide with an operator's cookie", async () => {
    const approval = await given();
    for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }] as Record<string, string>[]) {
      expect((await act(approval.id, "approve", {}, { headers })).status).toBe(403);
    }
    expect((await app.store.approvals.get(approval.id))?.status).toBe("pending");
    const signedIn = await call(`${app.url}/sign-in`, { form: { access_token: TOKENS.ida }, headers: { Origin: "https://evil.example" } });
    expect(signedIn.status).toBe(403);
    expect(signedIn.headers.getSetCookie()).toEqual([]);
  });
});

describe("who sees what", () => {
  test("the queue holds only conversations that Chatwoot shows, and nobody decides unseen ones", async () => {
    const seen = await given({ conversationId: CONVERSATIONS.seen });
    const unseen = await given({ conversationId: CONVERSATIONS.unseen, inboxId: 2 });
    const { text } = await page("/", { cookie: olaf });
    expect(text).toContain(seen.id);
    expect(text).not.toContain(unseen.id);
    const answer = await act(unseen.id, "approve", {}, { cookie: olaf });
    expect((await page(answer.headers.get("location") ?? "", { cookie: olaf })).text).toContain("no longer here");
    expect((await app.store.approvals.get(unseen.id))?.status).toBe("pending");
  });

  test("dead letters are for administrators, who can put them back", async () => {
    const id = "11111111-1111-4111-8111-111111111111";
    await app.store.deadLetters.insert({
      id,
      kind: "post-note",
      data: {},
      key: null,
      conversationId: 1,
      approvalId: null,
      deliveryId: null,
      reason: "Chatwoot answered <500>.",
      attempts: 8,
      createdAt: new Date(),
      redrivenAt: null,
      redrivenBy: null,
      lastResponse: null,
      discardedAt: null,
      discardedBy: null,
      discardReason: null,
    });
    const refused = await page("/dead-letters", { cookie: olaf });
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain(id);
    expect((await page(`/dead-letters/${id}/redrive`, { method: "POST", cookie: olaf })).headers.get("location")).toContain(
      "problem=forbidden",
    );
    const shown = await page("/dead-letters");
    expect(shown.text).toContain("<h1>Dead letters</h1>");
    expect(shown.text).toContain("Chatwoot answered &lt;500&gt;.");
    await page(`/dead-letters/${id}/redrive`, { method: "POST" });
    expect((await page("/dead-letters")).text).not.toContain(id);
    const late = (await page(`/dead-letters/${id}/discard`, { form: { reason: "late" } })).headers.get("location") ?? "";
    expect((await page(late)).text).toContain("Somebody else has already put it back or let it go.");
    expect((await page("/dead-letters?problem=constructor")).text).toContain("That did not work.");
    expect((await call(`${app.url}/dead-letters`)).headers.get("location")).toBe("/");
  });

  test("a page of dead letters is put back as it is shown, and administrators are told of them in the queue", async () => {
    const ids = Array.from({ length: 53 }, (_, n) => `22222222-2222-4222-8222-${String(n).padStart(12, "0")}`);
    for (const [n, id] of ids.entries())
      await app.store.deadLetters.insert({
        id,
        kind: "remove-note",
        data: { noteId: id },
        key: null,
        conversationId: 7,
        approvalId: null,
        deliveryId: null,
        reason: "Chatwoot answered 500.",
        attempts: 12,
        createdAt: new Date(Date.now() - n * 1000), // the last ones are the oldest
        redrivenAt: null,
        redrivenBy: null,
        lastResponse: { kind: "unknown", status: 500, retry_after_seconds: null },
        discardedAt: null,
        discardedBy: null,
        discardReason: null,
      });
    expect((await page("/")).text).toContain("53 jobs have failed for good");
    expect((await page("/", { cookie: olaf })).text).not.toContain("failed for good");
    const first = (await page("/dead-letters")).text;
    expect(first).toContain("Chatwoot’s last answer: 500");
    expect(first).toContain("/app/accounts/1/conversations/7");
    const older = (await page(/href="(\/dead-letters\?cursor=[^"]+)"/.exec(first)?.[1] ?? "")).text;
    expect(older).toContain("Put back all 3 shown");
    const shown = /name="ids" value="([^"]+)"/.exec(older)?.[1] ?? "";
    expect(shown.split(",")).toEqual(ids.slice(-3));
    expect((await page("/dead-letters/redrive", { form: { ids: shown }, cookie: olaf })).headers.get("location")).toContain("forbidden");
    for (const senseless of ["", "all", `${ids[0]},x`])
      expect((await page("/dead-letters/redrive", { form: { ids: senseless } })).headers.get("location")).toContain("invalid_payload");
    expect((await page("/")).text).toContain("53 jobs have failed for good");
    expect((await page("/dead-letters/redrive", { form: { ids: shown } })).headers.get("location")).toBe("/dead-letters");
    expect((await app.store.deadLetters.list({ open: true, limit: 100 })).data.map(({ id }) => id)).toEqual(ids.slice(0, -3));
  });

  test("teams are offered for escalation, and the queue shows without them while Chatwoot is away", async () => {
    const approval = await given();
    expect(entryOf((await page("/")).text, approval.id)).toContain(`<option value="team:1">technical</option>`);
    const own = await startApp();
    try {
      const cookie = await signIn(own.url, TOKENS.ida);
      await own.store.approvals.insert(anApproval({ id: approval.id }));
      await fetch(`${own.simulatorUrl}/simulator/faults`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ match: {}, fault: { status: 502 } }),
      });
      const { status, text } = await call(own.url, { cookie });
      expect(status).toBe(200);
      expect(entryOf(text, approval.id)).toContain("Escalate");
    } finally {
      await own.close();
    }
  });
});
