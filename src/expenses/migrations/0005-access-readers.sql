-- Auditors read the access record of their tenant.
create policy auditors_read on access_entries for select using (
  tenant_id = (select entra.tenant_id())
  and (select entra.has_role('Expenses.Auditor'))
);
