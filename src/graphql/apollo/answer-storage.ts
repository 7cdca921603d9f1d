import type { ApolloServerPlugin, BaseContext, GraphQLRequestContext } from '@apollo/server';
import type { Authorization } from '../../authorization/authorization.js';

/**
 * Keeps answers out of shared caches unless everything that the operation selects is `@public`. A response cache knows
 * neither scopes nor roles. Even the same user may not be served from it, because the next token may have fewer rights. The
 * decision is made before anything runs and no `@cacheControl`, resolver or other plugin can change it.
 */
export function answerStoragePlugin(authorization: Pick<Authorization, 'isPublic'>): ApolloServerPlugin<BaseContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation(requestContext) {
          const { document, operationName } = requestContext;
          if (authorization.isPublic({ document, operationName })) return;
          forbidStoring(requestContext.overallCachePolicy);
          forbidCaching(requestContext.response);
        },
      };
    },
  };
}

type CachePolicy = GraphQLRequestContext<BaseContext>['overallCachePolicy'];
type Response = GraphQLRequestContext<BaseContext>['response'];
type Headers = Response['http']['headers'];

/** Fixes a policy. Apollo's methods still assign to its members, which then has no effect. */
function forbidStoring(policy: CachePolicy): void {
  Object.defineProperties(policy, {
    maxAge: { get: () => 0, set: () => undefined, enumerable: true },
    scope: { get: () => 'PRIVATE', set: () => undefined, enumerable: true },
  });
}

/** Fixes the headers of a response, and those that a plugin puts in their place. */
function forbidCaching(response: Response): void {
  guardProperty(response, 'http', (head) => guardProperty(head, 'headers', forbidCacheHeaders));
}

/** Passes the value of a property through a function, now and each time it is replaced. */
function guardProperty<Holder extends object, Name extends keyof Holder>(
  holder: Holder,
  name: Name,
  guard: (value: Holder[Name]) => unknown,
): void {
  let current = holder[name];
  guard(current);
  Object.defineProperty(holder, name, {
    get: () => current,
    set: (replacement: Holder[Name]) => {
      guard(replacement);
      current = replacement;
    },
    enumerable: true,
  });
}

/** Fixes the headers by which proxies and content delivery networks store answers. `cache-control` cannot be taken away. */
function forbidCacheHeaders(headers: Headers): void {
  const { set, clear } = headers;
  const given = [...headers];
  const remove = headers.delete;
  headers.set = (name, value) => set.call(headers, name, isCacheHeader(name) && !isPrivate(value) ? 'no-store' : value);
  headers.delete = (name) => !isCacheHeader(name) && remove.call(headers, name);
  headers.clear = () => {
    clear.call(headers);
    headers.set('cache-control', 'no-store');
  };
  for (const [name, value] of given) headers.set(name, value);
  if (!isPrivate(headers.get('cache-control') ?? '')) headers.set('cache-control', 'no-store');
}

/** `cache-control`, and the headers of its kind for one network each (RFC 9213). */
function isCacheHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.endsWith('cache-control') || lower === 'surrogate-control';
}

function isPrivate(value: string): boolean {
  const directives = value.toLowerCase().split(',');
  const names = directives.map((directive) => (directive.split('=')[0] ?? '').trim());
  return (
    (names.includes('private') || names.includes('no-store')) &&
    !names.includes('public') &&
    !names.includes('s-maxage')
  );
}
