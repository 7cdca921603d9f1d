// Asks for a token of the application with a managed identity and prints it, or the error. It is a process of its own: MSAL
// chooses the endpoint of managed identities once in the life of a process, by environment variables.
import { createDownstream } from '../../src/downstream/downstream.js';

const [clientId = '', instance = '', tenantId = '', userAssigned] = process.argv.slice(2);
const credential = { kind: 'managedIdentity', clientId: userAssigned } as const;
const downstream = createDownstream({ clientId, instance, credential });
try {
  const token = await downstream.applicationToken({ tenantId }, 'https://graph.microsoft.com/.default');
  process.stdout.write(JSON.stringify({ token }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error), code: Object(error).extensions?.code }));
}
downstream.close();
