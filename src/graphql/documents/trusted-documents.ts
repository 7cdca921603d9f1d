import { readFileSync } from 'node:fs';
import { type ApolloServerPlugin, type BaseContext, HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { isJsonObject } from '../../values/is-object.js';

/** `TRUSTED_DOCUMENTS`: `log` reports documents that are not in the manifest, `only` refuses them. */
export type TrustedMode = 'off' | 'log' | 'only';

export interface TrustedDocuments {
  /** Replaces the id of a document by its text (`documentId`, or the hash of a persisted query). */
  expand(body: unknown): unknown;
  /** Returns the error of a text that is not trusted. A value of another type is checked later, so it gets undefined. */
  check(text: unknown): GraphQLError | undefined;
  /** Checks a document that came in another way, such as by GET with a hash. */
  readonly plugin: ApolloServerPlugin<BaseContext>;
}

const MESSAGE =
  'This server runs the documents of its released clients only. Send one of them, or have yours added to the manifest.';

/**
 * Reads a manifest: a JSON object with the text of each document by its hash, as the client preset of GraphQL Code Generator
 * writes it (`persisted-documents.json`).
 *
 * @param name of the setting or option with the file, for errors
 * @throws Error that names the file and what is wrong with it
 */
export function readManifest(file: string, name = 'TRUSTED_DOCUMENTS_FILE'): ReadonlyMap<string, string> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${name}: ${file} cannot be read as JSON`, { cause: error });
  }
  const entries = isJsonObject(manifest) ? Object.entries(manifest) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (texts.length === 0 || texts.length < entries.length) {
    throw new Error(`${name}: ${file} must be a JSON object with the text of each document by its hash`);
  }
  return new Map(texts);
}

/** @param report called in mode `log` for each document that is not in the manifest */
export function createTrustedDocuments(
  mode: 'log' | 'only',
  manifest: ReadonlyMap<string, string>,
  report: () => void,
): TrustedDocuments {
  const texts = new Set(manifest.values());
  const refuse = (text: string): GraphQLError | undefined => {
    if (texts.has(text)) return undefined;
    if (mode === 'only') {
      return new GraphQLError(MESSAGE, { extensions: { code: 'DOCUMENT_NOT_TRUSTED', http: { status: 400 } } });
    }
    report();
    return undefined;
  };
  return {
    expand(body) {
      const id = idIn(body);
      const query = id === undefined ? undefined : manifest.get(id.replace(/^sha256:/, ''));
      if (query === undefined) return body;
      const { documentId: _documentId, extensions, ...rest } = Object(body);
      const { persistedQuery: _persistedQuery, ...others } = Object(extensions);
      return { ...rest, query, ...(Object.keys(others).length > 0 && { extensions: others }) };
    },
    check: (text) => (mode === 'only' && typeof text === 'string' ? refuse(text) : undefined),
    plugin: {
      requestDidStart: async () => ({
        async responseForOperation({ source }) {
          const error = refuse(source ?? '');
          if (!error) return null;
          const { message, extensions } = error;
          const singleResult = { errors: [{ message, extensions: { code: extensions.code } }] };
          return { http: { status: 400, headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
        },
      }),
    },
  };
}

/** Returns the id of a request without a text. One with both is checked by its text. */
function idIn(body: unknown): string | undefined {
  const { query, documentId, extensions } = Object(body);
  if (query !== undefined) return undefined;
  const id: unknown = documentId ?? Object(Object(extensions).persistedQuery).sha256Hash;
  return typeof id === 'string' ? id : undefined;
}
