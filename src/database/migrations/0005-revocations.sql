-- Access tokens that are refused before they expire. `entra-graphql revoke` adds rows as the owner. The server reads them.
--
-- A row ends when every token that it could concern has expired: Entra issues none that lives longer than 28 hours.
create table entra.revocations (
  kind text not null check (kind in ('user', 'client', 'agent', 'token')),
  -- Object id, client id or token id.
  id text not null check (length(id) between 1 and 64),
  -- Tokens that were issued before this time are refused.
  before timestamptz not null,
  ends_at timestamptz not null,
  primary key (kind, id)
);

alter table entra.revocations enable row level security;
alter table entra.revocations force row level security;
grant select on entra.revocations to entra_graphql_runtime;
create policy everything on entra.revocations using (true) with check (true);

-- Tells every server that listens once the change is committed.
create function entra.notify_revocations() returns trigger
  language plpgsql
as $$
begin
  perform pg_notify('entra_revocations', '');
  return null;
end
$$;

create trigger notify_revocations
  after insert or update or delete on entra.revocations
  for each statement execute function entra.notify_revocations();
