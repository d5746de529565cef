-- Messages that people gave a label: what triage learns intents from. Empty: the examples that came with the program are used.

create table triage_examples (
  id        text   primary key,        -- the team's own, else a hash of label and text
  label     text   not null,
  text      text   not null,
  position  bigint not null generated always as identity  -- the same order trains the same classifier
);

-- Grows with every change, so that a running server knows when to train again.
create table triage_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null
);
insert into triage_revision (revision) values (0);
