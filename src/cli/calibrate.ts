import { parseArgs } from "node:util";
import { ConfigError } from "../config.ts";
import type { Reliability } from "../core/reliability.ts";
import { type CalibrationRun, fitNow } from "../flow/calibrate.ts";
import { withRecords } from "./records.ts";

/** `calibrate` fits the confidence on what people decided, now; `--dry-run` only says what would come of it. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean", default: false }, "dry-run": { type: "boolean", default: false } },
  });
  return withRecords(async ({ records: { store }, config }) => {
    const accountId = config.CHATWOOT_ACCOUNT_ID;
    if (accountId === undefined) throw new ConfigError(["CHATWOOT_ACCOUNT_ID: say whose decisions are meant."]);
    const ports = { store, clock: { now: () => new Date() }, settings: { accountId } };
    const fit = await fitNow(ports, { keep: !values["dry-run"] });
    process.stdout.write(values.json ? `${JSON.stringify(jsonOf(fit))}\n` : tableOf(fit));
    return 0;
  });
}

function jsonOf(fit: CalibrationRun | null) {
  if (!fit)
    return { version: null, taken: false, decisions: 0, fitted_on: 0, reason: NOTHING, drafter: null, weights: null, held_back: null };
  const { version, taken, decisions, fittedOn, reason, drafter, weights, heldBack } = fit;
  const held_back = { before: measuresJson(heldBack.before), after: measuresJson(heldBack.after) };
  return { version, taken, decisions, fitted_on: fittedOn, reason, drafter, weights, held_back };
}

const measuresJson = ({ decisions, ece, brier, logLoss, auroc }: Reliability) => ({ decisions, ece, brier, log_loss: logLoss, auroc });

const NOTHING = "nothing was decided yet";

function tableOf(fit: CalibrationRun | null): string {
  if (!fit) return `Not fitted: ${NOTHING}.\n`;
  const { version, taken, decisions, fittedOn, reason, drafter, weights, heldBack } = fit;
  const lines = [
    `${decisions} decisions on drafts of ${drafter}${fittedOn === decisions ? "" : `, fitted on ${fittedOn} of all drafters`}`,
    `${taken ? "taken" : "not taken"}${version === null ? "" : ` as version ${version}`}: ${reason}`,
    "",
    `on the newest ${heldBack.before.decisions}, held back   ECE   Brier  log loss  AUROC`,
    row("before", heldBack.before),
    row("after", heldBack.after),
    "",
    ...Object.entries(weights).map(([name, weight]) => `${name.padEnd(20)}${weight.toFixed(2).padStart(6)}`),
  ];
  return `${lines.join("\n")}\n`;
}

const row = (name: string, { ece, brier, logLoss, auroc }: Reliability) =>
  `${name.padEnd(28)}${[ece, brier, logLoss, auroc].map((value) => (value === null ? "–" : value.toFixed(3)).padStart(7)).join(" ")}`;
