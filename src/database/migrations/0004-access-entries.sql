-- Who used which audited field, when and with which outcome. Rows are added and never changed.
create table access_entries (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null,
  tenant_id uuid not null,
  -- The user, or the application where there is none.
  object_id uuid not null,
  kind text not null check (kind in ('user', 'application')),
  client_id uuid not null,
  agent_id uuid,
  -- The claim uti, by which Entra's sign-in logs name the token.
  token_id text,
  operation text,
  coordinate text not null,
  reason text not null,
  outcome text not null check (outcome in ('GRANTED', 'DENIED', 'FAILED')),
  row_ids text[] not null
);
create index access_entries_by_age on access_entries (tenant_id, id);
create index access_entries_by_caller on access_entries (tenant_id, object_id, id);
create index access_entries_by_row on access_entries using gin (row_ids);

alter table access_entries enable row level security;
alter table access_entries force row level security;
grant insert (at, tenant_id, object_id, kind, client_id, agent_id, token_id, operation, coordinate, reason, outcome, row_ids)
  on access_entries to entra_graphql_runtime;
grant select on access_entries to entra_graphql_runtime;

-- A caller's transaction adds entries of that caller alone. The server adds those of reads, of many callers together, in a
-- transaction without a caller.
create policy own_or_of_server on access_entries for insert with check (
  (select entra.object_id()) is null
  or (tenant_id = (select entra.tenant_id()) and object_id = (select entra.object_id()))
);

-- No role of the server has the right to update or delete. The trigger stops the owner too, and a superuser until it is
-- dropped, which PostgreSQL logs with log_statement = 'ddl'. Entries older than a year may be deleted by the owner.
create policy outdated on access_entries for delete using (at < now() - interval '1 year');

create function keep_access_entries() returns trigger
  language plpgsql
as $$
begin
  if tg_op = 'DELETE' then
    if old.at < now() - interval '1 year' then
      return old;
    end if;
  end if;
  raise exception 'entries of the access record cannot be changed' using errcode = 'insufficient_privilege';
end
$$;

create trigger keep_access_entries
  before update or delete on access_entries
  for each row execute function keep_access_entries();
create trigger keep_all_access_entries
  before truncate on access_entries
  for each statement execute function keep_access_entries();
