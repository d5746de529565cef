import type { Request } from "express";
import { Problem } from "../core/problem.ts";

/**
 * Refuses what another site made a browser send with our cookie. Browsers say where a request comes from (`Sec-Fetch-Site`, or
 * `Origin` over plain http); a program that says neither sends no cookie on somebody else's behalf. The rule is Go's
 * `http.CrossOriginProtection`. `publicOrigin` is our own origin where a proxy rewrites the Host header.
 */
export function refuseOtherSites(req: Request, publicOrigin: string | null): void {
  if (["GET", "HEAD", "OPTIONS"].includes(req.method)) return;
  const site = req.get("sec-fetch-site");
  const origin = req.get("origin");
  if (origin !== undefined && origin === publicOrigin) return;
  if (site !== undefined) {
    if (site === "same-origin" || site === "none") return;
  } else if (origin === undefined || hostOf(origin) === req.get("host")) return;
  throw new Problem(
    "forbidden",
    "This request came from another site. Do it on Countersign's own page, or send an access token instead of a cookie.",
  );
}

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host ?? null;
}
