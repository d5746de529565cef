import type { Request, RequestHandler, Response } from "express";
import type { z } from "zod";
import { Problem, type ProblemCode } from "../core/problem.ts";
import type { Caller } from "./identity.ts";

/** Who may call: anybody, every operator of the account, or its administrators. */
export type Access = "open" | "operator" | "administrator";
export type Method = "get" | "post" | "delete";

/** What the OpenAPI document says of a route. */
export interface Operation {
  id: string;
  summary: string;
  tag: string;
  /** The answer when all went well: its status, what it means and its shape (none: no body). */
  answers: { status: number; description: string; schema?: z.ZodType; contentType?: string }[];
  /** Codes beyond those that follow from access, parameters and body. */
  problems?: ProblemCode[];
  headers?: z.ZodObject;
}

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One address, as the list in `routes.ts` holds it. */
export type Route = Address & (Ordinary | Early);

interface Address {
  method: Method;
  /** With parameters as in OpenAPI: `/api/v1/approvals/{id}`. */
  path: string;
  access: Access;
  /** null for pages, which are no part of the API. */
  operation: Operation | null;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
}

interface Ordinary {
  early?: undefined;
  /** Whoever calls it has checked access already. Answers nothing when it has answered by itself (a stream, a page). */
  run(req: Request, res: Response, caller: Caller | null): Promise<Answer | undefined>;
}

interface Early {
  /** Takes the request by itself and before all others: what is there for people (their identity, headers for browsers) costs it nothing. */
  early: RequestHandler;
  run?: undefined;
}

type Nothing = z.ZodObject<Record<never, never>>;

interface Definition<A extends Access, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  method: Method;
  path: string;
  access: A;
  operation: Operation | null;
  params?: P;
  query?: Q;
  body?: B;
  handle(given: {
    req: Request;
    res: Response;
    caller: A extends "open" ? null : Caller;
    params: z.output<P>;
    query: z.output<Q>;
    body: z.output<B>;
  }): Promise<Answer | undefined> | Answer | undefined;
}

/** Makes a route whose handler meets only what its schemas let through; they are also what the OpenAPI document shows. */
export function route<
  A extends Access,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(definition: Definition<A, P, Q, B>): Route {
  const { method, path, access, operation, params, query, body, handle } = definition;
  return {
    method,
    path,
    access,
    operation,
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    run: async (req, res, caller) =>
      handle({
        req,
        res,
        caller: caller as A extends "open" ? null : Caller,
        params: parse(params, req.params, "not_found") as z.output<P>,
        query: parse(query, req.query, "invalid_payload") as z.output<Q>,
        body: parse(body, req.body ?? {}, "invalid_payload") as z.output<B>,
      }),
  };
}

function parse(schema: z.ZodType | undefined, value: unknown, code: ProblemCode): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (code === "not_found") throw new Problem("not_found", "Nothing has this id.");
  throw new Problem(code, sentenceOf(parsed.error));
}

/** Names the fields that were wrong, without repeating what stood in them. */
function sentenceOf(error: z.ZodError): string {
  const wrong = error.issues.slice(0, 5).map(({ path, message }) => `${path.map(String).join(".") || "body"}: ${message}`);
  return `${wrong.join("; ")}.`;
}
