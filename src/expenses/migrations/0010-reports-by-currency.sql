-- Reports in a currency that few or none have. Without it, a page of them reads each report of the tenant. There is none for the
-- status: equality of an enum is not leakproof, so row-level security would keep PostgreSQL from searching by it.
create index expense_reports_by_currency on expense_reports (tenant_id, currency, created_at, id);
