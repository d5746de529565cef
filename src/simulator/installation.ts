import { z } from "zod";
import { randomToken } from "./state.ts";
import type { User } from "./types.ts";
import type { World } from "./world.ts";

/** The shape of an installation file: an account, its people with their tokens, and a second account that stays empty. */
const installationFile = z.object({
  account: z.object({ id: z.number().int(), name: z.string() }),
  people: z.record(
    z.string(),
    z.object({
      id: z.number().int(),
      name: z.string(),
      role: z.enum(["agent", "administrator"]),
      token: z.string(),
      email: z.string().optional(),
    }),
  ),
  bots: z.record(z.string(), z.object({ name: z.string(), token: z.string() })).default({}),
  other_account: z.object({ id: z.number().int() }).optional(),
});
export type Installation = z.input<typeof installationFile>;

/** Fills an empty world with an installation's account and people, and nothing else; bots get their token when they are made. */
export function fillFromInstallation(world: World, installation: Installation): void {
  const { account, people, bots, other_account: other } = installationFile.parse(installation);
  world.state.accounts.set(account.id, account);
  if (other) world.state.accounts.set(other.id, { id: other.id, name: "Another account" });
  for (const person of Object.values(people)) addUser(world, { ...person, account_ids: [account.id] });
  for (const bot of Object.values(bots)) world.state.botTokens.set(bot.name, bot.token);
}

/** Adds an operator; who is not said to be online is not. */
export function addUser(
  world: World,
  person: Pick<User, "id" | "name" | "role" | "token" | "account_ids"> & { email?: string; online?: boolean },
): User {
  const user: User = {
    id: person.id,
    account_ids: person.account_ids,
    name: person.name,
    email: person.email ?? `${person.name.toLowerCase().replace(/[^a-z0-9]+/g, ".")}@example.com`,
    role: person.role,
    token: person.token,
    pubsub_token: randomToken(),
    availability: "online",
    auto_offline: !person.online,
    present: false,
  };
  world.state.users.set(user.id, user);
  return user;
}
