// What the page asks for. `examples/typed-client` has these types made from the schema.
import { gql, type TypedDocumentNode } from '@apollo/client';

export interface Report {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly total: { readonly minorUnits: number; readonly currency: string };
  /** Null for users who may not see it, like `bankAccount`. */
  readonly riskScore: number | null;
  readonly author: {
    readonly id: string;
    readonly name: string;
    readonly bankAccount: { readonly iban: string } | null;
  };
}

/** What the buttons of the page do. `me.may` says whether the user may. */
export const APPROVE = 'Mutation.approveExpenseReport';

export const REPORTS: TypedDocumentNode<{
  readonly me: { readonly may: readonly boolean[] };
  readonly expenseReports: { readonly nodes: readonly Report[] } | null;
}> = gql`
  query Reports {
    me {
      may(coordinates: ["${APPROVE}"])
    }
    expenseReports(first: 10) {
      nodes {
        id
        title
        status
        total {
          minorUnits
          currency
        }
        riskScore
        author {
          id
          name
          bankAccount {
            iban
          }
        }
      }
    }
  }
`;

export const APPROVE_REPORT: TypedDocumentNode<unknown, { readonly id: string }> = gql`
  mutation Approve($id: ID!) {
    approveExpenseReport(id: $id) {
      expenseReport {
        id
        status
      }
    }
  }
`;

export const REPORT_CHANGED: TypedDocumentNode<{
  readonly expenseReportChanged: Pick<Report, 'id' | 'title' | 'status'> | null;
}> = gql`
  subscription ReportChanged {
    expenseReportChanged {
      id
      title
      status
    }
  }
`;
