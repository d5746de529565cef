-- What was asked and answered before: evidence for the sources that answered it, and wording for the drafter.

create table answered_questions (
  id           uuid primary key,
  key          text unique,            -- sha256 of the normalised question and its sources; null once removed
  question     text        not null,   -- addresses and long numbers masked; empty once removed
  source_ids   text[]      not null,   -- what answered it and has not changed materially since
  answer       text,                   -- null when only the sources are known, or once a source changed
  outcome      text        not null check (outcome in ('approved', 'edited', 'answered_by_hand', 'imported')),
  answered_at  timestamptz not null,
  approval_id  uuid,                   -- where it came from; outlives the approval
  removed      boolean     not null default false,
  revision     bigint      not null
);
create index answered_questions_revision on answered_questions (revision);
create index answered_questions_sources on answered_questions using gin (source_ids);

-- Grows with every change, one transaction after the other: who has read up to a number has missed nothing below it.
create table answered_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null
);
insert into answered_revision (revision) values (0);
