-- Does what 0007 describes, with less work: the author is read for those callers alone who see the report, and settings that
-- two callers in a row share are not set again. Every setting of a caller is still its own.
create or replace function expense_reports_with_authors_for_each_caller(callers jsonb, ids uuid[])
  returns table (place integer, report expense_reports, author employees)
  language plpgsql
as $$
declare
  caller jsonb;
  others jsonb;
  others_before jsonb;
  of_tenant uuid;
  of_author uuid;
begin
  for turn in 1 .. cardinality(ids) loop
    caller := callers -> turn - 1;
    -- Most callers differ in their object id alone, which is the second text.
    others := caller - 1;
    if others_before is null or others is distinct from others_before then
      perform entra.set_caller(caller);
      others_before := others;
    else
      perform set_config('entra.object_id', caller ->> 1, true);
    end if;
    select found_report.* into report
    from expense_reports as found_report
    where found_report.id = ids[turn] and found_report.deleted_at is null;
    if found then
      place := turn;
      of_tenant := report.tenant_id;
      of_author := report.author_id;
      select found_author.* into author
      from employees as found_author
      where found_author.tenant_id = of_tenant and found_author.id = of_author;
      return next;
    end if;
  end loop;
  perform entra.set_caller('["", "", "", "", "", "", ""]');
end
$$;
