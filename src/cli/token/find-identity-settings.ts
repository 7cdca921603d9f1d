import { type AuthenticationConfig, ConfigError, loadAuthenticationConfig } from '../../config/config.js';
import { emulatorPort } from '../../development/development-ports.js';
import { namesIdentity, withEmulator } from '../../development/development-settings.js';
import type { DevelopmentData } from '../../served-api.js';
import type { Terminal } from '../terminal/terminal.js';

/** Settings that say which tokens a command accepts. */
export interface IdentitySettings extends AuthenticationConfig {
  /** Address of the running development emulator, when it was taken because no setting names another authority. */
  readonly emulator: string | undefined;
}

/**
 * Returns the settings of the environment as `start` reads them. If none names the identity provider, returns those of a
 * running `dev` with its emulator.
 *
 * @param mayAsk false: does not look for a running emulator
 * @throws ConfigError with a line for each missing or bad setting
 */
export async function findIdentitySettings(
  { environment, loadApi }: Terminal,
  { mayAsk }: { readonly mayAsk: boolean },
): Promise<IdentitySettings> {
  const mayFallBack = !namesIdentity(environment) && mayAsk && environment.NODE_ENV !== 'production';
  const address = `http://127.0.0.1:${mayFallBack ? emulatorPort(environment) : ''}`;
  const data = mayFallBack ? await (await loadApi()).loadDevelopmentData() : undefined;
  if (data && (await isEmulator(address, data))) {
    const settings = withEmulator(environment, address, data.emulator);
    return { ...loadAuthenticationConfig(settings), emulator: address };
  }
  try {
    return { ...loadAuthenticationConfig(environment), emulator: undefined };
  } catch (error) {
    if (!mayFallBack || !(error instanceof ConfigError)) throw error;
    throw new ConfigError([...error.problems, `No development emulator answers at ${address} either.`]);
  }
}

/** Returns whether a server at the address calls itself the authority of the development tenant. */
async function isEmulator(address: string, { emulator }: DevelopmentData): Promise<boolean> {
  const { authentication } = loadAuthenticationConfig(withEmulator({}, address, emulator));
  const issuer = `${address}/${authentication.tenantId}/v2.0`;
  try {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(2_000) });
    const metadata: unknown = await response.json();
    return metadata !== null && typeof metadata === 'object' && 'issuer' in metadata && metadata.issuer === issuer;
  } catch {
    return false;
  }
}
