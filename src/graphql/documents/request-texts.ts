import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { ownText } from '../../values/own-text.js';

/**
 * Puts the texts of a request into a form that Apollo Server can use and keep.
 *
 * - The document of a GET request is copied. Node cuts it out of the URL, and V8 keeps the whole URL in memory as long as a
 *   cache keeps that part. The caches count the bytes of the document alone.
 * - A hash of a persisted query that is not a text becomes an empty one, which belongs to no document. Apollo Server adds it to
 *   a text unseen, which fails for an object without `toString` and for lists within lists.
 */
export const requestTextsPlugin: ApolloServerPlugin<BaseContext> = {
  async requestDidStart({ request }) {
    const { query, http, extensions } = request;
    if (query !== undefined && http?.method === 'GET') request.query = ownText(query);
    const persistedQuery: unknown = extensions?.persistedQuery;
    if (typeof persistedQuery !== 'object' || persistedQuery === null) return;
    if (typeof Reflect.get(persistedQuery, 'sha256Hash') === 'string') return;
    request.extensions = { ...extensions, persistedQuery: { ...persistedQuery, sha256Hash: '' } };
  },
};
