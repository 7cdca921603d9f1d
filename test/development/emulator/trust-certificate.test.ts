import { describe, expect, it } from 'vitest';
import { trustCertificate } from '../../../src/development/emulator/trust-certificate.js';

describe('how to trust the certificate', () => {
  it.each([
    [
      'linux',
      'mkdir -p $HOME/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n entra-emulator -i /home/dev/c.pem',
    ],
    ['linux', 'update-ca-certificates'],
    ['darwin', 'security add-trusted-cert'],
    ['win32', 'certutil -user -addstore Root /home/dev/c.pem'],
  ] as const)('on %s says "%s"', (platform, command) => {
    const text = trustCertificate('/home/dev/c.pem', platform);
    expect(text).toContain(command);
    expect(text).toContain('NODE_EXTRA_CA_CERTS=/home/dev/c.pem');
  });

  it.each([
    ['linux', `'/home/my dev/it'\\''s $HOME/c.pem'`],
    ['win32', `"/home/my dev/it's $HOME/c.pem"`],
  ] as const)('on %s quotes a path with spaces', (platform, quoted) => {
    expect(trustCertificate("/home/my dev/it's $HOME/c.pem", platform)).toContain(`NODE_EXTRA_CA_CERTS=${quoted}\n`);
  });
});
