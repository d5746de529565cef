import type pg from "pg";
import type { NewJob } from "../../ports/jobs.ts";
import type { NewDelivery } from "../../ports/store.ts";
import { newsOf, toBoss } from "./jobs.ts";
import { JOBS_CHANNEL } from "./listen.ts";
import { textArray } from "./text-array.ts";

/** A delivery to be recorded, and the job it causes. */
export interface Recording {
  row: NewDelivery;
  job: NewJob | null;
}

/**
 * Records deliveries, sends the jobs of those that are new and tells the workers, all in one statement: one round trip, one commit, and
 * prepared once per connection whatever the size of the batch. Answers the ids that were new.
 * It writes jobs as `boss.insert` does (a test compares them) but looks for no conflicts among them, which is a quarter of what they cost:
 * a job that is there although its delivery is not, or a queue that is not there yet, fails the whole batch.
 */
export async function recordBatch(client: pg.ClientBase, batch: Recording[]): Promise<Set<string>> {
  const cells = batch.map(cellsOf);
  const columns = Array.from({ length: COLUMNS }, (_, column) => textArray(cells.map((row) => row[column] ?? null)));
  const news = newsOf(batch.flatMap(({ job }) => (job ? [job] : [])));
  const { rows } = await client.query<{ recorded: string[] | null }>({
    name: "record-batch",
    text: RECORD_BATCH,
    values: [...columns, textArray(news)],
  });
  return new Set(rows[0]?.recorded);
}

/** What becomes of a delivery that was just recorded; only a customer's message has a fate. */
export const fateOf = ({ fromCustomer, outcome }: NewDelivery): "waiting" | null =>
  fromCustomer && outcome === "accepted" ? "waiting" : null;

/** In the order of the statement's parameters. */
function cellsOf({ row, job }: Recording): (string | null | undefined)[] {
  const sent = job && toBoss(job);
  return [
    row.deliveryId,
    String(row.accountId),
    row.event,
    row.conversationId?.toString(),
    row.messageId?.toString(),
    row.messageAt?.toISOString(),
    String(row.fromCustomer),
    row.body,
    row.receivedAt.toISOString(),
    row.source,
    row.outcome,
    row.reason,
    fateOf(row),
    job?.kind,
    sent?.id,
    sent && JSON.stringify(sent.data),
    sent?.singletonKey,
    sent && String(sent.startAfter ?? 0),
  ];
}

const COLUMNS = 18;

/** `given` is not kept as a table between its two uses: unpacking the lists again is cheaper than copying the bodies. */
const RECORD_BATCH = `
  with recorded as (
    insert into webhook_deliveries (delivery_id, account_id, event, conversation_id, message_id, message_at, from_customer, body,
      received_at, source, outcome, reason, fate)
    select delivery_id::uuid, account_id::bigint, event, conversation_id::bigint, message_id::bigint, message_at::timestamptz,
      from_customer::boolean, body, received_at::timestamptz, source, outcome, reason, fate
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
      $11::text[], $12::text[], $13::text[])
      as given (delivery_id, account_id, event, conversation_id, message_id, message_at, from_customer, body, received_at, source, outcome,
        reason, fate)
    on conflict do nothing
    returning delivery_id
  ), sent as (
    insert into pgboss.job (name, id, data, singleton_key, start_after, created_on, keep_until, policy, expire_seconds, deletion_seconds,
      retry_limit, retry_delay, retry_backoff, retry_delay_max, dead_letter, heartbeat_seconds)
    select kind, job_id::uuid, data::jsonb, singleton_key, due, now(), due + retention_seconds * interval '1 second', policy,
      expire_seconds, deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, dead_letter, heartbeat_seconds
    from (
      select delivery_id::uuid, kind, job_id, data, singleton_key, now() + after_seconds::float8 * interval '1 second' as due
      from unnest($1::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
        as given (delivery_id, kind, job_id, data, singleton_key, after_seconds)
      where kind is not null
    ) as job
    join recorded using (delivery_id)
    left join pgboss.queue on queue.name = job.kind
  )
  select
    (select array_agg(delivery_id::text) from recorded) as recorded,
    (select count(pg_notify('${JOBS_CHANNEL}', payload)) from unnest($19::text[]) as payload) as told`;
