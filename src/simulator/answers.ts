import type { Request, Response } from "express";
import type { Json } from "./types.ts";

/** An empty 200 that still says it is JSON: `response.json()` of a client throws on it (contract §3.7b). */
export function emptyJson(response: Response): void {
  response.status(200).setHeader("Content-Type", "application/json");
  response.end();
}

/** The body of a call, whatever was sent; with Rails' `wrap_parameters` a root key may be there or not. */
export function bodyOf(request: Request, rootKey?: string): Json {
  const body = isObject(request.body) ? request.body : {};
  const wrapped = rootKey ? body[rootKey] : undefined;
  return isObject(wrapped) ? { ...body, ...wrapped } : body;
}

export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** A one-based page of a list. */
export function page<Row>(rows: readonly Row[], number: unknown, size: number): Row[] {
  const at = Math.max(1, Number(number) || 1);
  return rows.slice((at - 1) * size, at * size);
}

/** A query parameter as text. */
export const query = (request: Request, key: string): string | undefined => {
  const value = request.query[key];
  return typeof value === "string" ? value : undefined;
};

/** A list of whole numbers from whatever a caller sent; what is none is left out. */
export const ids = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).map(Number).filter((id) => Number.isInteger(id) && id > 0);
