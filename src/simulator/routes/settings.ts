import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { bodyOf, query } from "../answers.ts";
import { invalid, notFound, unprocessable } from "../refusal.ts";
import type { AttributeDefinition, CannedResponse, DashboardApp, Label } from "../settings-types.ts";
import { nextId, ofAccount } from "../state.ts";
import type { Json } from "../types.ts";
import { iso, type World } from "../world.ts";

const ATTRIBUTE_MODELS = ["conversation_attribute", "contact_attribute", "company_attribute"];

/** The account's labels, canned responses, dashboard apps and custom attributes. */
export function settingsRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const { state } = world;
  const accountOf = (request: Request) => sessionOf(request).account.id;

  router.get("/labels", (request, response) => {
    userOf(request);
    response.json({
      payload: ofAccount(state.labels, accountOf(request))
        .sort((a, b) => a.title.localeCompare(b.title))
        .map(labelJson),
    });
  });
  router.post("/labels", (request, response) => {
    administratorOf(request);
    const body = bodyOf(request, "label");
    const title = String(body.title ?? "").toLowerCase();
    if (ofAccount(state.labels, accountOf(request)).some((label) => label.title === title))
      throw invalid("Title has already been taken", ["title"]);
    const label: Label = {
      id: nextId(state, "label"),
      account_id: accountOf(request),
      title,
      description: body.description == null ? null : String(body.description),
      color: String(body.color ?? "#1f93ff"),
      show_on_sidebar: body.show_on_sidebar !== false,
    };
    state.labels.set(label.id, label);
    response.json(labelJson(label));
  });
  router.delete("/labels/:id", (request, response) => {
    administratorOf(request);
    state.labels.delete(own(state.labels, request).id);
    response.status(200).end();
  });

  router.get("/canned_responses", (request, response) => {
    userOf(request);
    const words = query(request, "search")?.toLowerCase();
    const rows = ofAccount(state.cannedResponses, accountOf(request));
    response.json(
      rows
        .filter((row) => !words || row.short_code.toLowerCase().includes(words) || row.content.toLowerCase().includes(words))
        .map(cannedJson),
    );
  });
  router.post("/canned_responses", (request, response) => {
    userOf(request);
    const body = bodyOf(request, "canned_response");
    const time = world.now();
    const row: CannedResponse = {
      id: nextId(state, "canned_response"),
      account_id: accountOf(request),
      short_code: String(body.short_code ?? ""),
      content: String(body.content ?? ""),
      created_at: time,
      updated_at: time,
    };
    state.cannedResponses.set(row.id, row);
    response.json(cannedJson(row));
  });
  router.delete("/canned_responses/:id", (request, response) => {
    userOf(request);
    state.cannedResponses.delete(own(state.cannedResponses, request).id);
    response.status(200).end();
  });

  // Any agent may make an app, too.
  router.get("/dashboard_apps", (request, response) => {
    userOf(request);
    response.json(ofAccount(state.dashboardApps, accountOf(request)).map(appJson));
  });
  router.get("/dashboard_apps/:id", (request, response) => void response.json(appJson(own(state.dashboardApps, request))));
  router.post("/dashboard_apps", (request, response) => {
    userOf(request);
    const body = bodyOf(request, "dashboard_app");
    const app: DashboardApp = {
      id: nextId(state, "dashboard_app"),
      account_id: accountOf(request),
      title: String(body.title ?? ""),
      content: appContent(body.content),
      created_at: world.now(),
    };
    state.dashboardApps.set(app.id, app);
    response.json(appJson(app));
  });
  router.patch("/dashboard_apps/:id", (request, response) => {
    const app = own(state.dashboardApps, request);
    const body = bodyOf(request, "dashboard_app");
    if (body.title) app.title = String(body.title);
    if ("content" in body) app.content = appContent(body.content);
    response.json(appJson(app));
  });
  router.delete("/dashboard_apps/:id", (request, response) => {
    state.dashboardApps.delete(own(state.dashboardApps, request).id);
    response.status(204).end();
  });

  router.get("/custom_attribute_definitions", (request, response) => {
    userOf(request);
    const model = query(request, "attribute_model");
    const rows = ofAccount(state.attributeDefinitions, accountOf(request));
    response.json(
      rows.filter((row) => model === undefined || row.attribute_model === (ATTRIBUTE_MODELS[Number(model)] ?? model)).map(definitionJson),
    );
  });
  router.post("/custom_attribute_definitions", (request, response) => {
    administratorOf(request);
    const body = bodyOf(request, "custom_attribute_definition");
    const time = world.now();
    const row: AttributeDefinition = {
      id: nextId(state, "attribute_definition"),
      account_id: accountOf(request),
      attribute_display_name: String(body.attribute_display_name ?? ""),
      attribute_display_type: String(body.attribute_display_type ?? "text"),
      attribute_description: body.attribute_description == null ? null : String(body.attribute_description),
      attribute_key: String(body.attribute_key ?? ""),
      attribute_model: ATTRIBUTE_MODELS[Number(body.attribute_model)] ?? String(body.attribute_model ?? "conversation_attribute"),
      attribute_values: Array.isArray(body.attribute_values) ? body.attribute_values : [],
      created_at: time,
      updated_at: time,
    };
    state.attributeDefinitions.set(row.id, row);
    response.json(definitionJson(row));
  });

  return router;
}

function own<Row extends { id: number; account_id: number }>(table: Map<number, Row>, request: Request): Row {
  userOf(request);
  const row = table.get(Number(request.params.id));
  if (row?.account_id !== sessionOf(request).account.id) throw notFound();
  return row;
}

/** Chatwoot keeps only a frame's address and type, in this order. */
function appContent(content: unknown): Json[] {
  const frames = Array.isArray(content) ? (content as Json[]) : [];
  if (frames.length === 0 || frames.some(({ type, url }) => type !== "frame" || !/^https?:\/\//.test(String(url))))
    throw unprocessable("Content : Invalid data");
  return frames.map(({ url, type }) => ({ url, type }));
}

const labelJson = ({ id, title, description, color, show_on_sidebar }: Label): Json => ({ id, title, description, color, show_on_sidebar });
const cannedJson = ({ created_at, updated_at, ...row }: CannedResponse): Json => ({
  ...row,
  created_at: iso(created_at),
  updated_at: iso(updated_at),
});
const appJson = ({ id, title, content, created_at }: DashboardApp): Json => ({ id, title, content, created_at: iso(created_at) });

function definitionJson(row: AttributeDefinition): Json {
  return {
    id: row.id,
    attribute_display_name: row.attribute_display_name,
    attribute_display_type: row.attribute_display_type,
    attribute_description: row.attribute_description,
    attribute_key: row.attribute_key,
    regex_pattern: null,
    regex_cue: null,
    attribute_values: row.attribute_values,
    attribute_model: row.attribute_model,
    default_value: null,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  };
}
