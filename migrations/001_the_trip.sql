-- What Countersign keeps. Times are timestamptz, money is numeric, ids without a word are Chatwoot's.

create table webhook_deliveries (
  delivery_id     uuid primary key,
  account_id      bigint      not null,
  event           text        not null,
  conversation_id bigint,                 -- display id
  message_id      bigint,
  message_at      timestamptz,            -- when the message was written, by Chatwoot's clock
  from_customer   boolean     not null default false,
  body            text        not null,   -- as received; the value of pubsub_token overwritten by as many x
  received_at     timestamptz not null,
  source          text        not null check (source in ('webhook', 'reconcile', 'replay')),
  outcome         text        not null check (outcome in ('accepted', 'ignored', 'duplicate')),
  reason          text,
  fate            text                    -- of a customer's message: its one visible end
);
-- The same message delivered under two ids is one message.
create unique index webhook_deliveries_one_message on webhook_deliveries (account_id, message_id)
  where event = 'message_created' and outcome = 'accepted' and source <> 'replay';
create index webhook_deliveries_customer on webhook_deliveries (account_id, conversation_id, message_at, message_id)
  where from_customer and outcome = 'accepted';
create index webhook_deliveries_received on webhook_deliveries (received_at desc, delivery_id);

-- Of refused requests only reason, size and time, the last thousand.
create table refused_requests (
  id          bigint generated always as identity primary key,
  code        text        not null,
  bytes       bigint      not null,
  received_at timestamptz not null
);

create table agent_approvals (
  id                 uuid primary key,
  version            integer     not null,
  status             text        not null check (status in
                       ('pending', 'approved', 'sent', 'send_failed', 'rejected', 'escalated', 'superseded', 'expired')),
  account_id         bigint      not null,
  conversation_id    bigint      not null,
  message_id         bigint      not null,
  inbox_id           bigint      not null,
  customer_id        bigint,
  customer_name      text,
  customer_message   text        not null,
  draft_response     text        not null,
  final_response     text,
  edited             boolean     not null default false,
  confidence_score   integer     not null check (confidence_score between 0 and 100),
  confidence         jsonb       not null,
  sources            jsonb       not null,
  citations          jsonb       not null,
  findings           jsonb       not null,
  intent             text        not null,
  sentiment          text        not null,
  language           text        not null,
  flags              text[]      not null,
  recommended_action text        not null,
  priority           text        not null check (priority in ('low', 'normal', 'high', 'urgent')),
  priority_rank      integer     not null,
  priority_reason    text        not null,
  route              jsonb,
  degraded           text,
  due_at             timestamptz,
  superseded_by      uuid,
  note_status        text        not null,
  note_message_id    bigint,
  reply_status       text        not null,
  reply_message_id   bigint,
  reply_error        text,
  approved_hash      text,
  send_attempted_at  timestamptz,
  decision           text,
  decided_by         jsonb,
  decided_at         timestamptz,
  reject_reason      text,
  comment            text,
  instruction        text,
  drafter            text        not null,
  model              text,
  prompt_version     text        not null,
  input_tokens       integer     not null,
  output_tokens      integer     not null,
  cost_usd           double precision,
  latency_ms         jsonb       not null,
  created_at         timestamptz not null,
  updated_at         timestamptz not null
);
create unique index agent_approvals_one_pending on agent_approvals (account_id, conversation_id) where status = 'pending';
create index agent_approvals_conversation on agent_approvals (account_id, conversation_id, created_at desc);
create index agent_approvals_due on agent_approvals (status, due_at, id);
create index agent_approvals_newest on agent_approvals (created_at desc, id);
create index agent_approvals_reply on agent_approvals (account_id, reply_message_id) where reply_message_id is not null;

-- Append-only: who did what when, from which surface.
create table approval_events (
  id          bigint generated always as identity primary key,
  approval_id uuid        not null references agent_approvals (id) on delete cascade,
  at          timestamptz not null,
  what        text        not null,
  surface     text        not null,
  actor       jsonb       not null,
  old_version integer,
  new_version integer     not null,
  detail      jsonb       not null
);
create index approval_events_of on approval_events (approval_id, id);

