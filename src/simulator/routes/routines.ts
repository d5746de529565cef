import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { performActions } from "../actions.ts";
import { bodyOf, emptyJson, ids } from "../answers.ts";
import { mayShow } from "../lookups.ts";
import { notFound } from "../refusal.ts";
import { agentJson } from "../rest-json.ts";
import { must, nextId, ofAccount } from "../state.ts";
import type { Action, AutomationRule, Condition, Json, Macro } from "../types.ts";
import { seconds, type World } from "../world.ts";

/** Macros, which operators run with one click, and automation rules, which run by themselves. */
export function routineRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const json = (macro: Macro): Json => ({
    id: macro.id,
    name: macro.name,
    visibility: macro.visibility,
    created_by: agentJson(must(world.state.users, macro.created_by_id), macro.account_id),
    updated_by: agentJson(must(world.state.users, macro.updated_by_id), macro.account_id),
    account_id: macro.account_id,
    actions: macro.actions,
  });

  router.get("/macros", (request, response) => {
    const user = userOf(request);
    const macros = ofAccount(world.state.macros, sessionOf(request).account.id).filter(
      (macro) => macro.visibility === "global" || macro.created_by_id === user.id,
    );
    response.json({ payload: macros.map(json) });
  });
  router.get("/macros/:macro_id", (request, response) => void response.json({ payload: json(macroFor(world, request)) }));
  router.post("/macros", (request, response) => {
    const user = userOf(request);
    const body = bodyOf(request, "macro");
    const macro: Macro = {
      id: nextId(world.state, "macro"),
      account_id: sessionOf(request).account.id,
      name: String(body.name ?? ""),
      // An agent's macros are their own whatever they ask for.
      visibility: body.visibility === "global" && user.role === "administrator" ? "global" : "personal",
      created_by_id: user.id,
      updated_by_id: user.id,
      actions: (body.actions ?? []) as Action[],
    };
    world.state.macros.set(macro.id, macro);
    response.json({ payload: json(macro) });
  });
  const changeMacro = (request: Request) => {
    const macro = macroFor(world, request);
    const body = bodyOf(request, "macro");
    if (body.name) macro.name = String(body.name);
    if (Array.isArray(body.actions)) macro.actions = body.actions as Action[];
    macro.updated_by_id = userOf(request).id;
    return { payload: json(macro) };
  };
  router.put("/macros/:macro_id", (request, response) => void response.json(changeMacro(request)));
  router.patch("/macros/:macro_id", (request, response) => void response.json(changeMacro(request)));
  router.delete("/macros/:macro_id", (request, response) => {
    world.state.macros.delete(macroFor(world, request).id);
    response.status(200).end();
  });

  router.post("/macros/:macro_id/execute", (request, response) => {
    const macro = macroFor(world, request);
    const user = userOf(request);
    const wanted = ids(bodyOf(request).conversation_ids);
    const conversations = ofAccount(world.state.conversations, macro.account_id).filter(
      (row) => wanted.includes(row.display_id) && mayShow(world.state, user, row),
    );
    setImmediate(() => {
      for (const conversation of conversations)
        performActions(world, macro.actions, conversation, { kind: "user", user }, "macro.executed");
    });
    emptyJson(response);
  });

  router.get("/automation_rules", (request, response) => {
    administratorOf(request);
    response.json({ payload: ofAccount(world.state.automationRules, sessionOf(request).account.id).map(ruleJson) });
  });
  router.post("/automation_rules", (request, response) => {
    administratorOf(request);
    const body = bodyOf(request, "automation_rule");
    const rule: AutomationRule = {
      id: nextId(world.state, "automation_rule"),
      account_id: sessionOf(request).account.id,
      name: String(body.name ?? ""),
      description: body.description == null ? null : String(body.description),
      event_name: String(body.event_name ?? ""),
      conditions: (body.conditions ?? []) as Condition[],
      actions: (body.actions ?? []) as Action[],
      active: body.active !== false,
      created_at: world.now(),
    };
    world.state.automationRules.set(rule.id, rule);
    response.json(ruleJson(rule));
  });
  router.get("/automation_rules/:rule_id", (request, response) => void response.json({ payload: ruleJson(ruleFor(world, request)) }));
  router.patch("/automation_rules/:rule_id", (request, response) => {
    const rule = ruleFor(world, request);
    const body = bodyOf(request, "automation_rule");
    for (const key of ["name", "description", "event_name", "conditions", "actions", "active"] as const)
      if (key in body) Object.assign(rule, { [key]: body[key] });
    response.json({ payload: ruleJson(rule) });
  });
  router.delete("/automation_rules/:rule_id", (request, response) => {
    world.state.automationRules.delete(ruleFor(world, request).id);
    response.status(200).end();
  });

  return router;
}

function ruleJson({ id, account_id, name, description, event_name, conditions, actions, active, created_at }: AutomationRule): Json {
  return { id, account_id, name, description, event_name, conditions, actions, created_on: seconds(created_at), active };
}

function macroFor(world: World, request: Request): Macro {
  userOf(request);
  const macro = world.state.macros.get(Number(request.params.macro_id));
  if (macro?.account_id !== sessionOf(request).account.id) throw notFound();
  return macro;
}

function ruleFor(world: World, request: Request): AutomationRule {
  administratorOf(request);
  const rule = world.state.automationRules.get(Number(request.params.rule_id));
  if (rule?.account_id !== sessionOf(request).account.id) throw notFound();
  return rule;
}
