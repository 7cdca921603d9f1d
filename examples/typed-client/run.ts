import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

/** A field that was denied, as `extensions.authorization` of its error says it. */
export interface DeniedField {
  readonly coordinate: string;
  readonly missing: string;
}

/** An answer. `data` has null in the place of what was denied. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly denied: readonly DeniedField[];
}

const { API_URL = 'http://127.0.0.1:4000/graphql', TOKEN = '' } = process.env;

/**
 * Runs an operation, whose document says which variables it takes and what it gives.
 *
 * @throws Error for an error that is not a denial
 */
export async function run<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const response = await fetch(API_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query: print(document), variables }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer: { data?: Data | null; errors?: readonly GraphQLFailure[] } = Object(await response.json());
  const { data = null, errors = [] } = answer;
  const denied = errors.map(({ message, extensions }) => {
    if (!extensions?.authorization) throw new Error(message);
    return extensions.authorization;
  });
  return { data, denied: [...new Map(denied.map((field) => [field.coordinate, field])).values()] };
}

interface GraphQLFailure {
  readonly message: string;
  readonly extensions?: { readonly authorization?: DeniedField };
}
