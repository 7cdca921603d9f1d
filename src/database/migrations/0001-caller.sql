-- Who is asking, for row-level security.
--
-- The server sets these when it opens a transaction for a caller, and they end with the transaction:
--
--   entra.tenant_id    GUID of the caller's tenant
--   entra.object_id    GUID of the user, or of the application's service principal
--   entra.kind         'member' or 'guest' (a user), 'application' (no user)
--   entra.roles        JSON array: the user's app roles
--   entra.permissions  JSON array: the application's permissions
--
-- A setting that is missing is NULL or, after another transaction of the same connection has set it, ''. Either way the
-- functions return NULL or false, and a policy made of them shows no row.
create schema entra;

create function entra.tenant_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('entra.tenant_id', true), '')::uuid;

create function entra.object_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('entra.object_id', true), '')::uuid;

-- A user of the tenant itself. A guest's home is another tenant.
create function entra.is_member() returns boolean
  language sql stable parallel safe
  return coalesce(current_setting('entra.kind', true) = 'member', false);

-- Only members have roles here: a guest who was assigned one in Entra sees the fields, but no rows.
create function entra.has_role(role text) returns boolean
  language sql stable parallel safe
  return entra.is_member()
    and coalesce(nullif(current_setting('entra.roles', true), '')::jsonb ? role, false);

create function entra.has_permission(permission text) returns boolean
  language sql stable parallel safe
  return coalesce(current_setting('entra.kind', true) = 'application', false)
    and coalesce(nullif(current_setting('entra.permissions', true), '')::jsonb ? permission, false);

grant usage on schema entra to entra_graphql_runtime;
