-- Claims of the caller's access token, for row-level security. ENTRA_DATABASE_CLAIMS chooses them.
--
--   entra.claims       JSON object: the chosen claims that the token has
--
-- Without the setting, or for a claim that is not chosen or not in the token, the functions return NULL or false.

-- The claim as text. A list or an object is JSON.
create function entra.claim(name text) returns text
  language sql stable parallel safe
  return nullif(current_setting('entra.claims', true), '')::jsonb ->> name;

-- Whether the claim is this text, or a list that has it.
create function entra.has_claim(name text, value text) returns boolean
  language sql stable parallel safe
  return coalesce(
    (nullif(current_setting('entra.claims', true), '')::jsonb -> name) @> to_jsonb(value)
      and jsonb_typeof(nullif(current_setting('entra.claims', true), '')::jsonb -> name) in ('string', 'array'),
    false);
