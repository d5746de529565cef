import { type Request, Router } from "express";
import { rate } from "../after-message.ts";
import { bodyOf, isObject } from "../answers.ts";
import { notFound, unprocessable } from "../refusal.ts";
import { messagesOf, must } from "../state.ts";
import type { Conversation, Json, Message } from "../types.ts";
import { iso, type World } from "../world.ts";

const CHANGEABLE_FOR_MS = 14 * 24 * 3_600_000;

/** The survey behind the link of a resolved conversation: whoever knows the conversation's UUID may rate it, for 14 days. */
export function surveyRoutes(world: World): Router {
  const router = Router();

  router.get("/public/api/v1/csat_survey/:uuid", (request, response) => {
    const { conversation, survey } = surveyFor(world, request);
    response.json(surveyJson(world, conversation, survey));
  });

  router.put("/public/api/v1/csat_survey/:uuid", (request, response) => {
    const { conversation, survey } = surveyFor(world, request);
    if (world.now() - survey.created_at > CHANGEABLE_FOR_MS) throw unprocessable("You cannot update the CSAT survey after 14 days");
    const before = surveyJson(world, conversation, survey);
    const values = bodyOf(request, "message").submitted_values;
    const answer = isObject(values) && isObject(values.csat_survey_response) ? values.csat_survey_response : {};
    rate(world, conversation, survey, Number(answer.rating), answer.feedback_message == null ? null : String(answer.feedback_message));
    // The answer still shows the rating as it was before.
    response.json(before);
  });

  return router;
}

function surveyFor(world: World, request: Request): { conversation: Conversation; survey: Message } {
  const conversation = [...world.state.conversations.values()].find((row) => row.uuid === request.params.uuid);
  const survey = conversation && messagesOf(world.state, conversation).findLast((message) => message.content_type === "input_csat");
  if (!conversation || !survey) throw notFound();
  return { conversation, survey };
}

function surveyJson({ state }: World, conversation: Conversation, survey: Message): Json {
  const response = [...state.csatResponses.values()].find((row) => row.message_id === survey.id);
  return {
    id: survey.id,
    csat_survey_response: response ? { ...response, created_at: iso(response.created_at) } : null,
    display_type: survey.content_attributes.display_type,
    content: survey.content,
    inbox_avatar_url: "",
    inbox_name: must(state.inboxes, conversation.inbox_id).name,
    locale: "en",
    conversation_id: conversation.display_id,
    created_at: iso(survey.created_at),
  };
}
