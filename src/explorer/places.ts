import { PROTECTED_RESOURCE_METADATA_PATH } from '../http/protected-resource-metadata.js';
import { EXPLORER_PATH } from './graphiql/register-explorer.js';
import type { Place } from './home-page.js';
import { PERMISSIONS_PATH } from './permissions/register-permissions.js';

const EXPLORER: Place = {
  name: 'explorer',
  address: EXPLORER_PATH,
  title: 'Explorer',
  says: 'GraphiQL with a sign-in. It works without internet.',
};
const PERMISSIONS: Place = {
  name: 'permissions',
  address: PERMISSIONS_PATH,
  title: 'Permissions',
  says: 'Who may use which field, and what an access token of yours may use.',
};

/** Returns the addresses that are open with these settings, for the home page. */
export function placesOf(settings: {
  readonly explorer: { readonly enabled: boolean; readonly permissions: { readonly enabled: boolean } };
  readonly http: { readonly metricsToken?: string | undefined };
  readonly authentication: { readonly instance: string };
}): readonly Place[] {
  const { explorer, http, authentication } = settings;
  const graphql = explorer.enabled
    ? 'POST queries here, or open it in a browser for Apollo Sandbox. Subscriptions by WebSocket (graphql-ws).'
    : 'POST queries here. Subscriptions by WebSocket (graphql-ws).';
  const emulator: Place = {
    name: 'entraEmulator',
    address: authentication.instance,
    title: 'Entra emulator',
    says: 'Who can sign in, and access tokens to copy. In development only.',
  };
  return [
    { name: 'graphql', address: '/graphql', title: 'GraphQL', says: graphql },
    ...(explorer.enabled ? [EXPLORER] : []),
    ...(explorer.permissions.enabled ? [PERMISSIONS] : []),
    ...(isEmulator(authentication.instance) ? [emulator] : []),
    {
      name: 'protectedResourceMetadata',
      address: PROTECTED_RESOURCE_METADATA_PATH,
      title: 'Sign-in',
      says: 'Where clients get access tokens, and for which scopes they ask (RFC 9728).',
    },
    { name: 'live', address: '/healthz', title: 'Live', says: 'The process answers.' },
    {
      name: 'ready',
      address: '/readyz',
      title: 'Ready',
      says: 'Signing keys and database are there. Load balancers ask here.',
    },
    ...(http.metricsToken === undefined
      ? []
      : [{ name: 'metrics', address: '/metrics', title: 'Metrics', says: 'For Prometheus, with METRICS_TOKEN.' }]),
  ];
}

/** Tells the emulator by its address: identity providers of Microsoft have https. */
export function isEmulator(instance: string): boolean {
  return instance.startsWith('http:');
}
