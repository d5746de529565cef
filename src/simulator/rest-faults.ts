import type { NextFunction, Request, Response } from "express";
import { z } from "zod";

/** The body of `POST /simulator/faults`. `path` is part of the path, or a pattern with `*` for anything; `times` absent: until the faults are cleared. */
export const restFaultBody = z.object({
  match: z
    .object({ method: z.string().optional(), path: z.string().optional(), times: z.number().int().positive().optional() })
    .default({}),
  fault: z.object({
    delay_ms: z.number().int().nonnegative().optional(),
    status: z.number().int().min(100).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
    /** The connection breaks before Chatwoot does anything, or after it has done everything but answer. */
    drop: z.enum(["before", "after"]).optional(),
  }),
});
export type RestFault = z.infer<typeof restFaultBody>;

export interface RestFaults {
  add(fault: RestFault): void;
  clear(): void;
  middleware(request: Request, response: Response, next: NextFunction): void;
}

/** What can go wrong between us and Chatwoot's REST, on request: slow answers, refusals, lost connections. */
export function createRestFaults(): RestFaults {
  let rules: { fault: RestFault; left: number }[] = [];

  function take(request: Request): RestFault["fault"] | null {
    const rule = rules.find(
      ({ fault: { match }, left }) =>
        left > 0 &&
        (!match.method || match.method.toUpperCase() === request.method) &&
        (!match.path || pathMatches(match.path, request.path)),
    );
    if (!rule) return null;
    rule.left--;
    return rule.fault.fault;
  }

  return {
    add: (fault) => void rules.push({ fault, left: fault.match.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      rules = [];
    },
    middleware(request, response, next) {
      const fault = take(request);
      if (!fault) next();
      else setTimeout(() => misbehave(fault, request, response, next), fault.delay_ms ?? 0).unref();
    },
  };
}

function misbehave(fault: RestFault["fault"], request: Request, response: Response, next: NextFunction): void {
  if (fault.drop === "before") request.socket.destroy();
  else if (fault.drop === "after") {
    // Everything is done, then the answer never leaves.
    response.write = () => false;
    response.end = () => {
      request.socket.destroy();
      return response;
    };
    next();
  } else if (fault.status === undefined) next();
  else answer(fault, fault.status, response);
}

function answer({ headers = {}, body }: RestFault["fault"], status: number, response: Response): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else if (typeof body === "string") response.send(body);
  else response.json(body);
}

function pathMatches(pattern: string, path: string): boolean {
  if (!pattern.includes("*")) return path.includes(pattern);
  return new RegExp(
    pattern
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*"),
  ).test(path);
}
