import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import { PROBLEMS, type ProblemCode } from "../core/problem.ts";
import { type Route, route } from "./route.ts";
import { problemSchema } from "./schemas.ts";
import { SESSION_COOKIE } from "./session-cookie.ts";

export type ApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI document of a list of routes: from the same schemas that validate, so that neither can lie about the other. */
export function apiDocument(routes: Route[]): ApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const described of routes) {
    if (described.operation) paths[described.path] = { ...paths[described.path], [described.method]: operationOf(described) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Countersign",
      version: "1",
      description: "AI drafts, people countersign. Errors are `application/problem+json` with a stable `code`; times are ISO 8601 in UTC.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.flatMap(({ operation }) => operation?.tag ?? []))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", description: "A Chatwoot access token (Chatwoot: Profile settings › Access token)" },
        session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE, description: "Set by `POST /api/v1/session`" },
      },
    },
  });
}

/** Serves the document that describes all the others, itself included. */
export function openapiRoute(document: () => ApiDocument): Route {
  return route({
    method: "get",
    path: "/openapi.json",
    access: "open",
    operation: {
      id: "getOpenApi",
      summary: "This document",
      tag: "House",
      answers: [{ status: 200, description: "OpenAPI 3.1" }],
    },
    handle: () => ({ body: document() }),
  });
}

function operationOf({ access, operation, params, query, body }: Route): ZodOpenApiOperationObject {
  if (!operation) throw new Error("only described routes have an operation");
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    security: access === "open" ? [] : [{ accessToken: [] }, { session: [] }],
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(operation.headers && { header: operation.headers }) },
    ...(body && { requestBody: { content: { "application/json": { schema: body } } } }),
    ...(operation.tag === "Door" && { requestBody: { required: true, content: { "application/json": { schema: DELIVERY_BODY } } } }),
    responses: responsesOf({ access, operation, params, query, body }),
  };
}

const DELIVERY_BODY = { type: "object" as const, description: "The event as Chatwoot sends it; `event` names it." };

function responsesOf({ access, operation, params, query, body }: Pick<Route, "access" | "operation" | "params" | "query" | "body">) {
  const responses: Record<string, ZodOpenApiResponsesObject[`${1 | 2 | 3 | 4 | 5}${string}`]> = {};
  for (const { status, description, schema, contentType = "application/json" } of operation?.answers ?? []) {
    responses[status] = { description, ...(schema && { content: { [contentType]: { schema } } }) };
  }
  const codes = new Set<ProblemCode>(operation?.problems);
  if (access !== "open") for (const code of ["unauthorized", "rate_limited", "unavailable"] as const) codes.add(code);
  if (access === "administrator") codes.add("forbidden");
  if (params && access !== "open") codes.add("not_found");
  if (query || body) codes.add("invalid_payload");
  if (body) for (const code of ["invalid_json", "unsupported_media_type", "payload_too_large"] as const) codes.add(code);
  for (const [status, names] of Map.groupBy(codes, (code) => PROBLEMS[code].status)) {
    responses[status] ??= {
      description: names.map((name) => `\`${name}\``).join(" · "),
      content: { "application/problem+json": { schema: problemSchema } },
    };
  }
  return responses as ZodOpenApiResponsesObject;
}
