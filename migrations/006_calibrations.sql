-- What the score learned from decisions, and which fit a draft was scored with.

create table calibrations (
  version    integer generated always as identity primary key,
  account_id bigint      not null,
  drafter    text        not null, -- whose drafts were decided
  weights    jsonb       not null, -- fitted on all of them, in log-odds
  decisions  integer     not null, -- on drafts of this drafter
  fitted_on  integer     not null, -- of whatever drafter, while this one has too few
  since      timestamptz not null, -- the oldest of them
  fitted_at  timestamptz not null,
  taken      boolean     not null,
  reason     text        not null,
  held_back  jsonb       not null  -- before and after: decisions, ece, brier, log loss, auroc
);
create index calibrations_newest on calibrations (account_id, version desc);

alter table agent_approvals add column calibration_version integer; -- null: scored with the prior

-- As they were when this draft was made: a redraft replaces them in the approval. Null in rows written before.
alter table agent_sdk_learning_data
  add column drafter             text,
  add column model               text,
  add column prompt_version      text,
  add column calibration_version integer;

-- Decisions on drafts with the same best source.
create index agent_approvals_best_source on agent_approvals (account_id, (sources -> 0 ->> 'source_id'), created_at desc);
