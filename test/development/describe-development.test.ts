import { describe, expect, it } from 'vitest';
import { createColours } from '../../src/cli/terminal/colours.js';
import { describeDevelopment, type RunningDevelopment } from '../../src/development/describe-development.js';
import { developmentData } from '../../src/development/development-data.js';
import { personas } from '../../src/expenses/sample-data/personas.js';

const running = {
  publicUrl: 'http://127.0.0.1:4000',
  hasExplorer: true,
  hasPermissions: true,
  emulator: { instance: 'https://127.0.0.1:4001', httpInstance: 'http://127.0.0.1:4001' },
  personas,
  calls: developmentData.calls,
  certificate: { file: '.entra-graphql/certificate.pem', isNew: false },
  postgres: { runtimeUrl: 'postgres://api:secret@127.0.0.1:54321/expenses' },
  seconds: 3.21,
} as unknown as RunningDevelopment;
const describeIt = (changes: Partial<RunningDevelopment> = {}) =>
  describeDevelopment({ ...running, ...changes }, createColours(false));

describe('the screen of dev', () => {
  it('fits a terminal, and shows no password', () => {
    expect(
      describeIt()
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
    expect(describeIt()).not.toContain('secret');
  });

  it('names the pages that are there, and no others', () => {
    expect(describeIt()).toContain('http://127.0.0.1:4000/explorer');
    const without = describeIt({ hasExplorer: false, hasPermissions: false });
    expect(without).not.toMatch(/explorer|Sandbox|permissions/i);
    expect(without).toContain('http://127.0.0.1:4000/graphql');
  });

  it('says how to trust a new certificate, and names the file of a known one', () => {
    expect(describeIt()).toContain('Certificate of the https address: .entra-graphql/certificate.pem');
    expect(describeIt()).not.toContain('NODE_EXTRA_CA_CERTS');
    const { certificate } = running;
    const isNew = certificate && { certificate: { ...certificate, isNew: true } };
    expect(describeIt({ ...isNew })).toContain('NODE_EXTRA_CA_CERTS');
    expect(describeIt({ certificate: undefined })).not.toContain('https:');
  });

  it('calls an API by its own name', () => {
    expect(describeIt()).toContain('entra-graphql is ready');
    expect(describeIt({ name: 'my-api' })).toContain('my-api is ready');
  });

  it('is coloured where the terminal is', () => {
    expect(describeDevelopment(running, createColours(true))).toContain('\u001b[1mentra-graphql is ready\u001b[22m');
  });
});
