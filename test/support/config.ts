import { type Config, loadConfig } from '../../src/config/config.js';
import type { Limits } from '../../src/config/limits.js';

/** Tests and other servers keep the event loop of this process busy too. */
export const UNHURRIED = { LIMIT_EVENT_LOOP_DELAY_MS: '0' } as const;

/**
 * Loads the configuration of a server in development that refuses nothing because its process is busy.
 *
 * @param limits bounds that have other values than the environment gives them. Fixed ones are among them, which no setting
 *   changes
 */
export function loadTestConfig(
  environment: Readonly<Record<string, string | undefined>>,
  limits: Partial<Limits> = {},
): Config {
  const config = loadConfig({ ...UNHURRIED, ...environment }, 'development');
  return { ...config, limits: { ...config.limits, ...limits } };
}
