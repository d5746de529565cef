import { setTimeout as pause } from "node:timers/promises";
import type { Balancer } from "./balancer.ts";
import type { Channel } from "./channel.ts";
import type { Dice } from "./dice.ts";
import type { SpoolDisk } from "./disk.ts";
import type { FaultyModel } from "./model.ts";
import { type Fault, restFault, webhookFault } from "./plan.ts";
import type { FaultyPostgres } from "./postgres.ts";
import type { Member } from "./processes.ts";
import { NAMES, type Staff } from "./staff.ts";
import { type Clocked, createTurns, untilAt } from "./time.ts";

/** What a run has to go wrong. */
export interface Victims {
  simulatorUrl: string;
  members: Member[];
  postgres: FaultyPostgres;
  disk: SpoolDisk;
  model: FaultyModel;
  /** The address at which the house reaches Chatwoot. */
  front: Balancer;
  channel: Channel;
  staff: Staff;
}

/** What went wrong, counted, and when something that was down was started again. */
export interface Toll {
  counts: Record<string, number>;
  restarts: { what: string; at: number }[];
}

/** Lets everything go wrong as planned; resolves when the last of it is over and all that was stopped runs again. */
export async function playFaults(
  plan: Fault[],
  victims: Victims,
  clocked: Clocked,
  dice: Dice,
  toll: Toll,
  tell: (line: string) => void,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  const hands = createHands(victims, clocked, dice, toll);
  for (const fault of plan) {
    if (!(await untilAt(clocked, fault.at))) break;
    const { at, kind, ...how } = fault;
    tell(`${String(Math.round(at / 1000)).padStart(5)} s  ${kind} ${JSON.stringify(how)}`);
    count(toll, kind);
    underWay.push(hands(fault).catch((error: Error) => tell(`the fault itself failed: ${error.message}`)));
  }
  await Promise.all(underWay);
}

function count(toll: Toll, what: string, by = 1): void {
  toll.counts[what] = (toll.counts[what] ?? 0) + by;
}

function createHands(victims: Victims, clocked: Clocked, dice: Dice, toll: Toll): (fault: Fault) => Promise<void> {
  const { members, postgres, disk, model, simulatorUrl, front, channel, staff } = victims;
  const databaseTurn = createTurns();
  const memberTurn = createTurns();
  const frontTurn = createTurns();
  const staffTurn = createTurns();
  const frozen = new Set<Member>();
  const restDice = dice;

  async function kill(victims: number, pauseMs: number): Promise<void> {
    const first = dice.int(0, members.length - 1);
    const chosen = Array.from({ length: victims }, (_, place) => members[(first + place) % members.length] as Member);
    await memberTurn(async () => {
      await Promise.all(chosen.map((member) => member.kill()));
      count(toll, "processes killed", chosen.length);
      await pause(pauseMs);
      toll.restarts.push({ what: victims === members.length ? "all processes" : "process", at: Date.now() });
      for (const member of chosen) member.start();
    });
  }

  async function roll(): Promise<void> {
    for (const member of members) {
      await memberTurn(async () => {
        await member.end();
        member.start();
        count(toll, "processes ended by SIGTERM");
        await pause(1_500);
      });
    }
  }

  async function database(how: "kill" | "fast" | "immediate", downMs: number): Promise<void> {
    await databaseTurn(async () => {
      await postgres.stop(how);
      await pause(downMs);
      toll.restarts.push({ what: "database", at: Date.now() });
      await postgres.start();
      count(toll, `database restarts (${how})`);
    });
  }

  async function storm(ms: number, path: string, next: () => object): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end && !clocked.isOver(); ) {
      await control(simulatorUrl, path, next());
      await pause(restDice.int(100, 500));
    }
    await control(simulatorUrl, path, null);
  }

  async function restartChatwoot(downMs: number): Promise<void> {
    await frontTurn(async () => {
      await front.shut();
      await pause(downMs);
      toll.restarts.push({ what: "Chatwoot", at: Date.now() });
      await front.open();
    });
  }

  async function freeze(ms: number): Promise<void> {
    const awake = members.filter((member) => !frozen.has(member));
    if (awake.length === 0) return;
    const member = dice.pick(awake);
    count(toll, `frozen: ${member.name}`);
    frozen.add(member);
    await member.freeze(ms);
    frozen.delete(member);
  }

  async function renewToken(ms: number): Promise<void> {
    const as = dice.pick(NAMES);
    await staffTurn(async () => {
      if (!(await staff.renew(as))) return count(toll, "tokens that could not be renewed");
      await pause(ms);
      await staff.signIn(as);
    });
  }

  return async (fault) => {
    switch (fault.kind) {
      case "kill":
        return kill(fault.victims, fault.pauseMs);
      case "rolling restart":
        return roll();
      case "database":
        return database(fault.how, fault.downMs);
      case "full disk":
        await disk.fill();
        if (fault.databaseDownMs > 0) await database("fast", fault.databaseDownMs);
        await pause(fault.ms);
        return disk.free();
      case "chatwoot storm":
        return storm(fault.ms, "faults", () => restFault(restDice));
      case "chatwoot down":
        await control(simulatorUrl, "faults", { match: { path: "/api/v1/accounts/1" }, fault: { status: 502, body: "<html>down</html>" } });
        await pause(fault.ms);
        return control(simulatorUrl, "faults", null);
      case "webhook storm":
        return storm(fault.ms, "webhook-faults", () => webhookFault(restDice));
      case "model trouble":
        model.trouble = fault.share;
        await pause(fault.ms);
        model.trouble = 0;
        return;
      case "chatwoot restart":
        return restartChatwoot(fault.downMs);
      case "frozen":
        return freeze(fault.ms);
      case "channel refuses":
        channel.refusing = fault.share;
        await pause(fault.ms);
        channel.refusing = 0;
        return;
      case "token renewed":
        return renewToken(fault.ms);
      case "deletion":
        count(toll, (await staff.remove(fault.what, dice)) ? `deleted: ${fault.what}` : "deletions that found nothing");
    }
  };
}

/** Asks the simulated Chatwoot to misbehave, or (null) to behave again. */
export async function control(simulatorUrl: string, path: "faults" | "webhook-faults" | string, body: object | null): Promise<void> {
  const response = await fetch(`${simulatorUrl}/simulator/${path}`, {
    method: body ? "POST" : "DELETE",
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`The simulator did not take ${JSON.stringify(body)}: ${await response.text()}`);
}
