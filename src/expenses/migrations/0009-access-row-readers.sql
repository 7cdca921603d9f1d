-- Auditors find the entries of the access record that touched a row.
create policy auditors_read on access_entry_rows for select using (
  tenant_id = (select entra.tenant_id())
  and (select entra.has_role('Expenses.Auditor'))
);
