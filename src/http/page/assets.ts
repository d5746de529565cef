import { fileURLToPath } from "node:url";
import express, { type Router } from "express";

const FILES = ["page.css", "queue.css", "page.js", "icon.svg"];

/** The page's own style, script and icon: revalidated each time, so that an update is seen at once. */
export function pageAssets(): Router {
  const router = express.Router();
  const root = fileURLToPath(new URL(".", import.meta.url));
  for (const file of FILES) router.get(`/assets/${file}`, (_req, res) => res.sendFile(file, { root, cacheControl: false }));
  return router;
}
