import type { FastifyInstance } from 'fastify';
import { checkEmulatorOptions } from './check-emulator-options.js';
import { EmulatorError } from './emulator-error.js';
import type { EmulatorOptions } from './emulator-options.js';
import { createEmulatorState } from './emulator-state.js';
import type { Fault } from './fault.js';
import { createFaultSwitch } from './hooks/faults.js';
import type { LoggedRequest } from './hooks/request-log.js';
import { createTlsCertificate } from './https/tls-certificate.js';
import { createEmulatorServer } from './server.js';
import { issuePersonaToken, type PersonaTokenOptions } from './tokens/persona-token.js';

export type { EmulatorOptions } from './emulator-options.js';

/** A running emulator. */
export interface Emulator {
  /**
   * A server's stand-in for `https://login.microsoftonline.com`. It is `http://127.0.0.1:PORT`, or `https://127.0.0.1:PORT`
   * with the option `https`.
   */
  readonly instance: string;
  /** The same emulator at `http://127.0.0.1:PORT`, for a server that does not know the certificate. */
  readonly httpInstance: string;
  /** Secrets by client id in lower case. Includes those generated at the start and those of the options. */
  readonly clientSecrets: ReadonlyMap<string, string>;
  /** With the option `https`: the PEM certificate to trust. */
  readonly certificate: string | undefined;
  /** The last thousand requests without queries. The oldest comes first. */
  readonly requests: readonly LoggedRequest[];
  /**
   * Issues an access token of a persona without a sign-in.
   *
   * @throws EmulatorError `UNKNOWN_PERSONA`, `AUTH_CONTEXT_NOT_HELD`
   */
  issueAccessToken(personaName: string, overrides?: PersonaTokenOptions): Promise<string>;
  /**
   * Makes the published next key sign from now on. Rotate twice for a kid that no server has seen yet. `keepOld` defaults
   * to true.
   */
  rotateKeys(options?: { readonly keepOld?: boolean }): Promise<void>;
  /**
   * Replaces the consents of a client: scopes of downstream APIs such as `https://graph.microsoft.com/User.Read`. An empty
   * list withdraws all.
   */
  setConsents(clientId: string, consents: readonly string[]): void;
  /** Makes an address fail. `undefined` repairs it. */
  setFault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts an Entra ID look-alike on loopback for development and tests. Its keys are still being made when this resolves.
 * The first request that needs one waits for it.
 *
 * @throws EmulatorError `PRODUCTION`, `NOT_LOOPBACK`, `BAD_OPTIONS`, `PORT_IN_USE`
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  checkEmulatorOptions(options);
  const host = options.host ?? '127.0.0.1';
  let httpInstance = '';
  const state = createEmulatorState(options, () => httpInstance);
  const faults = createFaultSwitch();
  const certificate = options.https === true ? await createTlsCertificate() : options.https || undefined;
  const { server, requests } = createEmulatorServer(state, faults, certificate);
  const port = await listen(server, host, options.port ?? 0);
  const originOf = (scheme: string) => new URL(`${scheme}://${host === '::1' ? '[::1]' : host}:${port}`).origin;
  httpInstance = originOf('http');
  const instance = certificate ? originOf('https') : httpInstance;
  return {
    instance,
    httpInstance,
    clientSecrets: state.directory.clientSecrets,
    certificate: certificate?.cert,
    get requests() {
      return requests();
    },
    issueAccessToken: async (personaName, overrides) => issuePersonaToken(state, { personaName, instance }, overrides),
    rotateKeys: (rotation) => state.keys.rotate(rotation?.keepOld ?? true),
    setConsents: (clientId, consents) => state.consents.set(clientId.toLowerCase(), consents),
    setFault: (fault) => faults.set(fault),
    close: () => server.close(),
  };
}

/**
 * Returns the port. The system chooses it if it is 0. `localhost` is not looked up because a name could lead off loopback.
 */
async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
    const address = server.server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken) throw cause;
    const message = `Port ${port} on ${host} is in use: stop what listens there, or choose another port for the Entra emulator.`;
    throw new EmulatorError('PORT_IN_USE', message, { cause });
  }
}
