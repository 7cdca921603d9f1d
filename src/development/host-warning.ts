import { isLoopbackHost } from '../config/address-range.js';

/** Returns the warning that `dev` prints when other machines can reach it; undefined when only this one can. */
export function hostWarning(host: string): string | undefined {
  if (isLoopbackHost(host)) return undefined;
  return `WARNING: HOST=${host} LETS OTHER MACHINES REACH THIS DEVELOPMENT SERVER.
The emulator lets anybody be anybody: it signs a token for any person and role without a password, and this server accepts it.
Use HOST=127.0.0.1, or a network in which you trust everybody. Keep real data out of it.`;
}
