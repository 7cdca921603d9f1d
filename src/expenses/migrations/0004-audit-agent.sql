-- The agent that acted for the actor of an audit entry. The run-time login may not write the column, so that an entry says
-- what the access token of the caller said.
alter table audit_entries add column agent_id uuid default entra.agent_id();
