-- What a dead letter was answered last, and that a person may let it go; a webhook that has fallen silent; conversations that are gone.

alter table dead_letters
  add column last_response  jsonb,       -- what the outside service answered last: {kind, status, retry_after_seconds}
  add column discarded_at   timestamptz,
  add column discarded_by   text,
  add column discard_reason text;
drop index dead_letters_open;
create index dead_letters_open on dead_letters (created_at desc, id) where redriven_at is null and discarded_at is null;

alter table reconcile_marks add column silent_since timestamptz; -- the first movement that no delivery followed

alter table cx_conversations add column gone_at timestamptz;     -- since when Chatwoot says that it has no such conversation
create index cx_conversations_gone on cx_conversations (gone_at) where gone_at is not null;
