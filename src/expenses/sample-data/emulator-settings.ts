import type { EmulatorOptions } from '../../emulator/emulator-options.js';
import { CONTOSO, FABRIKAM, personas } from './personas.js';
import { sampleUsers } from './sample-employees.js';

const API = 'a9100000-0000-4000-8000-000000000001';

/** The directory of the emulator in development and tests: personas, this API and its client applications. */
export const emulatorSettings = {
  tenants: [
    { id: CONTOSO, name: 'Contoso' },
    { id: FABRIKAM, name: 'Fabrikam' },
  ],
  api: {
    clientId: API,
    scopes: ['Expenses.Read', 'Expenses.ReadWrite', 'Profiles.Read'],
  },
  clients: [
    {
      kind: 'public',
      clientId: 'a9100000-0000-4000-8000-000000000002',
      name: 'Expenses on the web',
      redirectUris: ['http://localhost/*', 'http://127.0.0.1/*'],
    },
    {
      kind: 'confidential',
      clientId: 'a9100000-0000-4000-8000-000000000003',
      name: 'Nightly export',
      // Not a secret: every client that reaches the emulator gets any token without it.
      secret: 'not-a-secret',
      persona: 'export-job',
    },
    {
      kind: 'confidential',
      clientId: 'a9100000-0000-4000-8000-000000000004',
      name: 'Expense assistant',
      // Not a secret either.
      secret: 'not-a-secret',
      agent: { blueprintId: 'a9100000-0000-4000-8000-000000000005' },
    },
    {
      kind: 'confidential',
      clientId: API,
      name: 'Expenses, which asks Microsoft Graph for its callers',
      // Not a secret either.
      secret: 'not-a-secret',
      consents: ['https://graph.microsoft.com/User.Read', 'https://graph.microsoft.com/User.Read.All'],
      graphPermissions: ['GroupMember.Read.All', 'User.Read.All'],
    },
  ],
  personas,
  otherUsers: sampleUsers(),
} as const satisfies EmulatorOptions;
