import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { sign } from "../adapters/chatwoot/signature.ts";
import { type Answer, type Found, judgeStory, type Verdict } from "./judge-story.ts";
import type { ReadStory } from "./read-stories.ts";
import { isNamed, isPause, type Story, type StoryBody, type StoryStep, stepsOf } from "./story.ts";
import { openStoryHouse } from "./story-house.ts";
import { type OtherServer, openStoryServer } from "./story-server.ts";
import { moveToNow } from "./story-times.ts";

/** Where stories are played: a server with a door, and the secret that opens it. */
export interface Stage {
  url: string;
  secret: string;
  /** Sets the stage for one story. */
  open(story: Story): Scene;
  close(): Promise<void>;
}

/** One story on its stage. */
export interface Scene {
  /** Brings the helpdesk to what a body tells and answers the body's text as it is to be sent, every id its own. */
  enter(body: StoryBody): string;
  /** Resolves when the house has come to rest: nothing is on its way any more, delayed jobs included. */
  rest(): Promise<void>;
  /** What has come of it. */
  look(): Promise<Found>;
}

/** One story as it was played. */
export interface Outcome {
  file: string;
  story: string;
  deliveries: Answer[];
  found: Found;
  verdict: Verdict;
}

/** Plays stories one after the other: on the server that `server` names, else in throw-away houses, one for each folder of fixtures. */
export async function* playStories(stories: ReadStory[], { server }: { server?: OtherServer } = {}): AsyncGenerator<Outcome, void> {
  for (const [folder, together] of Map.groupBy(stories, ({ file }) => dirname(file))) {
    const stage = server ? openStoryServer(server) : await openStoryHouse({ fixtures: dirname(folder) });
    try {
      for (const story of together) yield await playStory(stage, story);
    } finally {
      await stage.close();
    }
  }
}

/** Plays one story: sends its bodies through the door, rests where it rests, and judges what came of it. */
export async function playStory(stage: Stage, { file, story }: ReadStory): Promise<Outcome> {
  const scene = stage.open(story);
  const deliveryIds = new Map<string, string>();
  const deliveries: Answer[] = [];
  for (const run of runsOf(stepsOf(story))) {
    const bodies = moveToNow(run.map(bodyOf), new Date());
    for (const [place, step] of run.entries()) {
      const name = isNamed(step) ? step.delivery_id : randomUUID();
      const deliveryId = deliveryIds.get(name) ?? randomUUID();
      deliveryIds.set(name, deliveryId);
      const body = bodies[place] as StoryBody; // `moveToNow` keeps their number
      deliveries.push(await deliver(stage, { event: String(body.event), deliveryId, text: scene.enter(body) }));
    }
    await scene.rest();
  }
  const found = await scene.look();
  return { file, story: story.story, deliveries, found, verdict: judgeStory(story, deliveries, found) };
}

type Sent = Exclude<StoryStep, { wait_for: "approval" }>;

/** The bodies between two pauses: their times keep their distances, and the newest is now. */
function runsOf(steps: StoryStep[]): Sent[][] {
  const runs: Sent[][] = [[]];
  for (const step of steps) {
    if (isPause(step)) runs.push([]);
    else runs.at(-1)?.push(step);
  }
  return runs.filter((run) => run.length > 0);
}

const bodyOf = (step: Sent): StoryBody => (isNamed(step) ? step.body : step);

/** Sends one body as Chatwoot does, signed this very moment. */
async function deliver(
  { url, secret }: Stage,
  { event, deliveryId, text }: { event: string; deliveryId: string; text: string },
): Promise<Answer> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const response = await fetch(`${url}/webhooks/chatwoot`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Chatwoot-Delivery": deliveryId,
      "X-Chatwoot-Timestamp": timestamp,
      "X-Chatwoot-Signature": sign(Buffer.from(text), secret, timestamp),
    },
    body: text,
  });
  const answer = (await response.json().catch(() => ({}))) as { status?: unknown; reason?: string; code?: string; detail?: string };
  if (response.status === 202)
    return { event, delivery_id: deliveryId, status: String(answer.status), ...(answer.reason !== undefined && { reason: answer.reason }) };
  const reason = [answer.code, answer.detail].filter(Boolean).join(": ");
  return { event, delivery_id: deliveryId, status: `refused with ${response.status}`, ...(reason !== "" && { reason }) };
}
