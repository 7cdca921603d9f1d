-- Employees and their expense reports. Every table carries the tenant, and every foreign key includes it, so that no row can
-- refer to another tenant's.
create table employees (
  tenant_id uuid not null,
  -- Object id of the user in Entra (claim `oid`).
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  department text not null check (length(department) between 1 and 200),
  manager_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, manager_id) references employees (tenant_id, id),
  check (manager_id <> id)
);
create index employees_by_name on employees (tenant_id, name, id);
create index employees_by_manager on employees (tenant_id, manager_id);

create table bank_accounts (
  tenant_id uuid not null,
  employee_id uuid not null,
  holder text not null,
  iban text not null,
  primary key (tenant_id, employee_id),
  foreign key (tenant_id, employee_id) references employees (tenant_id, id)
);

create type report_status as enum ('DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID');

-- Points in time have milliseconds, like JavaScript's Date: a cursor made from one finds its place again.
create table expense_reports (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid() unique,
  author_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  status report_status not null default 'DRAFT',
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Sum of the items, in the currency's smallest unit.
  total_minor_units bigint not null default 0 check (total_minor_units >= 0),
  created_at timestamptz(3) not null,
  submitted_at timestamptz(3),
  decided_at timestamptz(3),
  decided_by uuid,
  rejection_reason text check (length(rejection_reason) between 1 and 1000),
  paid_at timestamptz(3),
  deleted_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, author_id) references employees (tenant_id, id),
  check (decided_by <> author_id),
  check ((status = 'DRAFT') = (submitted_at is null)),
  check ((status in ('APPROVED', 'REJECTED', 'PAID')) = (decided_at is not null)),
  check ((decided_at is null) = (decided_by is null)),
  check ((status = 'REJECTED') = (rejection_reason is not null)),
  check ((status = 'PAID') = (paid_at is not null))
);
create index expense_reports_by_creation on expense_reports (tenant_id, created_at, id);
create index expense_reports_by_total on expense_reports (tenant_id, total_minor_units, id);
create index expense_reports_by_author on expense_reports (tenant_id, author_id, created_at, id);

create type item_category as enum ('TRAVEL', 'LODGING', 'MEALS', 'EQUIPMENT', 'TRAINING', 'OTHER');

create table expense_items (
  tenant_id uuid not null,
  report_id uuid not null,
  -- Place within the report, from 1.
  position smallint not null check (position between 1 and 100),
  id uuid not null default gen_random_uuid() unique,
  description text not null check (length(description) between 1 and 200),
  category item_category not null,
  spent_on date not null,
  minor_units bigint not null check (minor_units > 0),
  primary key (tenant_id, report_id, position),
  foreign key (tenant_id, report_id) references expense_reports (tenant_id, id)
);

create type audit_action as enum ('CREATED', 'EDITED', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID', 'DELETED');

-- The actor is no foreign key: an entry stays when an employee leaves.
create table audit_entries (
  tenant_id uuid not null,
  report_id uuid not null,
  -- The order of the entries, also of those made in one millisecond.
  sequence bigint generated always as identity,
  id uuid not null default gen_random_uuid() unique,
  at timestamptz(3) not null,
  action audit_action not null,
  actor_id uuid not null,
  primary key (tenant_id, report_id, sequence),
  foreign key (tenant_id, report_id) references expense_reports (tenant_id, id)
);

-- Steps in the life of a report, as in src/expenses/report-status.ts: what the code must not do, the database refuses.
create function check_step() returns trigger
  language plpgsql
as $$
begin
  if (old.status, new.status) not in (
    ('DRAFT', 'DRAFT'),
    ('DRAFT', 'SUBMITTED'),
    ('SUBMITTED', 'APPROVED'),
    ('SUBMITTED', 'REJECTED'),
    ('APPROVED', 'PAID')
  ) then
    raise exception 'no step from % to %', old.status, new.status using errcode = 'check_violation';
  end if;
  if new.status <> 'DRAFT' and (old.title, old.total_minor_units) <> (new.title, new.total_minor_units) then
    raise exception 'only a draft can be edited' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

create trigger check_step
  before update on expense_reports
  for each row execute function check_step();
