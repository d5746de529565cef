-- Which sources changed at which revision, so that an index in step loads no others. Written by triggers, since an older version of ours
-- that still runs changes sources, too. The revision's row stays locked until the commit: who has read up to a number has missed
-- nothing below it.

create table knowledge_changes (
  source_id text primary key, -- outlives its source: that it is gone is a change
  revision  bigint not null
);
create index knowledge_changes_revision on knowledge_changes (revision);

create function note_knowledge_change() returns trigger language plpgsql as $$
declare
  reached bigint;
begin
  update knowledge_revision set revision = revision + 1 returning revision into reached;
  insert into knowledge_changes (source_id, revision)
    values (case when tg_op = 'DELETE' then old.id else new.id end, reached)
    on conflict (source_id) do update set revision = excluded.revision;
  return null;
end
$$;

create trigger knowledge_source_added after insert on knowledge_sources
  for each row execute function note_knowledge_change();
create trigger knowledge_source_changed after update on knowledge_sources
  for each row when ((old.content_hash, old.synced_at, old.withdrawn_at) is distinct from (new.content_hash, new.synced_at, new.withdrawn_at))
  execute function note_knowledge_change();
create trigger knowledge_source_removed after delete on knowledge_sources
  for each row when (old.withdrawn_at is null)
  execute function note_knowledge_change();
