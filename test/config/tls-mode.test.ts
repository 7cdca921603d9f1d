import pg from 'pg';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { tlsNotes, withPlainTlsMode } from '../../src/config/tls-mode.js';

const url = 'postgres://api:se%40cret@db.example:5432/api';
const noteOn = (query: string) => tlsNotes({ DATABASE_URL: `${url}${query}` });

describe('a TLS mode that the driver takes as verify-full', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockReturnValue();
  afterAll(() => emitted.mockRestore());

  it.each([
    ['?sslmode=require', '?sslmode=verify-full'],
    ['?sslmode=prefer', '?sslmode=verify-full'],
    ['?sslmode=verify-ca&application_name=a', '?sslmode=verify-full&application_name=a'],
    ['?options=-c%20x%3D1&sslmode=require', '?options=-c%20x%3D1&sslmode=verify-full'],
    ['?sslmode=disable&sslmode=require', '?sslmode=verify-full&sslmode=verify-full'],
  ])('%s becomes %s, with one line and no warning of the driver', async (query, plain) => {
    expect(withPlainTlsMode(`${url}${query}`)).toBe(`${url}${plain}`);
    expect(noteOn(query)).toEqual([
      expect.stringMatching(/^DATABASE_URL: sslmode=[\w-]+ is taken as verify-full: [^\n]+$/),
    ]);
    const pool = new pg.Pool({ connectionString: withPlainTlsMode(`${url}${query}`) });
    new pg.Client(pool.options);
    await pool.end();
    expect(emitted).not.toHaveBeenCalled();
  });
});

it.each([
  ['?sslmode=no-verify', /does not check the certificate/],
  ['?uselibpqcompat=true&sslmode=require', /does not check the certificate/],
  ['?uselibpqcompat=true&sslmode=prefer', /does not check the certificate/],
  ['?uselibpqcompat=true&sslmode=require&sslrootcert=/ca.pem', /does not check that the certificate has the name/],
  ['?uselibpqcompat=true&sslmode=verify-ca&sslrootcert=/ca.pem', /does not check that the certificate has the name/],
])('%s stays, and a line says what it does not check', (query, note) => {
  expect(withPlainTlsMode(`${url}${query}`)).toBe(`${url}${query}`);
  expect(noteOn(query)).toEqual([expect.stringMatching(note)]);
});

it.each(['', '?sslmode=disable', '?sslmode=verify-full', '?uselibpqcompat=true&sslmode=verify-full'])(
  'nothing is to be said of %j',
  (query) => {
    expect(withPlainTlsMode(`${url}${query}`)).toBe(`${url}${query}`);
    expect(noteOn(query)).toEqual([]);
  },
);
