import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Router } from "express";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page at `/`: the customer's side and the operator's side, plain files without a build and without inline script. */
export function pageRoutes(): Router {
  const router = Router();
  const file = (name: string) => fileURLToPath(new URL(`./page/${name}`, import.meta.url));
  const serve = (path: string, source: string, type: string) => {
    router.get(path, (_request, response) => {
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Referrer-Policy", "no-referrer");
      response.setHeader("Cache-Control", "no-store");
      response.type(type).send(readFileSync(source));
    });
  };
  serve("/", file("index.html"), "html");
  for (const script of ["main.js", "chatwoot.js", "customer.js", "operator.js", "dom.js"]) serve(`/page/${script}`, file(script), "js");
  serve("/page/style.css", file("style.css"), "css");
  serve("/page/markdown-it.js", createRequire(import.meta.url).resolve("markdown-it/browser"), "js");
  return router;
}
