import { emulatorSettings } from '../expenses/sample-data/emulator-settings.js';
import { personaDocuments } from '../expenses/sample-data/persona-documents.js';
import { seed } from '../expenses/sample-data/seed.js';

const TRIAL = '{expenseReports(first: 2) {totalCount nodes {riskScore}}}';

/** Additions of `dev` to the resource: people who can sign in, rows, and calls to try. Production never loads them. */
export const developmentData = {
  /** Tenants, applications and personas of the Entra emulator. */
  emulator: emulatorSettings,
  /** Fills an empty database, as the owner of the tables. */
  seed,
  /** First documents in Apollo Sandbox. */
  documents: personaDocuments,
  /** Printed as `curl` lines. */
  calls: [
    { persona: 'ada', says: 'ada is an auditor and gets all she asks for', document: TRIAL },
    {
      persona: 'erin',
      says: 'erin is an employee: her own reports, and errors in place of risk scores',
      document: TRIAL,
    },
    {
      persona: 'mia',
      says: 'mia sees profiles, which the API gets from Microsoft Graph on her behalf',
      document: '{employees(first: 2) {nodes {name profile {jobTitle}}}}',
    },
  ],
};
