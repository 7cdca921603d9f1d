-- The agent that calls (Microsoft Entra Agent ID), for row-level security and for audit entries.
--
--   entra.agent_id     GUID: client id of the agent; '' when the caller is not an agent
--
-- An agent that acts for a user has that user's object id and roles. Rows that only a person may see have a policy with
-- `not (select entra.is_agent())`.

create function entra.agent_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('entra.agent_id', true), '')::uuid;

create function entra.is_agent() returns boolean
  language sql stable parallel safe
  return entra.agent_id() is not null;
