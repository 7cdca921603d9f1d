/** Key and certificate of the https listener, both PEM. */
export interface TlsCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Apple's systems do not accept a longer life, even of a certificate that its user trusts. */
const LIFETIME_DAYS = 800;
const DAY_MS = 86_400_000;

/**
 * Creates a certificate for the loopback names. Programs do not trust it by default.
 *
 * It is not a certificate authority. Users put it into the trust store of their system, so its key must not be worth more
 * than the names of this machine.
 */
export async function createTlsCertificate(nowMs: number = Date.now()): Promise<TlsCertificate> {
  // Slow to load, and not needed for plain http.
  const { generate } = await import('selfsigned');
  const issued = await generate([{ name: 'commonName', value: 'Entra emulator on this machine' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + LIFETIME_DAYS * DAY_MS),
    // keyUsage is left out. OpenSSL trusts a certificate as its own issuer only if its key usage does not exclude that.
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { key: issued.private, cert: issued.cert };
}
