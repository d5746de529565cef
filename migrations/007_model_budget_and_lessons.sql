-- What models were asked and what it cost: several processes share one day's budget. A call is written before it is made, at the most
-- that it can cost, and corrected when its end is known; what never ended counts in full until its day is over.
create table model_calls (
  id             uuid primary key,
  approval_id    uuid,                              -- no reference: the call comes before the approval
  at             timestamptz      not null,
  stage          text             not null check (stage in ('model', 'model_re_ask', 'model_fallback')),
  model          text             not null,
  outcome        text             not null default 'under_way',
  input_tokens   integer          not null default 0,
  output_tokens  integer          not null default 0,
  cost_usd       double precision,                  -- null while unknown, and for models without a known price
  latency_ms     integer,
  counted_tokens bigint           not null,         -- what the day's budget is charged
  counted_usd    double precision not null
);
create index model_calls_at on model_calls (at);
create index model_calls_approval on model_calls (approval_id);

-- What operators keep changing in drafts, as rules that a person accepts before they reach the drafter.
create table lessons (
  id           uuid primary key,
  key          text        not null unique,         -- the same change is suggested once
  kind         text        not null check (kind in ('fact', 'tone', 'policy')),
  status       text        not null default 'suggested' check (status in ('suggested', 'accepted', 'rejected', 'revoked')),
  text         text        not null,
  removed      text,
  added        text,
  times        integer     not null,                -- replies in which operators made the change
  chances      integer     not null,                -- replies in which they could have
  examples     jsonb       not null,
  source       jsonb,
  suggested_at timestamptz not null,
  updated_at   timestamptz not null,
  decided_by   jsonb,
  decided_at   timestamptz
);
create index lessons_newest on lessons (status, suggested_at desc, id);

-- Append-only: who decided what; accepting and revoking make a new version of the house style.
create table lesson_events (
  id            bigint generated always as identity primary key,
  lesson_id     uuid        not null references lessons (id) on delete cascade,
  at            timestamptz not null,
  what          text        not null check (what in ('suggested', 'accepted', 'rejected', 'revoked')),
  actor         jsonb       not null,
  text          text        not null,
  style_version integer
);
create index lesson_events_of on lesson_events (lesson_id, id);

create table style_version (
  only_row boolean primary key default true check (only_row),
  version  integer not null
);
insert into style_version (version) values (0);
