import type { Request, Response } from "express";
import type { z } from "zod";
import { Problem } from "../../core/problem.ts";
import type { Caller, Identity } from "../identity.ts";
import { problemOf } from "../problem-response.ts";

/** Rows on one page. */
export const ENTRIES = 50;

/** Where a conversation stands in Chatwoot's dashboard; `base` is its address without a slash at the end. */
export const conversationAddress = (base: string, about: { accountId: number; conversationId: number }): string =>
  `${base}/app/accounts/${about.accountId}/conversations/${about.conversationId}`;

/** A senseless query parameter of a page is as good as none. */
export const ignorant = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** Nobody signed in is a page of its own; other failures are failures. */
export async function callerOrNull(identity: Identity, req: Request): Promise<Caller | null> {
  try {
    return await identity.identify(req);
  } catch (error) {
    if (error instanceof Problem && error.code === "unauthorized") return null;
    throw error;
  }
}

/** Why the work was refused, null when it was done; what is no refusal is thrown. */
export async function refusalOf(work: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) throw error;
    return problem;
  }
}

export const cursorIn = ({ cursor: given }: { cursor?: string | undefined }) => (given === undefined ? {} : { cursor: given });

export function show(res: Response, page: string): undefined {
  res.type("html").set("Cache-Control", "no-store").send(page);
}

/** A form answers with a redirect, so that reloading never decides twice. */
export function seeOther(res: Response, address: string): undefined {
  res.redirect(303, address);
}
