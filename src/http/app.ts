import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from "express";
import helmet from "helmet";
import { Problem } from "../core/problem.ts";
import type { DeliveryReader, Health, Ports } from "../ports.ts";
import { createAttempts } from "./attempts.ts";
import { docsPages } from "./docs.ts";
import { createIdentity } from "./identity.ts";
import { pageAssets } from "./page/assets.ts";
import { answerProblems } from "./problem-response.ts";
import { logRequests } from "./request-log.ts";
import type { Answer, Route } from "./route.ts";
import { allRoutes } from "./routes.ts";
import { createSight } from "./sight.ts";

/** What the server needs to know of its surroundings. */
export interface Surroundings {
  ports: Ports;
  reader: DeliveryReader;
  health: Health;
  /** The secret end of the door's address for Chatwoots that do not sign; null keeps that door shut. */
  pathSecret: string | null;
  /** Where operators see conversations, and who may frame our pages. */
  chatwootBaseUrl: string;
  /** True where browsers reach us over https. */
  cookieSecure: boolean;
  /** Our own address as browsers see it, where a proxy rewrites the Host header. */
  publicUrl?: string | null;
  isShuttingDown?: () => boolean;
}

/** API calls per operator and minute: no person notices it, a script that runs away does. */
const CALLS_PER_MINUTE = 6_000;
/** The longest message, each character escaped, fits. */
const MAX_JSON_BYTES = 2 * 1024 * 1024;

const readJson = express.json({ type: () => true, limit: MAX_JSON_BYTES, inflate: false, strict: false });

/** The whole HTTP surface: security headers, the routes of one list, and one place where an error becomes a response. */
export function createApp({ ports, cookieSecure, publicUrl = null, isShuttingDown = () => false, ...rest }: Surroundings): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("trust proxy", "loopback, linklocal, uniquelocal");

  const identity = createIdentity(ports, { cookieSecure, publicOrigin: publicUrl && (URL.parse(publicUrl)?.origin ?? null) });
  const sight = createSight(ports);
  const calls = createAttempts("requests", CALLS_PER_MINUTE);
  const routes = allRoutes({ ports, identity, sight, isShuttingDown, ...rest });

  const preparations = [logRequests(ports.log), securityHeaders(rest.chatwootBaseUrl, cookieSecure)];
  for (const { method, path, early } of routes) if (early) app[method](patternOf(path), early);
  app.use(late(preparations));
  app.use(preparations);
  for (const [path, sharing] of Map.groupBy(routes, (route) => route.path)) mount(path, sharing);
  app.use(docsPages());
  app.use(pageAssets());
  app.use(() => {
    throw new Problem("not_found", "There is nothing at this address.");
  });
  app.use(answerProblems(ports.log, rest.health));
  return app;

  function mount(path: string, sharing: Route[]): void {
    const address = app.route(patternOf(path));
    for (const route of sharing) if (route.run) address[route.method]((req, res) => serve(route, req, res));
    const allowed = sharing.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])).join(", ");
    address.all((_req, res) => {
      res.set("Allow", allowed);
      throw new Problem("method_not_allowed", `Use ${allowed} here.`);
    });
  }

  /** Who, then what: identity and role are settled before anything of the request is judged. */
  async function serve(route: Extract<Route, { run: object }>, req: Request, res: Response): Promise<void> {
    res.locals.route = route.path;
    res.locals.isPage = route.operation === null;
    const caller = route.access === "open" ? null : await identity.identify(req);
    if (caller) {
      res.locals.operatorId = caller.operator.id;
      await calls.spend(String(caller.operator.id));
    }
    if (route.access === "administrator" && caller?.operator.role !== "administrator") {
      throw new Problem("forbidden", "This is for administrators of the Chatwoot account.");
    }
    if (route.body) await jsonBody(req, res);
    const answer = await route.run(req, res, caller);
    if (answer) send(res, answer);
  }
}

/** A path of OpenAPI in Express's words. */
const patternOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** What an early route refuses is prepared like every other answer, before it becomes one. */
function late(preparations: RequestHandler[]): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const prepare = preparations.reduceRight<() => void>(
      (rest, preparation) => () => preparation(req, res, rest),
      () => next(error),
    );
    prepare();
  };
}

async function jsonBody(req: Request, res: Response): Promise<void> {
  const empty = req.headers["transfer-encoding"] === undefined && Number(req.headers["content-length"] ?? 0) === 0;
  if (empty) return;
  if (!req.is(["application/json", "application/*+json"]))
    throw new Problem("unsupported_media_type", "Send Content-Type: application/json.");
  await new Promise<void>((resolve, reject) => readJson(req, res, (error?: unknown) => (error ? reject(error) : resolve())));
}

function send(res: Response, { status = 200, body, headers = {} }: Answer): void {
  res.status(status).set({ "Cache-Control": "no-store", ...headers });
  if (body === undefined) res.end();
  else res.type("json").end(JSON.stringify(body));
}

/** Nothing inline, nothing from elsewhere; only we and Chatwoot's dashboard may frame our pages, which `X-Frame-Options` could not say. */
function securityHeaders(chatwootBaseUrl: string, https: boolean) {
  const chatwoot = URL.parse(chatwootBaseUrl)?.origin;
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'self'", ...(chatwoot ? [chatwoot] : [])],
      },
    },
    xFrameOptions: false,
    referrerPolicy: { policy: "same-origin" }, // with "no-referrer" browsers would send `Origin: null` with our own forms
    strictTransportSecurity: https,
  });
}
