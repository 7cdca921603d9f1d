-- Sample things, and which rows a caller sees and may write. The functions of schema `entra` tell who is asking.
create table "sample_things" (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid() unique,
  -- Object id of the user in Entra.
  owner_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  note text,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, id)
);
create index on "sample_things" (tenant_id, created_at, id);

-- A table without a policy for a command refuses it, for its owner too.
alter table "sample_things" enable row level security;
alter table "sample_things" force row level security;
grant select on "sample_things" to entra_graphql_runtime;
grant insert (tenant_id, owner_id, title) on "sample_things" to entra_graphql_runtime;
grant update (title) on "sample_things" to entra_graphql_runtime;

create policy visible on "sample_things" for select using (
  tenant_id = (select entra.tenant_id())
  and (
    (select entra.has_role('SampleThings.Auditor'))
    or (select entra.has_permission('SampleThings.Read.All'))
    or ((select entra.is_member()) and owner_id = (select entra.object_id()))
  )
);

create policy owner_creates on "sample_things" for insert with check (
  tenant_id = (select entra.tenant_id())
  and (select entra.is_member())
  and owner_id = (select entra.object_id())
);

create policy owner_changes on "sample_things" for update using (
  tenant_id = (select entra.tenant_id())
  and (select entra.is_member())
  and owner_id = (select entra.object_id())
);
