-- Which entries of the access record touched a row. Under row-level security PostgreSQL does not search `row_ids` for the server:
-- an operator that is not marked as leakproof, such as @>, runs on rows that the policies let through, so on every entry of the
-- tenant. Equality of texts is leakproof, so an index serves it.
create table access_entry_rows (
  tenant_id uuid not null,
  row_id text not null,
  entry_id bigint not null
);

-- The owner sees only outdated entries, also to check the foreign key. Servers wait meanwhile, so keys and indexes come after the
-- rows: before them, a million entries took almost four times as long.
alter table access_entries no force row level security;
insert into access_entry_rows
select distinct tenant_id, unnest(row_ids), id from access_entries;
alter table access_entry_rows add primary key (tenant_id, row_id, entry_id);
create index access_entry_rows_by_entry on access_entry_rows (entry_id);
alter table access_entry_rows add foreign key (entry_id) references access_entries (id) on delete cascade;
alter table access_entries force row level security;
drop index access_entries_by_row;

alter table access_entry_rows enable row level security;
alter table access_entry_rows force row level security;
grant select, insert on access_entry_rows to entra_graphql_runtime;

-- As for the entries. No role of the server changes or removes rows: they go with their entry.
create policy own_or_of_server on access_entry_rows for insert with check (
  (select entra.object_id()) is null or tenant_id = (select entra.tenant_id())
);

create function note_access_entry_rows() returns trigger
  language plpgsql
as $$
begin
  insert into access_entry_rows
  select distinct tenant_id, unnest(row_ids), id from added;
  return null;
end
$$;

create trigger note_access_entry_rows
  after insert on access_entries
  referencing new table as added
  for each statement execute function note_access_entry_rows();

create function keep_access_entry_rows() returns trigger
  language plpgsql
as $$
begin
  raise exception 'rows of the access record cannot be changed' using errcode = 'insufficient_privilege';
end
$$;

-- A deletion that follows that of the entry comes from a trigger.
create trigger keep_access_entry_rows
  before update or delete on access_entry_rows
  for each row when (pg_trigger_depth() = 0) execute function keep_access_entry_rows();
create trigger keep_all_access_entry_rows
  before truncate on access_entry_rows
  for each statement execute function keep_access_entry_rows();
