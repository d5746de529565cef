import express, { type ErrorRequestHandler, type Express, type NextFunction, type Request, type Response } from "express";
import { accountFor, callerOf, setSession } from "./access.ts";
import type { Control } from "./control.ts";
import { controlRoutes } from "./control.ts";
import { pageRoutes } from "./page.ts";
import { Refusal } from "./refusal.ts";
import { assignmentRoutes } from "./routes/assignment.ts";
import { contactRoutes } from "./routes/contacts.ts";
import { conversationListRoutes } from "./routes/conversation-lists.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { fileRoutes } from "./routes/files.ts";
import { helpCenterRoutes } from "./routes/help-center.ts";
import { inboxRoutes } from "./routes/inboxes.ts";
import { messageRoutes } from "./routes/messages.ts";
import { peopleRoutes } from "./routes/people.ts";
import { profileRoutes } from "./routes/profile.ts";
import { publicRoutes } from "./routes/public.ts";
import { reportRoutes, reportV2Routes } from "./routes/reports.ts";
import { routineRoutes } from "./routes/routines.ts";
import { searchRoutes } from "./routes/search.ts";
import { settingsRoutes } from "./routes/settings.ts";
import { surveyRoutes } from "./routes/survey.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { widgetRoutes } from "./routes/widget.ts";
import type { World } from "./world.ts";

const BODY_LIMIT = "64mb";

/** The simulator's HTTP face: Chatwoot's REST, the customer's APIs, the control API and the page, with faults in front of all but the last two. */
export function createApp(world: World, control: Control): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "extended");
  app.use(pageRoutes(), controlRoutes(world, control));
  // The body first: a Chatwoot that is slow has read the whole request and goes on when the caller has long hung up.
  app.use(express.json({ limit: BODY_LIMIT, strict: false }), express.urlencoded({ extended: true, limit: BODY_LIMIT }));
  app.use(control.restFaults.middleware);
  app.use(fileRoutes(world), publicRoutes(world), widgetRoutes(world), surveyRoutes(world), profileRoutes(world));
  app.use("/api/v1/accounts/:account_id", gate(world));
  app.use("/api/v2/accounts/:account_id", gate(world), reportV2Routes(world));
  for (const routes of [
    conversationListRoutes,
    conversationRoutes,
    messageRoutes,
    assignmentRoutes,
    contactRoutes,
    inboxRoutes,
    peopleRoutes,
    settingsRoutes,
    webhookRoutes,
    routineRoutes,
    helpCenterRoutes,
    searchRoutes,
    reportRoutes,
  ]) {
    app.use("/api/v1/accounts/:account_id", routes(world));
  }
  app.use((_request: Request, response: Response) => void response.status(404).json({ status: 404, error: "Not Found" }));
  app.use(asChatwootFails);
  return app;
}

/** Token first, then account: so a wrong token never learns whether an account exists. */
function gate(world: World) {
  return (request: Request, _response: Response, next: NextFunction) => {
    const caller = callerOf(world, request, request.path.replace(/\/$/, "") || "/");
    const account = accountFor(world, caller, String(request.params.account_id));
    setSession(request, { account, caller, actor: caller });
    next();
  };
}

/** Refusals as Chatwoot words them; what nobody foresaw is the 500 that Rails makes of it. */
const asChatwootFails: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  if (error instanceof Refusal) return void response.status(error.status).json(error.body);
  if (error?.type?.startsWith?.("entity.") || error?.type === "encoding.unsupported") return void response.status(400).type("html").end();
  response.status(500).setHeader("Content-Type", "application/json; charset=UTF-8");
  response.end(JSON.stringify({ status: 500, error: "Internal Server Error" }));
};
