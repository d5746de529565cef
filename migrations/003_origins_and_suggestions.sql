-- Where knowledge comes from and when it was last looked at; vectors for those who have a model; what old conversations suggest.

alter table knowledge_sources
  add column origin       text not null default 'folder' check (origin in ('folder', 'helpdesk')),
  add column file         text,                               -- several rows may stand in one
  add column verified_at  timestamptz not null default now(), -- last found to be as we have it
  add column withdrawn_at timestamptz;                        -- gone, but an open approval quotes it

-- What an embeddings endpoint made of a text. Found again by the text, so that a passage which only moved costs nothing.
create table knowledge_embeddings (
  key    bytea primary key, -- sha256 of endpoint, model and text
  vector bytea not null     -- float32, little endian, of length 1
);

-- Questions and answers out of old conversations, for people to look through before they count.
create table knowledge_suggestions (
  id              uuid primary key,
  account_id      bigint      not null,
  conversation_id bigint      not null,
  message_id      bigint      not null, -- the reply that a person wrote
  question        text        not null,
  answer          text        not null,
  source_ids      text[]      not null, -- what the answer seems to rest on, best first
  answered_at     timestamptz not null,
  status          text        not null default 'pending' check (status in ('pending', 'accepted', 'rejected')),
  decided_by      jsonb,
  decided_at      timestamptz,
  created_at      timestamptz not null,
  unique (account_id, message_id)
);
create index knowledge_suggestions_newest on knowledge_suggestions (status, answered_at desc, id);
