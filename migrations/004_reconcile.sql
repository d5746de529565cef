-- Up to when each account's conversations were compared with what was delivered.
create table reconcile_marks (
  account_id bigint primary key,
  until      timestamptz not null
);
