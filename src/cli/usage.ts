/** The command was called wrongly: exit code 2, with the usage. */
export class UsageError extends Error {}
