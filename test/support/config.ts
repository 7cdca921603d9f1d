import { type Config, loadConfig } from '../../src/config/config.js';
import type { Limits } from '../../src/config/limits.js';

/** Tests and other servers keep the event loop of this process busy too. */
export const UNHURRIED = { LIMIT_EVENT_LOOP_DELAY_MS: '0' } as const;

/**
 * Times of a server that a busy machine reaches where nothing is wrong. A test of one of them sets it. The server's pings are
 * rare, because their answers count as messages.
 */
const PATIENT = {
  downstreamMilliseconds: 60_000,
  requestSeconds: 120,
  socketInitSeconds: 120,
  socketPingSeconds: 3_600,
  callerQueueSeconds: 120,
  databaseQueueSeconds: 120,
} satisfies Partial<Limits>;

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
  // Without its keys in time, every token gets 503.
  const authentication = { ...config.authentication, requestTimeoutMs: 60_000 };
  return { ...config, authentication, limits: { ...config.limits, ...PATIENT, ...limits } };
}
