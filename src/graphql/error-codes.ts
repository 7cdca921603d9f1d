/** One code that an answer can have in `extensions.code`. */
export interface ErrorCode {
  /** HTTP statuses with which it comes. 200 is an error of a field, beside the data of the others. */
  readonly http: string;
  readonly means: string;
  /** The next step for the client. */
  readonly client: string;
}

/** Every code that the server sends. `docs/errors.md` is generated from it; a resource may add codes of its own. */
export const ERROR_CODES: Readonly<Record<string, ErrorCode>> = {
  UNAUTHENTICATED: {
    http: '401; 200',
    means:
      'A field needs an access token and the request has none, or its token was refused. With status 200, another API can ask for a new sign-in too. Nothing ran if the status is 401.',
    client: 'Get a token and repeat the request. The log of the server has the reason of a refused token.',
  },
  FORBIDDEN: {
    http: '403; 200',
    means:
      'The caller lacks a scope, a role or a permission, or a policy denies. `extensions.authorization` has the coordinate and what is missing. It is left out if another API or the database refuses. With status 403, nothing ran.',
    client: 'Ask an administrator for what is missing, or do not ask for this field.',
  },
  INSUFFICIENT_CLAIMS: {
    http: '401 or 403; 200',
    means:
      'Only the step-up is missing. `extensions.claims` has the claims challenge and `extensions.acr_values` the authentication context. The status is 401 if the client understands a claims challenge.',
    client: 'Sign the user in again with the claims challenge, and repeat the request.',
  },
  CONSENT_REQUIRED: {
    http: '200',
    means:
      'The field calls another API for the user, and neither the user nor an administrator has consented to it. `extensions.scopes` names what is needed.',
    client: 'Ask for consent to these scopes, then ask for the field again.',
  },
  RATE_LIMITED: {
    http: '429',
    means:
      'The address sent too many bad tokens, the caller has too many operations at once, or the caller or its application has used up its share of this minute.',
    client: 'Wait for the time in `Retry-After`.',
  },
  LIMIT_EXCEEDED: {
    http: '400, 408, 413, 414, 431 or 504; 200',
    means:
      'The request asks for more than a limit allows, such as cost, depth, size, aliases or time. `extensions.limit` has its name, its maximum and the value of the request.',
    client: 'Ask for less, or use several requests.',
  },
  SERVICE_UNAVAILABLE: {
    http: '503; 200',
    means:
      "The server cannot decide or answer now. Entra's keys, the groups of the caller or the database cannot be reached, the key of the token may be new, or the server is full or stops.",
    client:
      'Repeat the request after the time in `Retry-After`. With status 200 other fields have their values, or a mutation has run. The header is then left out, because HTTP clients and proxies would repeat the whole request. `extensions.retryAfterSeconds` of the error says when to ask for this field again.',
  },
  BAD_REQUEST: {
    http: '400, 404, 405, 406 or 415',
    means: 'The request does not follow GraphQL over HTTP. The message says which header or form is expected.',
    client: 'Change the request as the message says.',
  },
  BAD_USER_INPUT: {
    http: '400; 200',
    means: 'A variable or an argument has a value that cannot be used.',
    client: 'Change the value.',
  },
  GRAPHQL_PARSE_FAILED: { http: '400', means: 'The document is not GraphQL.', client: 'Change the document.' },
  GRAPHQL_VALIDATION_FAILED: {
    http: '400',
    means: 'The document does not fit the schema. At most five errors are shown.',
    client: 'Change the document.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    http: '400 or 405',
    means: 'No operation has this `operationName`, or a mutation came by GET.',
    client: 'Name an operation of the document. Send mutations by POST.',
  },
  DOCUMENT_NOT_TRUSTED: {
    http: '400',
    means:
      'The server runs only the documents of its released clients (`TRUSTED_DOCUMENTS=only`), and this is not one of them.',
    client: 'Send a document of the manifest, by its text or its id. Have a new one added to the manifest.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    http: '200',
    means: 'The server does not know a document with this hash.',
    client: 'Send hash and document together. Clients with automatic persisted queries do so by themselves.',
  },
  COMMIT_UNCERTAIN: {
    http: '200',
    means:
      'The database did not answer a COMMIT, so the change may be stored. `extensions.committed` and `extensions.uncertain` name the fields.',
    client: 'Repeat the mutation with the same `idempotencyKey`. Without one, read the data before you repeat it.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    http: '200',
    means:
      'The caller has used this `idempotencyKey` for another mutation or another input in the last day. Nothing was changed.',
    client: 'Send a new key with a new change. Send the same input to repeat a change.',
  },
  SUBSCRIPTION_OVERFLOW: {
    http: 'WebSocket',
    means: 'The client read its events too slowly, and the subscription ended.',
    client: 'Subscribe again, and read the data again.',
  },
  INTERNAL_SERVER_ERROR: {
    http: '500; 200',
    means: 'A fault of the server. The log has the cause with the id of the request. The answer does not have it.',
    client: 'Report it with the `x-request-id` of the answer.',
  },
};
