import { z } from "zod";
import { decideLesson, type LessonDecision } from "../flow/decide-lesson.ts";
import type { LessonEvent, StoredLesson } from "../ports/lessons.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { cursor, limit, listOf, text, time, uuid } from "./schemas.ts";

const LONGEST = 500;
const status = z.enum(["suggested", "accepted", "rejected", "revoked"]);
const operator = z.object({ type: z.literal("operator"), id: z.int(), name: z.string() });

const lessonSchema = z
  .object({
    id: z.guid(),
    status,
    kind: z.enum(["fact", "tone", "policy"]),
    text: z.string().meta({ description: "The rule as the drafter is told it once accepted." }),
    removed: z.string().nullable(),
    added: z.string().nullable(),
    times: z.int().meta({ description: "Replies in which operators made the change" }),
    chances: z.int().meta({ description: "Replies in which they could have" }),
    examples: z.array(z.object({ approval_id: z.string(), before: z.string(), after: z.string() })),
    source: z
      .object({ source_id: z.string(), title: z.string() })
      .nullable()
      .meta({ description: "For a corrected fact: what the draft had quoted" }),
    suggested_at: time,
    updated_at: time,
    decided_by: operator.nullable(),
    decided_at: time.nullable(),
  })
  .meta({ id: "Lesson" });

const eventSchema = z
  .object({
    at: time,
    what: status,
    actor: z.union([operator, z.object({ type: z.literal("system") })]),
    text: z.string(),
    style_version: z.int().nullable().meta({ description: "The version of the house style that began with it" }),
  })
  .meta({ id: "LessonEvent" });

const styleSchema = z
  .object({
    version: z.int().meta({ description: "The number behind `+s` in an approval's `prompt_version`" }),
    rules: z.array(z.string()),
  })
  .meta({ id: "HouseStyle" });

const path = "/api/v1/lessons";
const one = z.object({ id: uuid });
const tag = "Learning";

/** What operators keep changing in drafts: administrators decide what the drafter is told of it. */
export function lessonRoutes(ports: Pick<Ports, "store" | "clock">): Route[] {
  return [
    route({
      method: "get",
      path,
      access: "administrator",
      operation: {
        id: "listLessons",
        summary: "Lists what operators keep changing in drafts, newest suggestion first",
        tag,
        answers: [{ status: 200, description: "One page", schema: listOf(lessonSchema) }],
      },
      query: z.object({ status: status.default("suggested"), limit, cursor: cursor.optional() }),
      handle: async ({ query }) => {
        const page = await ports.store.lessons.list(query);
        return { body: { data: page.data.map(lessonJson), next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: "get",
      path: `${path}/style`,
      access: "administrator",
      operation: {
        id: "getHouseStyle",
        summary: "The accepted lessons as the drafter is told them now",
        tag,
        answers: [{ status: 200, description: "The house style", schema: styleSchema }],
      },
      handle: async () => ({ body: await ports.store.lessons.style() }),
    }),
    route({
      method: "get",
      path: `${path}/{id}/events`,
      access: "administrator",
      operation: {
        id: "listLessonEvents",
        summary: "Who decided what about a lesson, oldest first",
        tag,
        answers: [{ status: 200, description: "The audit trail", schema: z.object({ data: z.array(eventSchema) }) }],
        problems: ["not_found"],
      },
      params: one,
      handle: async ({ params }) => ({ body: { data: (await ports.store.lessons.events(params.id)).map(eventJson) } }),
    }),
    decision(
      ports,
      "accept",
      "Makes a lesson a rule of the house, in better words if given",
      z.object({ text: text({ min: 3, max: LONGEST }).optional() }),
      (body) => ({
        status: "accepted",
        text: body.text,
      }),
    ),
    decision(ports, "reject", "Puts a lesson away; it is not suggested again", z.object({}), () => ({ status: "rejected" })),
    decision(ports, "revoke", "Takes an accepted lesson out of the house style", z.object({}), () => ({ status: "revoked" })),
  ];
}

function decision<Body extends z.ZodObject>(
  ports: Pick<Ports, "store" | "clock">,
  verb: "accept" | "reject" | "revoke",
  summary: string,
  body: Body,
  decisionOf: (body: z.infer<Body>) => LessonDecision,
): Route {
  return route({
    method: "post",
    path: `${path}/{id}/${verb}`,
    access: "administrator",
    operation: {
      id: `${verb}Lesson`,
      summary,
      tag,
      answers: [{ status: 200, description: "The lesson, now decided", schema: lessonSchema }],
      problems: ["already_decided"],
    },
    params: one,
    body,
    handle: async ({ params, body: given, caller }) => ({
      body: lessonJson(await decideLesson(ports, { id: params.id, decision: decisionOf(given), by: caller.operator })),
    }),
  });
}

function lessonJson(lesson: StoredLesson): z.infer<typeof lessonSchema> {
  return {
    id: lesson.id,
    status: lesson.status,
    kind: lesson.kind,
    text: lesson.text,
    removed: lesson.removed,
    added: lesson.added,
    times: lesson.times,
    chances: lesson.chances,
    examples: lesson.examples,
    source: lesson.source,
    suggested_at: lesson.suggestedAt.toISOString(),
    updated_at: lesson.updatedAt.toISOString(),
    decided_by: lesson.decidedBy,
    decided_at: lesson.decidedAt?.toISOString() ?? null,
  };
}

function eventJson({ at, what, actor, text: words, styleVersion }: LessonEvent): z.infer<typeof eventSchema> {
  return { at: at.toISOString(), what, actor, text: words, style_version: styleVersion };
}
