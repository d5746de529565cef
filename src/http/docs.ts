import { createRequire } from "node:module";
import { dirname } from "node:path";
import express, { type Router } from "express";

const ASSETS = ["swagger-ui.css", "swagger-ui-bundle.js"];

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Countersign API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });`;

/** The API's pages for people: Swagger UI from our own server, without a line of inline script. */
export function docsPages(): Router {
  const router = express.Router();
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  router.get("/docs", (_req, res) => void res.type("html").send(PAGE));
  router.get("/docs/start.js", (_req, res) => void res.type("text/javascript").send(START));
  for (const asset of ASSETS) router.get(`/docs/${asset}`, (_req, res) => res.sendFile(asset, { root: folder, maxAge: "1d" }));
  return router;
}
