import { type Request, Router } from "express";
import { administratorOf, sessionOf } from "../access.ts";
import { bodyOf, emptyJson } from "../answers.ts";
import { SUBSCRIBABLE, SUBSCRIBED_BY_DEFAULT } from "../events.ts";
import { invalid, notFound } from "../refusal.ts";
import { nextId, ofAccount, randomToken } from "../state.ts";
import type { Json, Webhook } from "../types.ts";
import type { World } from "../world.ts";

/** The account's webhooks; administrators only, the secret is in every answer. */
export function webhookRoutes(world: World): Router {
  const router = Router({ mergeParams: true });

  router.get("/webhooks", (request, response) => {
    administratorOf(request);
    response.json({ payload: { webhooks: ofAccount(world.state.webhooks, sessionOf(request).account.id).map(webhookJson) } });
  });

  router.post("/webhooks", (request, response) => {
    administratorOf(request);
    const body = bodyOf(request, "webhook");
    const webhook = createWebhook(world, sessionOf(request).account.id, body);
    response.json({ payload: { webhook: webhookJson(webhook) } });
  });

  router.patch("/webhooks/:webhook_id", (request, response) => {
    administratorOf(request);
    const webhook = webhookFor(world, request);
    const body = bodyOf(request, "webhook");
    const after: Webhook = { ...webhook, ...given(body) };
    validate(world, after);
    Object.assign(webhook, after);
    response.json({ payload: { webhook: webhookJson(webhook) } });
  });

  router.delete("/webhooks/:webhook_id", (request, response) => {
    administratorOf(request);
    world.state.webhooks.delete(webhookFor(world, request).id);
    emptyJson(response);
  });

  return router;
}

/** Registers a webhook under a secret of Chatwoot's own making; a URL only once per account. */
function createWebhook(world: World, accountId: number, body: Json): Webhook {
  const webhook: Webhook = {
    id: 0,
    account_id: accountId,
    inbox_id: body.inbox_id === undefined || body.inbox_id === null ? null : Number(body.inbox_id),
    name: null,
    url: "",
    subscriptions: SUBSCRIBED_BY_DEFAULT,
    secret: randomToken(),
    ...given(body),
  };
  validate(world, webhook);
  webhook.id = nextId(world.state, "webhook");
  world.state.webhooks.set(webhook.id, webhook);
  return webhook;
}

function given(body: Json): Partial<Webhook> {
  return {
    ...("url" in body && { url: String(body.url ?? "") }),
    ...("name" in body && { name: body.name === null ? null : String(body.name) }),
    ...(Array.isArray(body.subscriptions) && { subscriptions: body.subscriptions.map(String) }),
  };
}

function validate(world: World, webhook: Webhook): void {
  if (!/^https?:\/\/\S+$/.test(webhook.url)) throw invalid("Url is invalid", ["url"]);
  if (ofAccount(world.state.webhooks, webhook.account_id).some((row) => row.id !== webhook.id && row.url === webhook.url))
    throw invalid("Url has already been taken", ["url"]);
  if (webhook.subscriptions.length === 0 || webhook.subscriptions.some((event) => !SUBSCRIBABLE.includes(event)))
    throw invalid("Subscriptions Invalid events", ["subscriptions"]);
}

function webhookJson({ id, name, url, account_id, subscriptions, secret }: Webhook): Json {
  return { id, name, url, account_id, subscriptions, secret };
}

function webhookFor(world: World, request: Request): Webhook {
  const webhook = world.state.webhooks.get(Number(request.params.webhook_id));
  if (webhook?.account_id !== sessionOf(request).account.id) throw notFound();
  return webhook;
}
