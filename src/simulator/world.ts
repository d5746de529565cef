import type { Outbox } from "./outbox.ts";
import { emptyState, type State } from "./state.ts";
import type { Conversation, Message } from "./types.ts";

/** What happens because something happened; set once when the simulator starts, so that telling and acting need not know each other. */
interface Listeners {
  /** A bot's endpoint failed for good on a message of this conversation. */
  botFailed(conversation: Conversation): void;
  /** Automation rules listen to these. */
  /** A new message goes out through its channel, or is answered automatically. */
  created(conversation: Conversation, message: Message): void;
  /** The survey is sent then. */
  resolved(conversation: Conversation): void;
  happened(
    event: "message_created" | "conversation_created" | "conversation_updated" | "conversation_opened",
    conversation: Conversation,
    message?: Message,
  ): void;
}

/** What every part of the simulator works on: its rows, its clock, and the way its webhooks leave. */
export interface World {
  state: State;
  outbox: Outbox;
  /** Unix milliseconds with a fraction; strictly increasing, so that no two rows share a time; `advance` moves it. */
  now(): number;
  advance(seconds: number): void;
  /** The simulator's own address, set once it listens; surveys and files link to it. */
  url: string;
  /** While true nothing is sent: a seed tells what happened long ago. */
  quiet: boolean;
  listeners: Listeners;
}

/** A world without rows; `outbox` sends what happens in it. */
export function createWorld(outbox: Outbox): World {
  let ahead = 0;
  let last = 0;
  return {
    state: emptyState(),
    outbox,
    now() {
      last = Math.max(Date.now() + ahead, last + 0.001);
      return last;
    },
    advance(seconds) {
      ahead += seconds * 1000;
    },
    url: "",
    quiet: false,
    listeners: { botFailed() {}, created() {}, resolved() {}, happened() {} },
  };
}

/** Unix seconds as Chatwoot writes them in most places; 0 when unset. */
export const seconds = (time: number | null): number => (time === null ? 0 : Math.floor(time / 1000));

/** ISO 8601 with milliseconds and Z; null when unset. */
export const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
