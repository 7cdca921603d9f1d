-- Asks for several callers in one statement, for functions that read under the rights of each of them.
--
-- Sets the caller of the statements that follow in this transaction. The list has the values of one caller in this order:
-- tenant_id, object_id, kind, roles, permissions, claims, agent_id. It sets all of them, so nothing of another caller stays.
create function entra.set_caller(settings jsonb) returns void
  language plpgsql
as $$
begin
  if jsonb_array_length(settings) is distinct from 7 then
    raise exception 'the settings of a caller are a list of 7 texts' using errcode = 'invalid_parameter_value';
  end if;
  perform
    set_config('entra.tenant_id', settings ->> 0, true),
    set_config('entra.object_id', settings ->> 1, true),
    set_config('entra.kind', settings ->> 2, true),
    set_config('entra.roles', settings ->> 3, true),
    set_config('entra.permissions', settings ->> 4, true),
    set_config('entra.claims', settings ->> 5, true),
    set_config('entra.agent_id', settings ->> 6, true);
end
$$;
