/** Key and certificate of the https listener, both PEM. */
export interface TlsCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for the loopback names only, that nobody trusts unless told to. */
export async function createTlsCertificate(): Promise<TlsCertificate> {
  // Slow to load, and not needed for plain http.
  const { generate } = await import('selfsigned');
  const issued = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      // A certificate authority of one: Node trusts a certificate given to it as `ca` only if it may sign itself.
      { name: 'basicConstraints', cA: true, critical: true },
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
