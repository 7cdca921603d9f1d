/** The first document of each persona in Apollo Sandbox. Each shows what its persona is there for. */
export const personaDocuments = {
  erin: `# Erin files expense reports and sees only her own. The risk score is for auditors, so it is an error.
query MyReports {
  expenseReports(first: 5) {
    totalCount
    nodes {
      title
      status
      riskScore
    }
  }
}

mutation FileReport {
  createExpenseReport(
    input: {
      title: "Customer visit, Bergen"
      currency: "EUR"
      items: [{ description: "Train", category: TRAVEL, spentOn: "2026-03-02", minorUnits: 8900 }]
    }
  ) {
    expenseReport {
      id
      status
    }
  }
}
`,
  mia: `# Mia approves the reports of her people. Run the first, and give one of its ids to the second.
query ToApprove {
  expenseReports(first: 5, filter: { status: [SUBMITTED] }) {
    nodes {
      id
      title
      author {
        name
        profile {
          jobTitle
        }
      }
    }
  }
}

mutation Approve($id: ID!) {
  approveExpenseReport(id: $id) {
    expenseReport {
      status
    }
  }
}
`,
  finn: `# Finn pays. Bank accounts and paying need a second factor: choose finn+c1 for a token that has it.
query ToPay {
  expenseReports(first: 5, filter: { status: [APPROVED] }) {
    nodes {
      id
      title
      author {
        name
        bankAccount {
          iban
        }
      }
    }
  }
}

mutation Pay($id: ID!) {
  markExpenseReportPaid(id: $id) {
    expenseReport {
      status
    }
  }
}
`,
  ada: `# Ada audits. She reads everything and changes nothing.
query Unusual {
  expenseReports(first: 5, orderBy: { field: TOTAL, direction: DESC }) {
    nodes {
      title
      riskScore
      auditTrail(last: 3) {
        at
        action
      }
    }
  }
}
`,
  gus: `# Gus is a guest. He signs in, and sees no report.
query Guest {
  me {
    isGuest
    scopes
  }
  expenseReports(first: 5) {
    totalCount
  }
}
`,
  'export-job': `# A job without a user reads every report of the tenant, page by page.
query Page($after: String) {
  expenseReports(first: 100, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      status
    }
  }
}
`,
} as const satisfies Readonly<Record<string, string>>;
