// The page of expense reports. A field that is denied says so in its place, and the rest is shown.
import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { type ReactNode, useState } from 'react';
import { type Denial, denialsOf, isFailure } from './denials';
import { APPROVE_REPORT, REPORT_CHANGED, REPORTS, type Report } from './operations';
import { stepUp } from './sign-in';

export function Reports() {
  // `all` gives data and errors. The cache of Apollo Client keeps no errors: with it, a change of one report would take the
  // reasons away from all of them. So the page reads anew, and shows the answer before until then.
  const { data, error, refetch } = useQuery(REPORTS, {
    errorPolicy: 'all',
    fetchPolicy: 'no-cache',
    notifyOnNetworkStatusChange: false,
  });
  const denials = denialsOf(error);
  const reports = data?.expenseReports?.nodes ?? [];
  const [mayApprove = false] = data?.me?.may ?? [];

  return (
    <>
      {isFailure(error) && <p role="alert">{error.message}</p>}
      {!data && !error && <p>Loading …</p>}
      <LiveChange onChange={refetch} />
      {!mayApprove && data && <p id="why-not">You may not approve reports.</p>}
      <ul className="reports" aria-label="Expense reports">
        {reports.map((report) => (
          <li key={report.id}>
            <h2>{report.title}</h2>
            <p>
              {money(report.total)}, by {report.author.name}, <strong>{report.status.toLowerCase()}</strong>
            </p>
            <dl>
              <dt>Risk</dt>
              <Value denial={denials.get('expenseReports.nodes.riskScore')} refetch={refetch}>
                {report.riskScore}
              </Value>
              <dt>Paid to</dt>
              <Value denial={denials.get('expenseReports.nodes.author.bankAccount')} refetch={refetch}>
                {report.author.bankAccount?.iban}
              </Value>
            </dl>
            <Approve report={report} mayApprove={mayApprove} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Shows a value. In its place, shows why it is not there, with a button where a second factor helps. */
function Value({
  denial,
  refetch,
  children,
}: {
  denial?: Denial;
  refetch: () => Promise<unknown>;
  children: ReactNode;
}) {
  const [problem, setProblem] = useState('');
  if (children !== null && children !== undefined) return <dd>{children}</dd>;
  const { claims } = denial ?? {};
  const confirm = async () => {
    if (claims === undefined) return;
    try {
      await stepUp(claims);
      await refetch();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <dd className="denied">
      {denial?.message ?? 'none'}
      {claims && (
        <button type="button" onClick={confirm}>
          Confirm it is you
        </button>
      )}
      <span role="alert">{problem}</span>
    </dd>
  );
}

/** A button that is disabled when the rules deny it to the user. The API still decides for each report. */
function Approve({ report, mayApprove }: { report: Report; mayApprove: boolean }) {
  const [approve, { error, loading }] = useMutation(APPROVE_REPORT, {
    variables: { id: report.id },
    errorPolicy: 'all',
    refetchQueries: 'active',
  });
  if (report.status !== 'SUBMITTED') return null;
  return (
    <>
      <button
        type="button"
        disabled={!mayApprove || loading}
        aria-describedby={mayApprove ? undefined : 'why-not'}
        onClick={() => approve()}
      >
        Approve
      </button>
      {error && <p role="alert">{error.message}</p>}
    </>
  );
}

/** Says which report has just changed. */
function LiveChange({ onChange }: { onChange: () => unknown }) {
  const { data, error } = useSubscription(REPORT_CHANGED, { onData: () => onChange() });
  const changed = data?.expenseReportChanged;
  return (
    <output>
      {error && 'Changes are no longer shown. Reload the page.'}
      {changed && `${changed.title} is now ${changed.status.toLowerCase()}.`}
    </output>
  );
}

/** The digits after the point depend on the currency: two for EUR, none for JPY. */
function money({ minorUnits, currency }: Report['total']): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}
