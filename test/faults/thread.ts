import type { Message } from "./evidence.ts";

/** A customer's own words. */
export const isCustomers = (message: Message) => message.type === "incoming" && !message.private && !message.deleted;

/** A public answer, ours or anybody's, that reached the customer: what its channel refused did not. */
export const isPublicAnswer = (message: Message) => message.type === "outgoing" && !message.private && !message.deleted && !message.refused;
