import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createLog } from "../src/log.ts";

const LOG = join(import.meta.dirname, "../src/log.ts");

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown> {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLog({ level: "info", to }));
  return JSON.parse(lines.join(""));
}

/** What a process that logs and then ends as `end` says leaves on its standard output. */
function leftBy(end: string): string[] {
  const script = `
    import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog({ level: "info", to: "stdout" });
    for (let line = 0; line < 1000; line++) log.info({ line }, "said");
    ${end}`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  return stdout.trimEnd().split("\n");
}

test.each(["token", "access_token", "secret", "password", "body", "text", "content", "authorization", "cookie", "x-chatwoot-signature"])(
  "%s is never logged, neither by itself nor within something",
  (name) => {
    const line = logged((log) => log.info({ [name]: "my words", req: { headers: { [name]: "my words" } }, id: 7 }, "told"));
    expect(line).toMatchObject({ [name]: "[redacted]", req: { headers: { [name]: "[redacted]" } }, id: 7, msg: "told" });
  },
);

test("hiding a field leaves the caller's own object as it was", () => {
  const fields = { text: "my words", about: { token: "t" } };
  logged((log) => log.info(fields, "told"));
  expect(fields).toEqual({ text: "my words", about: { token: "t" } });
});

test("an object that holds itself does not stop the log", () => {
  const ring: Record<string, unknown> = { id: 1 };
  ring.ring = ring;
  expect(logged((log) => log.info({ ring }, "told"))).toMatchObject({ msg: "told", ring: { id: 1 } });
});

test("an error is logged without the rows and parameters that it carries", () => {
  const error = Object.assign(new Error("refused", { cause: Object.assign(new Error("below"), { parameters: ["my words"] }) }), {
    code: "23505",
    detail: "Key (body)=(my words)",
    query: "insert … my words",
  });
  const line = logged((log) => log.error({ err: error }, "failed"));
  expect(line.err).toMatchObject({ type: "Error", message: "refused", code: "23505", cause: { message: "below" } });
  expect(JSON.stringify(line)).not.toContain("my words");
});

test.each([
  ["at its own end", ""],
  ["by process.exit", "process.exit(0);"],
  ["by an error nobody caught", 'throw new Error("not caught");'],
])("a process that ends %s leaves every line behind", (_how, end) => {
  expect(leftBy(end).map((line) => JSON.parse(line).line)).toEqual(Array.from({ length: 1000 }, (_, line) => line));
});
