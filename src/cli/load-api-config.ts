import { type Config, loadConfig, NO_DATABASE_URL } from '../config/config.js';
import type { ServedApi } from '../served-api.js';

/**
 * Returns the settings of the server. An API without a database needs no `DATABASE_URL`.
 *
 * @throws ConfigError like `loadConfig`
 */
export function loadApiConfig(
  api: ServedApi,
  environment: Readonly<Record<string, string | undefined>>,
  mode: 'development' | 'production',
): Config {
  if (api.migrationFolders.length > 0) return loadConfig(environment, mode);
  return loadConfig({ ...environment, DATABASE_URL: NO_DATABASE_URL }, mode);
}
