import { GraphQLError } from 'graphql';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { DatabaseRightsError, DatabaseUnavailableError } from '../../src/database/database-errors.js';
import { toDatabaseError } from '../../src/database/driver-errors.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

function serverError(code: string): Error {
  return Object.assign(new DatabaseError('said by PostgreSQL', 1, 'error'), { code });
}

/** Messages that PostgreSQL sends with the code for an insufficient privilege. */
function refusal(message: string, routine?: string): Error {
  return Object.assign(new DatabaseError(message, 1, 'error'), { code: '42501', ...(routine && { routine }) });
}

const outages: readonly (readonly [string, Error])[] = [
  ['connection refused', systemError('ECONNREFUSED')],
  ['connection reset', systemError('ECONNRESET')],
  ['host not found', systemError('ENOTFOUND')],
  ['no address of the host answers', new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNREFUSED')])],
  ['connection failure', serverError('08006')],
  ['too many connections', serverError('53300')],
  ['shut down by an administrator', serverError('57P01')],
  ['crashed', serverError('57P02')],
  ['starting', serverError('57P03')],
  ['a statement that took too long', serverError('57014')],
  ['a lock that could not be had in time', serverError('55P03')],
  ['a deadlock', serverError('40P01')],
  ['a changed password', serverError('28P01')],
  ['no such database any more', serverError('3D000')],
  ['a standby', serverError('25006')],
  ['a full disk', serverError('53100')],
  ['a failing disk', serverError('58030')],
  ['no more files for this process', systemError('EMFILE')],
  ['no more ports for this host', systemError('EADDRNOTAVAIL')],
  ...[
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ]
    .concat([
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'INVALID_CA',
      'HOSTNAME_MISMATCH',
      'EPROTO',
    ])
    .map((code) => [`a certificate that is not trusted (${code})`, systemError(code)] as const),
  ...['ERR_STREAM_DESTROYED', 'ERR_SOCKET_CLOSED', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EAI_FAIL', 'ENOTCONN'].map(
    (code) => [`a connection that broke (${code})`, systemError(code)] as const,
  ),
  ['TLS that was turned off', new Error('The server does not support SSL connections')],
  ['no connection free in time', new Error('timeout exceeded when trying to connect')],
  ['connection broken', new Error('Connection terminated unexpectedly')],
  ['no answer in time', new Error('Query read timeout')],
];

const others: readonly (readonly [string, unknown])[] = [
  ['a violated constraint', serverError('23514')],
  ['a mistake in the code', new TypeError('x is not a function')],
  ['an option that is wrong', systemError('ERR_INVALID_ARG_TYPE')],
  ['no error at all', 'text'],
  ['errors of several kinds', new AggregateError([systemError('ECONNREFUSED'), serverError('23514')])],
];

describe('an outage', () => {
  it.each(outages)('%s', (_name, error) => {
    expect(toDatabaseError(error)).toBeInstanceOf(DatabaseUnavailableError);
  });

  it('is reported with a code and the time to wait, and keeps its cause', () => {
    expect(toDatabaseError(systemError('ECONNREFUSED'))).toMatchObject({
      extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 },
      cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
    });
  });

  it('keeps nothing of the driver, such as the key that cancels statements', () => {
    const cause = Object.assign(systemError('ECONNRESET'), { client: { secretKey: 4711 } });
    expect(Object.keys(Object((toDatabaseError(cause) as Error).cause))).toEqual(['code']);
  });

  it('says nothing of the cause to the client', () => {
    const error = toDatabaseError(Object.assign(systemError('ECONNREFUSED'), { address: '10.1.2.3' }));
    expect(JSON.stringify(error)).not.toMatch(/ECONNREFUSED|10\.1\.2\.3/);
    expect(error).toBeInstanceOf(GraphQLError);
  });
});

describe('a refusal', () => {
  it.each([
    ['in English', refusal('new row violates row-level security policy for table "a"', 'ExecWithCheckOptions')],
    ['in another language', refusal('neue Zeile verletzt Policy für Tabelle »a«', 'ExecWithCheckOptions')],
    ['without the name of a function', refusal('new row violates row-level security policy "p" for table "a"')],
  ])('of rows is FORBIDDEN: %s', (_name, error) => {
    expect(toDatabaseError(error)).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
      code: '42501',
      cause: { message: error.message, hint: expect.stringContaining('policies "for insert"') },
    });
  });

  it.each([
    ['a table', refusal('permission denied for table a', 'aclcheck_error')],
    ['a schema', refusal('permission denied for schema a', 'aclcheck_error')],
    ['a function, without the name of one', refusal('permission denied for function a')],
    ['a table, in another language', refusal('keine Berechtigung für Tabelle a', 'aclcheck_error')],
    ['a policy that is switched off', refusal('query would be affected by row-level security policy for table "a"')],
    ['a text that only quotes the other', refusal('permission denied for table "new row violates row-level security"')],
  ])('for the lack of a right is a fault of the server, with advice for its log: %s', (_name, error) => {
    const told = toDatabaseError(error);
    expect(told).toBeInstanceOf(DatabaseRightsError);
    expect(told).not.toBeInstanceOf(GraphQLError);
    expect(told).toMatchObject({ code: '42501', message: expect.stringContaining(error.message) });
    expect(told).toMatchObject({ message: expect.stringContaining('Run "npm run migrate"') });
  });

  it.each(['22001', '22003', '22007', '22008', '22021', '22P02', '22P05', '54000'])(
    'of a value (%s) is BAD_USER_INPUT',
    (code) => {
      expect(toDatabaseError(serverError(code))).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' }, code });
    },
  );

  it('of a write in a transaction that reads is a mistake of the code', () => {
    const error = serverError('25006');
    expect(toDatabaseError(error, { readsOnly: true })).toBe(error);
  });
});

describe('no outage', () => {
  it.each(others)('%s', (_name, error) => {
    expect(toDatabaseError(error)).toBe(error);
  });

  it('keeps its code and message, and nothing of the row it was about', () => {
    const names = { table: 'notes', constraint: 'notes_title_check' };
    const row = { detail: 'Failing row contains (Erin)', where: 'Erin', hint: 'Erin' };
    const told = toDatabaseError(Object.assign(serverError('23514'), names, row));
    expect(told).toMatchObject({ code: '23514', message: 'said by PostgreSQL' });
    expect(told).toMatchObject({ hint: expect.stringContaining('constraint "notes_title_check" of table "notes"') });
    expect(JSON.stringify(told)).not.toContain('Erin');
  });

  it('an outage that is already told', () => {
    const told = new DatabaseUnavailableError(systemError('ECONNREFUSED'));
    expect(toDatabaseError(told)).toBe(told);
  });
});
