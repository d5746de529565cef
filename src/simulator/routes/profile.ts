import { Router } from "express";
import { callerOf } from "../access.ts";
import { bodyOf } from "../answers.ts";
import { notAuthorized } from "../refusal.ts";
import { profileJson } from "../rest-json.ts";
import { randomToken } from "../state.ts";
import type { User } from "../types.ts";
import type { World } from "../world.ts";

const AVAILABILITIES: User["availability"][] = ["online", "busy", "offline"];

/** Who a token belongs to, and what they say about their availability. */
export function profileRoutes(world: World): Router {
  const router = Router();
  const me = (request: Parameters<typeof callerOf>[1]): User => {
    const caller = callerOf(world, request, request.path);
    if (caller.kind !== "user") throw notAuthorized();
    return caller.user;
  };

  router.get("/api/v1/profile", (request, response) => void response.json(profileJson(world, me(request))));

  router.post("/api/v1/profile/availability", (request, response) => {
    const user = me(request);
    const wanted = AVAILABILITIES.find((one) => one === bodyOf(request, "profile").availability);
    if (!wanted) throw new Error("not a valid availability");
    user.availability = wanted;
    response.json(profileJson(world, user));
  });

  router.post("/api/v1/profile/auto_offline", (request, response) => {
    const user = me(request);
    user.auto_offline = Boolean(bodyOf(request, "profile").auto_offline);
    response.json(profileJson(world, user));
  });

  // The old token is nobody's from here on.
  router.post("/api/v1/profile/reset_access_token", (request, response) => {
    const user = me(request);
    user.token = randomToken();
    response.json(profileJson(world, user));
  });

  return router;
}
