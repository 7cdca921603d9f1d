import { type Config, loadConfig } from '../../src/config/config.js';
import type { Limits } from '../../src/config/limits.js';

/**
 * Loads the configuration of a server in development.
 *
 * @param limits bounds that have other values than the environment gives them. Fixed ones are among them, which no setting
 *   changes
 */
export function loadTestConfig(
  environment: Readonly<Record<string, string | undefined>>,
  limits: Partial<Limits> = {},
): Config {
  const config = loadConfig(environment, 'development');
  return { ...config, limits: { ...config.limits, ...limits } };
}
