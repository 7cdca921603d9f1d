import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { createScramVerifier } from '../../../src/database/setup/scram-verifier.js';

// The exchange of RFC 7677 s.3: user "user", password "pencil".
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const AUTH_MESSAGE =
  'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
  `r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=${SALT},i=4096,` +
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const SERVER_SIGNATURE = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

it('holds the server key of the example in RFC 7677', () => {
  const [, , keys] = createScramVerifier('pencil', Buffer.from(SALT, 'base64')).split('$');
  const serverKey = Buffer.from(keys?.split(':')[1] ?? '', 'base64');
  expect(createHmac('sha256', serverKey).update(AUTH_MESSAGE).digest('base64')).toBe(SERVER_SIGNATURE);
});

it('is another one each time', () => {
  expect(createScramVerifier('pencil')).not.toBe(createScramVerifier('pencil'));
});
