-- Which rows a caller sees and may write. The functions of schema `entra` tell who is asking; a select around them makes
-- PostgreSQL call them once a statement instead of once a row.
--
-- Row-level security is forced: it holds for the tables' owner too. A table without a policy for a command refuses it.

-- Employees: every member of the tenant sees all of them, so does an application that may read all. Nobody writes them here.
alter table employees enable row level security;
alter table employees force row level security;
grant select on employees to entra_graphql_runtime;

create policy colleagues on employees for select using (
  tenant_id = (select entra.tenant_id())
  and (
    (select entra.is_member())
    or (select entra.has_permission('Expenses.Read.All'))
  )
);

-- Bank accounts: one's own; Finance sees all.
alter table bank_accounts enable row level security;
alter table bank_accounts force row level security;
grant select on bank_accounts to entra_graphql_runtime;

create policy own_or_finance on bank_accounts for select using (
  tenant_id = (select entra.tenant_id())
  and (
    ((select entra.is_member()) and employee_id = (select entra.object_id()))
    or (select entra.has_role('Expenses.Finance'))
  )
);

-- Expense reports.
alter table expense_reports enable row level security;
alter table expense_reports force row level security;
grant select on expense_reports to entra_graphql_runtime;
grant insert (tenant_id, id, author_id, title, currency, total_minor_units, created_at)
  on expense_reports to entra_graphql_runtime;
grant update (title, total_minor_units, status, submitted_at, decided_at, decided_by, rejection_reason, paid_at)
  on expense_reports to entra_graphql_runtime;

create policy visible on expense_reports for select using (
  tenant_id = (select entra.tenant_id())
  and (deleted_at is null or (select entra.has_role('Expenses.Auditor')))
  and (
    (select entra.has_role('Expenses.Auditor'))
    or (select entra.has_permission('Expenses.Read.All'))
    or ((select entra.is_member()) and author_id = (select entra.object_id()))
    or ((select entra.has_role('Expenses.Finance')) and status in ('APPROVED', 'PAID'))
    or (
      (select entra.has_role('Expenses.Approver'))
      and status <> 'DRAFT'
      and author_id in (
        select employee.id
        from employees as employee
        where employee.tenant_id = (select entra.tenant_id()) and employee.manager_id = (select entra.object_id())
      )
    )
  )
);

create policy author_creates on expense_reports for insert with check (
  tenant_id = (select entra.tenant_id())
  and (select entra.is_member())
  and author_id = (select entra.object_id())
  and status = 'DRAFT'
);

-- `using` says whose reports, `with check` in which state the caller may leave them. Which step leads there is up to the
-- trigger, so that a report in the wrong state is an error that can be explained and not an absent row.
create policy author_edits on expense_reports for update
  using (
    tenant_id = (select entra.tenant_id())
    and deleted_at is null
    and (select entra.is_member())
    and author_id = (select entra.object_id())
  )
  with check (status in ('DRAFT', 'SUBMITTED') and author_id = (select entra.object_id()));

create policy manager_decides on expense_reports for update
  using (
    tenant_id = (select entra.tenant_id())
    and deleted_at is null
    and (select entra.has_role('Expenses.Approver'))
    and status <> 'DRAFT'
    and author_id in (
      select employee.id
      from employees as employee
      where employee.tenant_id = (select entra.tenant_id()) and employee.manager_id = (select entra.object_id())
    )
  )
  with check (
    status in ('APPROVED', 'REJECTED')
    and decided_by = (select entra.object_id())
    and author_id <> (select entra.object_id())
    and author_id in (
      select employee.id
      from employees as employee
      where employee.tenant_id = (select entra.tenant_id()) and employee.manager_id = (select entra.object_id())
    )
  );

create policy finance_pays on expense_reports for update
  using (
    tenant_id = (select entra.tenant_id())
    and deleted_at is null
    and (select entra.has_role('Expenses.Finance'))
    and status in ('APPROVED', 'PAID')
  )
  with check (status = 'PAID' and (select entra.has_role('Expenses.Finance')));

-- Items: those of the reports one sees; written by the author while the report is a draft.
alter table expense_items enable row level security;
alter table expense_items force row level security;
grant select, delete on expense_items to entra_graphql_runtime;
grant insert (tenant_id, report_id, position, description, category, spent_on, minor_units)
  on expense_items to entra_graphql_runtime;

create policy of_visible_report on expense_items for select using (
  tenant_id = (select entra.tenant_id())
  and exists (
    select from expense_reports as report
    where report.tenant_id = expense_items.tenant_id and report.id = report_id
  )
);

create policy author_adds on expense_items for insert with check (
  tenant_id = (select entra.tenant_id())
  and exists (
    select from expense_reports as report
    where report.tenant_id = expense_items.tenant_id
      and report.id = report_id
      and report.author_id = (select entra.object_id())
      and report.status = 'DRAFT'
  )
);

create policy author_removes on expense_items for delete using (
  tenant_id = (select entra.tenant_id())
  and exists (
    select from expense_reports as report
    where report.tenant_id = expense_items.tenant_id
      and report.id = report_id
      and report.author_id = (select entra.object_id())
      and report.status = 'DRAFT'
  )
);

-- Audit entries: read by auditors. Whoever changes a report adds one in their own name; nobody changes or removes one.
alter table audit_entries enable row level security;
alter table audit_entries force row level security;
grant select on audit_entries to entra_graphql_runtime;
grant insert (tenant_id, report_id, at, action, actor_id) on audit_entries to entra_graphql_runtime;

create policy auditors_read on audit_entries for select using (
  tenant_id = (select entra.tenant_id())
  and (select entra.has_role('Expenses.Auditor'))
);

create policy actor_adds on audit_entries for insert with check (
  tenant_id = (select entra.tenant_id())
  and (select entra.is_member())
  and actor_id = (select entra.object_id())
  and exists (
    select from expense_reports as report
    where report.tenant_id = audit_entries.tenant_id and report.id = report_id
  )
);
