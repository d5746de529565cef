import { type Request, Router } from "express";
import { administratorOf, conversationFor, sessionOf } from "../access.ts";
import { page, query } from "../answers.ts";
import { contactJson } from "../rest-json.ts";
import { must, ofAccount } from "../state.ts";
import type { CsatResponse, Json, ReportingEvent } from "../types.ts";
import { iso, seconds, type World } from "../world.ts";

const PAGE = 25;

/** Ratings and the figures of one conversation; administrators only. */
export function reportRoutes(world: World): Router {
  const router = Router({ mergeParams: true });

  router.get("/csat_survey_responses", (request, response) => {
    administratorOf(request);
    response.json(page(ratings(world, request), query(request, "page"), PAGE).map((row) => ratingJson(world, row)));
  });

  router.get("/csat_survey_responses/metrics", (request, response) => {
    administratorOf(request);
    const rows = ratings(world, request);
    const counts = Object.groupBy(rows, (row) => String(row.rating));
    const sent = [...world.state.messages.values()].filter(
      (message) => message.content_type === "input_csat" && message.account_id === sessionOf(request).account.id,
    ).length;
    response.json({
      total_count: rows.length,
      ratings_count: Object.fromEntries(Object.entries(counts).map(([rating, list]) => [rating, list?.length ?? 0])),
      total_sent_messages_count: sent,
    });
  });

  router.get("/conversations/:conversation_id/reporting_events", (request, response) => {
    const conversation = conversationFor(world, request);
    administratorOf(request);
    const rows = ofAccount(world.state.reportingEvents, conversation.account_id).filter(
      (row) => row.conversation_id === conversation.display_id,
    );
    response.json(rows.map(eventJson));
  });

  return router;
}

/** The account's summary under `/api/v2`. */
export function reportV2Routes(world: World): Router {
  const router = Router({ mergeParams: true });
  router.get("/reports/summary", (request, response) => {
    administratorOf(request);
    const since = Number(query(request, "since") ?? 0) * 1000;
    const until = Number(query(request, "until") ?? world.now() / 1000) * 1000;
    response.json({ ...summary(world, request, since, until), previous: summary(world, request, since - (until - since), since) });
  });
  return router;
}

function summary({ state }: World, request: Request, since: number, until: number): Json {
  const { id } = sessionOf(request).account;
  const inRange = (row: { created_at: number }) => row.created_at >= since && row.created_at < until;
  const events = ofAccount(state.reportingEvents, id).filter(inRange);
  const average = (name: ReportingEvent["name"]) => {
    const values = events.filter((row) => row.name === name).map((row) => row.value);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const messages = ofAccount(state.messages, id).filter(inRange);
  return {
    conversations_count: ofAccount(state.conversations, id).filter(inRange).length,
    incoming_messages_count: messages.filter((row) => row.message_type === "incoming").length,
    outgoing_messages_count: messages.filter((row) => row.message_type === "outgoing").length,
    avg_first_response_time: average("first_response"),
    avg_resolution_time: average("conversation_resolved"),
    resolutions_count: events.filter((row) => row.name === "conversation_resolved").length,
    reply_time: average("reply_time"),
  };
}

function ratings({ state }: World, request: Request): CsatResponse[] {
  const since = query(request, "since");
  const until = query(request, "until");
  const rating = query(request, "rating");
  const rows = ofAccount(state.csatResponses, sessionOf(request).account.id).filter(
    (row) =>
      (!since || !until || (row.created_at >= Number(since) * 1000 && row.created_at <= Number(until) * 1000)) &&
      (!rating || row.rating === Number(rating)),
  );
  return query(request, "sort") === "-created_at" ? rows.reverse() : rows;
}

function ratingJson(world: World, row: CsatResponse): Json {
  return {
    id: row.id,
    rating: row.rating,
    feedback_message: row.feedback_message,
    csat_review_notes: null,
    review_notes_updated_at: null,
    account_id: row.account_id,
    message_id: row.message_id,
    contact: contactJson(world, must(world.state.contacts, row.contact_id), { withInboxes: false }),
    conversation_id: row.conversation_id,
    created_at: seconds(row.created_at),
  };
}

function eventJson(row: ReportingEvent): Json {
  return {
    id: row.id,
    name: row.name,
    value: row.value,
    value_in_business_hours: 0,
    event_start_time: iso(row.event_start_time),
    event_end_time: iso(row.event_end_time),
    account_id: row.account_id,
    inbox_id: row.inbox_id,
    user_id: row.user_id,
    conversation_id: row.conversation_id,
    created_at: iso(row.created_at),
    updated_at: iso(row.created_at),
  };
}
