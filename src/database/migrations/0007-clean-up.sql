-- Outdated rows are removed in batches, and to choose a batch its rows have to be read. A server that acts for no caller reads
-- outdated keys, and the owner reads outdated entries of the access record.
create policy outdated_read on idempotency_keys for select using (
  (select entra.object_id()) is null and created_at < now() - interval '1 day'
);

create policy outdated_read on access_entries for select to current_user using (at < now() - interval '1 year');
create index access_entries_by_time on access_entries using brin (at);
