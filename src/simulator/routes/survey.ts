import { type Request, Router } from "express";
import { rate } from "../after-message.ts";
import { bodyOf, isObject } from "../answers.ts";
import { notFound, unprocessable } from "../refusal.ts";
import { messagesOf, must } from "../state.ts";
import type { Conversation, CsatResponse, Json, Message } from "../types.ts";
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
    const first = !responseTo(world, survey);
    const values = bodyOf(request, "message").submitted_values;
    const answer = isObject(values) && isObject(values.csat_survey_response) ? values.csat_survey_response : {};
    rate(world, conversation, survey, Number(answer.rating), answer.feedback_message == null ? null : String(answer.feedback_message));
    // The first answer does not know of its own rating yet, later ones show the new one.
    response.json({ ...surveyJson(world, conversation, survey), ...(first && { csat_survey_response: null }) });
  });

  return router;
}

function surveyFor(world: World, request: Request): { conversation: Conversation; survey: Message } {
  const conversation = [...world.state.conversations.values()].find((row) => row.uuid === request.params.uuid);
  const survey = conversation && messagesOf(world.state, conversation).findLast((message) => message.content_type === "input_csat");
  if (!conversation || !survey) throw notFound();
  return { conversation, survey };
}

const responseTo = ({ state }: World, survey: Message) => [...state.csatResponses.values()].find((row) => row.message_id === survey.id);

function surveyJson(world: World, conversation: Conversation, survey: Message): Json {
  const response = responseTo(world, survey);
  return {
    id: survey.id,
    csat_survey_response: response ? responseJson(response) : null,
    display_type: survey.content_attributes.display_type,
    content: survey.content,
    inbox_avatar_url: "",
    inbox_name: must(world.state.inboxes, conversation.inbox_id).name,
    locale: "en",
    conversation_id: conversation.display_id,
    created_at: iso(survey.created_at),
  };
}

function responseJson({ created_at, ...row }: CsatResponse): Json {
  const unset = { csat_review_notes: null, review_notes_updated_at: null, review_notes_updated_by_id: null };
  return { ...row, created_at: iso(created_at), updated_at: iso(created_at), ...unset };
}
