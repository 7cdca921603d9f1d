/** Names of `sslmode` that the driver takes as `verify-full`, as a future version of it will not. */
const TAKEN_AS_VERIFY_FULL = ['prefer', 'require', 'verify-ca'];

/**
 * Returns the address with its TLS mode written as the driver understands it. The driver treats some modes as `verify-full`
 * and warns of it in eleven lines. {@link tlsNotes} needs one.
 */
export function withPlainTlsMode(url: string): string {
  const { mode, isLibpq } = tlsModeOf(url);
  if (isLibpq || !TAKEN_AS_VERIFY_FULL.includes(mode)) return url;
  return url.replace(/([?&]sslmode=)[^&#]*/g, '$1verify-full');
}

/** Returns what is to be known of the TLS modes of these settings, a line for each. */
export function tlsNotes(urls: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(urls).flatMap(([setting, url]) =>
    url === undefined ? [] : (describeTlsMode(setting, url) ?? []),
  );
}

/**
 * Returns a line about a TLS mode that checks more or less than its name promises. Returns undefined for other modes.
 *
 * @param setting name of the setting that has the address
 */
function describeTlsMode(setting: string, url: string): string | undefined {
  const { mode, isLibpq, hasAuthority } = tlsModeOf(url);
  const given = `${setting}: sslmode=${mode}`;
  if (mode === 'no-verify' || (isLibpq && ['prefer', 'require'].includes(mode) && !hasAuthority)) {
    return `${given} does not check the certificate of PostgreSQL: what sits in between can read and change everything. ${USE}`;
  }
  if (isLibpq && ['require', 'verify-ca'].includes(mode)) {
    return `${given} does not check that the certificate has the name of the host: any certificate of the authority will do. ${USE}`;
  }
  if (isLibpq || !TAKEN_AS_VERIFY_FULL.includes(mode)) return undefined;
  return `${given} is taken as verify-full: certificate and host name are checked, which psql does not do. Write verify-full.`;
}

const USE = 'Use sslmode=verify-full, with sslrootcert=/path/to/ca.pem for an authority of your own.';

/** Returns whether the certificate and its name are checked, so that nothing else can take the place of PostgreSQL. */
export function isVerified(url: string): boolean {
  const { mode, isLibpq } = tlsModeOf(url);
  return mode === 'verify-full' || (!isLibpq && TAKEN_AS_VERIFY_FULL.includes(mode));
}

function tlsModeOf(url: string) {
  const { searchParams } = new URL(url);
  return {
    mode: searchParams.getAll('sslmode').at(-1) ?? '',
    isLibpq: searchParams.get('uselibpqcompat') === 'true',
    hasAuthority: searchParams.has('sslrootcert'),
  };
}
