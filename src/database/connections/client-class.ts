import pg from 'pg';
import type { DatabasePassword } from './entra-password.js';

/**
 * Returns the class of connections that ask for their password when PostgreSQL wants it. The driver takes a function as
 * password. But with an address it prefers the empty password of the address.
 */
export function clientClass(password: DatabasePassword | undefined): typeof pg.Client {
  if (!password) return pg.Client;
  return class extends pg.Client {
    constructor(options?: string | pg.ClientConfig) {
      super(options);
      Object.assign(this, { password });
    }
  };
}
