import type { Kysely } from "kysely";
import type { CalibrationsTable } from "../../ports/calibrations.ts";
import { jsonb } from "./sql.ts";
import type { Schema } from "./tables.ts";

const MOST = 100;

/** Fits of the confidence's weights. */
export function calibrationsTable(db: Kysely<Schema>): CalibrationsTable {
  const of = (accountId: number) => db.selectFrom("calibrations").selectAll().where("accountId", "=", accountId).orderBy("version", "desc");
  const latest = async (accountId: number) => (await of(accountId).limit(1).executeTakeFirst()) ?? null;
  return {
    async add(calibration) {
      const { version } = await db
        .insertInto("calibrations")
        .values({ ...calibration, weights: jsonb(calibration.weights), heldBack: jsonb(calibration.heldBack) })
        .returning("version")
        .executeTakeFirstOrThrow();
      return version;
    },
    latest,
    taken: (accountId) => of(accountId).where("taken", "=", true).limit(MOST).execute(),
    async serving(accountId, drafter) {
      const newest = await latest(accountId);
      const taken = newest?.taken ? newest : await of(accountId).where("taken", "=", true).limit(1).executeTakeFirst();
      return {
        version: taken?.version ?? null,
        weights: taken?.weights ?? null,
        decisions: newest?.drafter === drafter ? newest.decisions : 0,
      };
    },
  };
}
