import { NONCE } from "./dice.ts";

/** What the processes said, looked through line by line and not kept. */
export interface Listening {
  hear(member: string, line: string): void;
  /** Lines in which a secret or somebody's words stood: who said it, what stood there, how the line began. */
  leaks: { member: string; what: string; line: string }[];
  /** Lines that are no JSON object, Node's own warnings excepted. */
  strange: string[];
  lines(): number;
  bytes(): number;
  /** The last lines of everybody, for a report of a failure. */
  last(): string[];
  /** Warnings and errors by their words, with how often they came. */
  complaints: Map<string, number>;
}

/** PostgreSQL's own log, which is long and says little. */
export const SERVER_LOG = "postgresql";
const KEPT_LINES = 400;
const MOST_LEAKS = 20;

/** Listens for nonce words (every message, draft, passage, comment and instruction has one) and for secrets. */
export function createListening(secrets: Record<string, string>): Listening {
  const last: string[] = [];
  const leaks: Listening["leaks"] = [];
  const strange: string[] = [];
  const complaints = new Map<string, number>();
  let lines = 0;
  let bytes = 0;

  function leak(member: string, what: string, line: string): void {
    if (leaks.length < MOST_LEAKS) leaks.push({ member, what, line: line.slice(0, 300) });
  }

  return {
    hear(member, line) {
      lines += 1;
      bytes += line.length;
      if (member !== SERVER_LOG) last.push(`${member} ${line.slice(0, 600)}`);
      if (last.length > KEPT_LINES) last.shift();
      for (const [nonce] of line.matchAll(NONCE)) leak(member, `somebody's words (${nonce})`, line);
      for (const [name, secret] of Object.entries(secrets)) if (line.includes(secret)) leak(member, `the secret ${name}`, line);
      if (!line.startsWith("{")) {
        if (strange.length < 50) strange.push(`${member} ${line.slice(0, 200)}`);
        return;
      }
      const complaint = /"level":([45]0|60).*"msg":"([^"]*)"/.exec(line);
      if (complaint) {
        const words = `${complaint[1]} ${complaint[2]}`;
        complaints.set(words, (complaints.get(words) ?? 0) + 1);
      }
    },
    leaks,
    strange,
    complaints,
    lines: () => lines,
    bytes: () => bytes,
    last: () => last,
  };
}
