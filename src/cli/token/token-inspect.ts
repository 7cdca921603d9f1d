import { type Authentication, createAuthentication } from '../../authentication/authentication.js';
import { silentLogger } from '../../authentication/authentication-logger.js';
import type { AccessTokenExplanation } from '../../authentication/explanation/explain-access-token.js';
import { createProxiedFetch } from '../../authentication/fetch/proxied-fetch.js';
import { ConfigError } from '../../config/config.js';
import { CommandError } from '../command-failure.js';
import { describeProxy } from '../describe-proxy.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { type Inspection, inspectionAsJson, inspectionAsText } from './describe-inspection.js';
import { findIdentitySettings, type IdentitySettings } from './find-identity-settings.js';
import { withRevocation } from './find-revocation.js';
import { readGivenToken } from './given-token.js';

export interface InspectOptions {
  readonly file?: string;
  /** Nothing is fetched: every check but those of key and signature. */
  readonly offline?: boolean;
  readonly json?: boolean;
}

/**
 * `entra-graphql token inspect`: prints for each check whether an access token passes it and how to correct a failure. It
 * prints claims, never the token or its signature.
 *
 * @returns the exit code. 0: accepted, 1: refused, 2: not verified because its key was not available
 * @throws CommandError without a token or settings
 */
export async function inspectToken(
  terminal: Terminal,
  token: string | undefined,
  options: InspectOptions,
): Promise<0 | 1 | 2> {
  const { offline = false, json = false } = options;
  const accessToken = await readGivenToken(terminal, { token, file: options.file });
  const { explanation: judged, settings } = await explainToken(terminal, accessToken, offline);
  const { emulator, proxy } = settings;
  const { environment, folder } = terminal;
  const explanation = await withRevocation(
    judged,
    emulator ? await withRunningDatabase(environment, folder) : environment,
  );
  const inspection: Inspection = { explanation, offline, emulator, proxy: describeProxy(proxy) };
  terminal.print(printable(json ? inspectionAsJson(inspection) : inspectionAsText(inspection)));
  return exitCodeOf(explanation);
}

/** Adds the database of the `dev` whose emulator judges the token, which reads its revocations there. */
async function withRunningDatabase(environment: Terminal['environment'], folder: string) {
  if (environment.DATABASE_URL?.trim()) return environment;
  const { findRunningOwnerUrl } = await import('../../development/postgres/embedded-postgres.js');
  return { ...environment, DATABASE_AUTH: 'password', DATABASE_URL: await findRunningOwnerUrl(folder) };
}

/**
 * Explains an access token by the settings of the environment or of a running development server.
 *
 * @throws CommandError without settings
 */
export async function explainToken(terminal: Terminal, accessToken: string, offline: boolean) {
  const settings = await findSettings(terminal, offline);
  const authentication = createAuthentication({
    ...settings.authentication,
    ...(settings.proxy && { fetch: createProxiedFetch(settings.proxy) }),
    // The verdict has the address and the reason why keys could not be fetched.
    logger: silentLogger,
  });
  const explaining = explainOnce(authentication, accessToken, offline);
  return { settings, explanation: await terminal.during('Checking the token …', explaining) };
}

async function findSettings(terminal: Terminal, offline: boolean): Promise<IdentitySettings> {
  try {
    return await findIdentitySettings(terminal, { mayAsk: !offline });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandError(`No settings to judge the token by:\n${error.message}`, { cause: error });
  }
}

async function explainOnce(authentication: Authentication, accessToken: string, offline: boolean) {
  try {
    return await authentication.explain(accessToken, { offline });
  } finally {
    authentication.close();
  }
}

function exitCodeOf({ accepted, code }: AccessTokenExplanation): 0 | 1 | 2 {
  if (accepted) return 0;
  return code === 'SIGNING_KEYS_UNAVAILABLE' ? 2 : 1;
}
