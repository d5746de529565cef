import { json, type NextFunction, type Request, type Response, Router } from "express";
import { type ZodType, z } from "zod";
import { arriveEmail, arriveWhatsapp, emailBody, whatsappBody } from "./arrivals.ts";
import { wakeSnoozed } from "./conversations.ts";
import { overview, stateDump, whatCustomerSees } from "./overview.ts";
import { Refusal } from "./refusal.ts";
import { type RestFaults, restFaultBody } from "./rest-faults.ts";
import { messageJson } from "./rest-json.ts";
import { seed, seedBody } from "./seed.ts";
import { type WebhookFaults, webhookFaultBody } from "./webhook-faults.ts";
import type { World } from "./world.ts";

/** What the control API turns. */
export interface Control {
  restFaults: RestFaults;
  webhookFaults: WebhookFaults;
  /** Back to the state the simulator started with; faults and the log are forgotten, too. */
  reset(): void;
}

/** The routes under `/simulator`, for tests, the demo and the page: no token, loopback callers only. */
export function controlRoutes(world: World, control: Control): Router {
  const router = Router();
  router.use("/simulator", onlyLoopback, json({ limit: "64mb" }));

  router.post(
    "/simulator/faults",
    accept(restFaultBody, (fault) => control.restFaults.add(fault)),
  );
  router.delete(
    "/simulator/faults",
    done(() => control.restFaults.clear()),
  );
  router.post(
    "/simulator/webhook-faults",
    accept(webhookFaultBody, (fault) => control.webhookFaults.add(fault)),
  );
  router.delete(
    "/simulator/webhook-faults",
    done(() => control.webhookFaults.clear()),
  );

  router.post(
    "/simulator/emails",
    accept(emailBody, (mail) => messageJson(world, arriveEmail(world, mail))),
  );
  router.post(
    "/simulator/whatsapp",
    accept(whatsappBody, (message) => messageJson(world, arriveWhatsapp(world, message))),
  );
  router.post(
    "/simulator/seed",
    accept(seedBody, (story) => seed(world, story)),
  );
  router.post(
    "/simulator/reset",
    done(() => control.reset()),
  );
  router.post(
    "/simulator/advance",
    accept(z.object({ seconds: z.number() }), ({ seconds }) => {
      world.advance(seconds);
      wakeSnoozed(world);
    }),
  );

  router.get("/simulator/state", (_request, response) => void response.json(stateDump(world)));
  router.get("/simulator/overview", (_request, response) => void response.json(overview(world)));
  router.get(
    "/simulator/customers/:contact_inbox_id",
    (request, response) => void response.json(whatCustomerSees(world, Number(request.params.contact_inbox_id))),
  );
  router.get(
    "/simulator/deliveries",
    (_request, response) => void response.json({ pending: world.outbox.pending(), deliveries: world.outbox.log }),
  );
  return router;
}

function onlyLoopback(request: Request, response: Response, next: NextFunction): void {
  const address = request.socket.remoteAddress ?? "";
  if (/^(::1|127\.|::ffff:127\.)/.test(address)) next();
  else response.status(403).json({ error: "The simulator's control API answers only callers on its own machine." });
}

/** Checks a body against its schema, does what is asked and answers with what came of it. */
function accept<Body>(schema: ZodType<Body>, act: (body: Body) => unknown) {
  return (request: Request, response: Response) => {
    const parsed = schema.safeParse(request.body ?? {});
    if (!parsed.success) return void response.status(400).json({ error: z.prettifyError(parsed.error) });
    try {
      response.json(act(parsed.data) ?? { ok: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.status(error.status === 404 ? 400 : error.status).json(error.body);
    }
  };
}

const done = (act: () => void) => (_request: Request, response: Response) => {
  act();
  response.json({ ok: true });
};
