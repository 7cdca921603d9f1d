-- Reads a report for each of several callers, in one statement and under the rights of each: caller and id have the same
-- place in their lists. A report that its caller may not see makes no row. Runs with the rights of the login that calls it,
-- so row-level security decides. PostgreSQL asks the policies anew in each turn of the loop.
create function expense_reports_for_each_caller(callers jsonb, ids uuid[])
  returns table (place integer, report expense_reports)
  language plpgsql
as $$
begin
  for turn in 1 .. cardinality(ids) loop
    perform entra.set_caller(callers -> turn - 1);
    return query
      select turn, found_report
      from expense_reports as found_report
      where found_report.id = ids[turn] and found_report.deleted_at is null;
  end loop;
  perform entra.set_caller('["", "", "", "", "", "", ""]');
end
$$;
