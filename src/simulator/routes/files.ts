import { Router } from "express";
import { notFound } from "../refusal.ts";
import type { World } from "../world.ts";

/** Attachments, which need no authentication; always as a download, so that a hostile file cannot act as a page of ours. */
export function fileRoutes(world: World): Router {
  const router = Router();
  router.get("/rails/active_storage/:kind/redirect/:key/:name", (request, response) => {
    const file = [...world.state.messages.values()].flatMap((message) => message.attachments).find((row) => row.key === request.params.key);
    if (!file) throw notFound();
    response.attachment(file.name).type(file.content_type).setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
    response.end(file.data);
  });
  return router;
}
