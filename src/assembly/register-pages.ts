import type { FastifyInstance } from 'fastify';
import { appIdUriIn } from '../authentication/app-id-uri.js';
import type { Authentication } from '../authentication/authentication.js';
import type { Caller } from '../authentication/caller.js';
import type { Config } from '../config/config.js';
import { type ExplorerSignIn, type PersonaTokens, registerExplorer } from '../explorer/graphiql/register-explorer.js';
import { registerHomePage } from '../explorer/home-page.js';
import { createFieldQueries } from '../explorer/permissions/field-queries.js';
import { createCallerJudge } from '../explorer/permissions/judge-caller.js';
import { registerPermissions } from '../explorer/permissions/register-permissions.js';
import { isEmulator, placesOf } from '../explorer/places.js';
import { noLandingPage, sandboxLandingPage } from '../explorer/sandbox/landing-page.js';
import { registerSandboxFiles } from '../explorer/sandbox/sandbox-page.js';
import { registerPageStyles } from '../explorer/send-page.js';
import type { AdmitRequest } from '../graphql/rates/admit-request.js';
import type { AnyResource } from '../graphql/resource.js';
import type { ProtectedSchema } from '../graphql/schema/protected-schema.js';
import type { FailureLimit } from '../http/failure-limit.js';

/** Callers, tokens and addresses for the pages. */
export interface PageOptions {
  /** Callers by name, the columns of the permissions page. Default: the kinds of caller that the rules distinguish. */
  readonly personas?: ReadonlyMap<string, Caller | undefined> | undefined;
  /** Issues tokens to the explorer's page, for everybody who can open it. For development only. */
  readonly personaTokens?: PersonaTokens | undefined;
  /** Address at which browsers find the identity provider, if it is not `ENTRA_INSTANCE`. */
  readonly signInInstance?: string | undefined;
}

/** Registers the pages that the settings open: `/`, `/explorer` and `/permissions`. */
export function registerPages(
  fastify: FastifyInstance,
  config: Config,
  parts: ProtectedSchema & {
    readonly name: string;
    readonly resource: AnyResource;
    readonly authentication: Authentication;
    readonly failureLimit: FailureLimit;
    readonly admit: AdmitRequest;
    readonly pages: PageOptions;
  },
): void {
  const { name, resource, authentication, failureLimit, admit, pages } = parts;
  const { limits, http } = config;
  const { enabled: hasExplorer, permissions } = config.explorer;
  registerPageStyles(fastify);
  const signIn = hasExplorer ? explorerSignIn(config, pages) : undefined;
  if (hasExplorer) {
    registerSandboxFiles(fastify);
    registerExplorer(fastify, { ...resource, personas: pages.personaTokens, signIn });
  }
  if (permissions.enabled) {
    const { role } = permissions;
    const judge = createCallerJudge({ authentication, failureLimit, explains: role === undefined, limits });
    const queryOf = hasExplorer ? createFieldQueries(parts.unguardedSchema) : undefined;
    registerPermissions(fastify, { ...parts, judge, admit, personas: pages.personas, role, queryOf, signIn });
  }
  registerHomePage(fastify, { name, url: http.publicUrl, places: placesOf(config) });
}

/** Returns the page of `/graphql`, if the settings open it. */
export function landingPageOf(
  { explorer, authentication: { instance } }: Config,
  { resource, pages }: { readonly resource: AnyResource; readonly pages: PageOptions },
) {
  if (!explorer.enabled) return noLandingPage();
  const emulatorAddress = isEmulator(instance) ? instance : undefined;
  return sandboxLandingPage({ ...resource, personas: pages.personaTokens, emulatorAddress });
}

/** MSAL signs in over https alone. The emulator may have none, and then there are its personas. */
function explorerSignIn(
  { authentication, explorer: { clientId } }: Config,
  { signInInstance = authentication.instance }: PageOptions,
): ExplorerSignIn | undefined {
  if (clientId === undefined || !signInInstance.startsWith('https:')) return undefined;
  const uri = appIdUriIn(authentication.audiences) ?? `api://${authentication.clientId}`;
  return { clientId, authority: `${signInInstance}/${authentication.tenantId}`, scopes: [`${uri}/.default`] };
}