-- A request that names itself (Idempotency-Key) is carried out once.
create table idempotency_keys (
  operator_id bigint      not null,
  key         text        not null,
  approval_id uuid        not null,
  fingerprint text        not null,
  created_at  timestamptz not null,
  primary key (operator_id, key)
);

-- Our private notes in Chatwoot: a draft's, or a short notice.
create table approval_notes (
  id               uuid primary key,
  account_id       bigint      not null,
  conversation_id  bigint      not null,
  approval_id      uuid        references agent_approvals (id) on delete cascade,
  approval_version integer     not null,
  kind             text        not null check (kind in ('draft', 'notice')),
  text             text        not null,
  status           text        not null check (status in ('queued', 'posted', 'failed', 'removed')),
  message_id       bigint,
  attempted_at     timestamptz,
  posted_at        timestamptz,
  replaces         uuid,
  created_at       timestamptz not null
);
create index approval_notes_of on approval_notes (approval_id);
create index approval_notes_conversation on approval_notes (account_id, conversation_id, message_id desc);

create table agent_sdk_learning_data (
  id                       bigint generated always as identity primary key,
  approval_id              uuid        not null references agent_approvals (id) on delete cascade,
  draft_version            text        not null,
  final_version            text,
  was_sent                 boolean     not null,
  decision                 text        not null,
  operator_edits           jsonb       not null,
  edit_ratio               real check (edit_ratio between 0 and 1),
  reject_reason            text,
  grades                   jsonb,
  customer_replied         boolean,
  customer_reply_sentiment text,
  reopened                 boolean,
  csat_rating              integer,
  features                 jsonb       not null,
  created_at               timestamptz not null
);
create index agent_sdk_learning_data_approval on agent_sdk_learning_data (approval_id);

create table cx_conversations (
  account_id                bigint      not null,
  conversation_id           bigint      not null,
  status                    text        not null,
  inbox_id                  bigint      not null,
  assignee_id               bigint,
  team_id                   bigint,
  priority                  text,
  labels                    text[]      not null default '{}',
  contact_id                bigint,
  contact_name              text,
  first_customer_message_at timestamptz,
  waiting_since             timestamptz,
  first_reply_at            timestamptz,
  resolved_at               timestamptz,
  snoozed_until             timestamptz,
  reopened_count            integer     not null default 0,
  first_response_due_at     timestamptz,
  resolution_due_at         timestamptz,
  csat_rating               integer,
  seen_at                   timestamptz not null,
  primary key (account_id, conversation_id)
);

create table knowledge_sources (
  id           text primary key,
  title        text        not null,
  url          text,
  content_hash text        not null,
  updated_at   timestamptz,
  safety       boolean     not null default false,
  language     text,
  synced_at    timestamptz not null
);

create table knowledge_passages (
  id         text primary key,
  source_id  text not null references knowledge_sources (id) on delete cascade,
  position   integer not null,
  title_path text[] not null,
  text       text not null
);
create index knowledge_passages_source on knowledge_passages (source_id, position);

-- Grows with every change of the knowledge; an index built at the same number is in step.
create table knowledge_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null
);
insert into knowledge_revision (revision) values (0);

create table operators (
  id              bigint primary key,   -- Chatwoot user id
  name            text        not null,
  email           text,
  role            text        not null,
  encrypted_token text,                 -- AES-256-GCM
  linked_at       timestamptz not null
);

create table sessions (
  token_hash  text primary key,
  operator_id bigint      not null references operators (id) on delete cascade,
  expires_at  timestamptz not null
);

create table dead_letters (
  id              uuid primary key,
  kind            text        not null,
  data            jsonb       not null,
  key             text,
  conversation_id bigint,
  approval_id     uuid,
  delivery_id     uuid,
  reason          text        not null,
  attempts        integer     not null,
  created_at      timestamptz not null,
  redriven_at     timestamptz,
  redriven_by     text
);
create index dead_letters_open on dead_letters (created_at desc, id) where redriven_at is null;
