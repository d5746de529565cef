import type { RequestHandler } from "express";
import type { Log } from "../ports.ts";

/**
 * One line per request: the route's pattern and ids, never the address itself, which may hold a secret path or a customer's words.
 * Reads are told at `debug`, for a console asks often.
 */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const { startedAt = performance.now() } = res.locals as { startedAt?: number };
    res.once("close", () => {
      const { route = "none", operatorId, about } = res.locals as { route?: string; operatorId?: number; about?: object };
      const fields = {
        method: req.method,
        route,
        status: res.statusCode,
        ms: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(operatorId !== undefined && { operator_id: operatorId }),
        ...about,
      };
      if (res.statusCode >= 500) log.error(fields, "request failed");
      else if (req.method === "GET" || req.method === "HEAD") log.debug(fields, "request");
      else log.info(fields, "request");
    });
    next();
  };
}
