-- Reads a report for each of several callers like `expense_reports_for_each_caller`, with its author as far as the caller may
-- see the author. So a subscription that shows authors needs no statement of its own for each caller.
create function expense_reports_with_authors_for_each_caller(callers jsonb, ids uuid[])
  returns table (place integer, report expense_reports, author employees)
  language plpgsql
as $$
begin
  for turn in 1 .. cardinality(ids) loop
    perform entra.set_caller(callers -> turn - 1);
    return query
      select turn, found_report, found_author
      from expense_reports as found_report
      left join employees as found_author
        on found_author.tenant_id = found_report.tenant_id and found_author.id = found_report.author_id
      where found_report.id = ids[turn] and found_report.deleted_at is null;
  end loop;
  perform entra.set_caller('["", "", "", "", "", "", ""]');
end
$$;
