-- Changes that a caller may repeat: which key was used for which input, and the id of the result. The answer is not kept,
-- because the caller reads it again with the rights of that moment.
--
-- The row is written in the transaction of the change. A second change with the same key waits for it at the primary key.
create table idempotency_keys (
  tenant_id uuid not null default entra.tenant_id(),
  object_id uuid not null default entra.object_id(),
  key text not null check (length(key) between 1 and 100),
  -- Name of the mutation, and SHA-256 of its input without the key.
  field text not null,
  input_hash bytea not null check (length(input_hash) = 32),
  -- Null only within the transaction of the change.
  result_id uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, object_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
grant select, delete on idempotency_keys to entra_graphql_runtime;
grant insert (key, field, input_hash), update (result_id) on idempotency_keys to entra_graphql_runtime;

create policy own on idempotency_keys for select using (
  tenant_id = (select entra.tenant_id()) and object_id = (select entra.object_id())
);

create policy own_added on idempotency_keys for insert with check (
  tenant_id = (select entra.tenant_id()) and object_id = (select entra.object_id())
);

create policy own_result on idempotency_keys for update
  using (
    tenant_id = (select entra.tenant_id()) and object_id = (select entra.object_id()) and result_id is null
  )
  with check (
    tenant_id = (select entra.tenant_id()) and object_id = (select entra.object_id())
  );

-- The server removes old keys without acting for a caller.
create policy outdated on idempotency_keys for delete using (created_at < now() - interval '1 day');
