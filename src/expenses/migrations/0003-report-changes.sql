-- Tells every server that listens which report was created or changed, once that is committed. Ids only: whoever passes it
-- on reads the report again, as the one who is to see it.
create function notify_report_change() returns trigger
  language plpgsql
as $$
begin
  perform pg_notify('expense_report_changed', new.tenant_id || ':' || new.id);
  return null;
end
$$;

create trigger notify_report_change
  after insert or update on expense_reports
  for each row execute function notify_report_change();
