/** The query in the explorer when it is opened. */
export const welcomeDocument = `# Choose who asks above, or put an access token into the Authorization header ("npm run -s token -- erin" prints one), then
# run this. Without a token only serverInfo answers.
query Welcome {
  serverInfo {
    name
    version
  }
  me {
    kind
    scopes
    roles
  }
  expenseReports(first: 3) {
    totalCount
    nodes {
      title
      status
      total {
        minorUnits
        currency
      }
      riskScore
    }
  }
}
`;
