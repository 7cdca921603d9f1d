import { developmentData } from './development-data.js';
import type { KeptCertificate } from './emulator/kept-certificate.js';
import type { DevelopmentEmulator } from './emulator/start-emulator.js';
import { trustCertificate } from './emulator/trust-certificate.js';
import type { EmbeddedPostgres } from './postgres/embedded-postgres.js';

/** Returns the text that `dev` prints when it is ready: addresses, and calls to paste. */
export async function describeDevelopment(
  running: DevelopmentEmulator & {
    /** Address of the API. */
    readonly api: string;
    readonly postgres: EmbeddedPostgres;
    /** How long the start took. */
    readonly seconds: number;
  },
): Promise<string> {
  const { api, emulator, personas, postgres, certificate, seconds } = running;
  const { calls } = developmentData;
  const pasteable = calls.map(async ({ persona, says, document }) => {
    const accessToken = await emulator.issueAccessToken(persona);
    return `${says}\n\n${curl(`${api}/graphql`, accessToken, document)}\n`;
  });
  const database = `127.0.0.1:${new URL(postgres.runtimeUrl).port}`;
  return `
entra-graphql is ready after ${seconds.toFixed(1)} s. Ctrl-C stops everything.

  GraphQL API   ${`${api}/graphql`.padEnd(32)} in a browser: Apollo Sandbox
  Explorer      ${`${api}/explorer`.padEnd(32)} GraphiQL: choose who asks
  Permissions   ${`${api}/permissions`.padEnd(32)} who may use what
  Entra ID      ${emulator.httpInstance.padEnd(32)} an emulator: who is who, sign-in, tokens${certificate ? `\n                ${emulator.instance.padEnd(32)} the same, for Microsoft's client libraries` : ''}
  PostgreSQL    ${database.padEnd(32)} sample data, kept until "npm run dev -- --fresh"
${certificate ? howToTrust(certificate) : ''}
Calls to paste into another terminal:

${(await Promise.all(pasteable)).join('\n')}
More tokens: npm run -s token -- NAME    (${personas.map(({ name }) => name).join(', ')})
`;
}

function howToTrust({ file, isNew }: KeptCertificate): string {
  return `
${isNew ? 'New certificate' : 'Certificate'} of the https address. Trust it once, where you need it ("npm run dev -- --no-https" does without):

${trustCertificate(file, process.platform)}
`;
}

function curl(address: string, accessToken: string, query: string): string {
  const body = JSON.stringify({ query });
  return `curl -s ${address} -H 'content-type: application/json' -H 'authorization: Bearer ${accessToken}' -d '${body}'`;
}
