import type { Kysely } from "kysely";
import type { OperatorsTable, SessionsTable } from "../../ports/store.ts";
import type { Cipher } from "./cipher.ts";
import type { Schema } from "./tables.ts";

/** Operators and their tokens, encrypted at rest. */
export function operatorsTable(db: Kysely<Schema>, cipher: Cipher): OperatorsTable {
  return {
    async link({ id, name, email, role }, token, at) {
      const row = { name, email, role, encryptedToken: cipher.encrypt(token), linkedAt: at };
      await db
        .insertInto("operators")
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
        .execute();
    },
    async token(operatorId) {
      const row = await db.selectFrom("operators").select("encryptedToken").where("id", "=", operatorId).executeTakeFirst();
      return row?.encryptedToken ? cipher.decrypt(row.encryptedToken) : null;
    },
    async get(operatorId) {
      const row = await db.selectFrom("operators").select(["id", "name", "email", "role"]).where("id", "=", operatorId).executeTakeFirst();
      return row ?? null;
    },
    async unlink(operatorId) {
      await db.updateTable("operators").set({ encryptedToken: null }).where("id", "=", operatorId).execute();
    },
  };
}

/** Cookie sessions, known by the hash of their token only. */
export function sessionsTable(db: Kysely<Schema>): SessionsTable {
  return {
    async create(session) {
      await db.insertInto("sessions").values(session).execute();
    },
    async find(tokenHash, now) {
      const operator = await db
        .selectFrom("sessions")
        .innerJoin("operators", "operators.id", "sessions.operatorId")
        .select(["operators.id", "operators.name", "operators.email", "operators.role"])
        .where("tokenHash", "=", tokenHash)
        .where("expiresAt", ">", now)
        .executeTakeFirst();
      return operator ? { operator } : null;
    },
    async remove(tokenHash) {
      await db.deleteFrom("sessions").where("tokenHash", "=", tokenHash).execute();
    },
  };
}
