import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../authentication/caller.js';
import type { Authorization } from '../../authorization/authorization.js';
import { type ExplorerSignIn, SIGNED_IN_PATH } from '../graphiql/register-explorer.js';
import { createPage, serveAsset } from '../send-page.js';
import { type AccessView, buildAccessView, type CellAccess, cellsOf } from './access-view.js';
import { readPermissionsScript, readPermissionsStyles } from './assets.js';
import { callerKinds } from './caller-kinds.js';
import type { QueryOf } from './field-queries.js';
import { type CallerJudge, failure } from './judge-caller.js';
import { PERMISSIONS_TITLE, permissionsBody } from './permissions-page.js';
import { renderFilters, renderTable } from './render-view.js';

export const PERMISSIONS_PATH = '/permissions';
const CALLER_PATH = '/permissions/caller';
const STYLES_PATH = '/permissions/page.css';
const SCRIPT_PATH = '/permissions/page.js';

/**
 * Serves `/permissions`, which shows the access of each kind of caller and of a pasted access token. With a role, the page
 * is empty until a token of a user with that role was shown.
 */
export function registerPermissions(
  fastify: FastifyInstance,
  options: {
    readonly authorization: Pick<Authorization, 'requirements' | 'explain'>;
    readonly judge: CallerJudge;
    /** Answers requests that come too often. Returns whether this one is to be answered here. */
    admit(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<boolean>;
    /** Columns by name. Default: the kinds of caller that the rules distinguish. */
    readonly personas?: ReadonlyMap<string, Caller | undefined> | undefined;
    /** The role that opens the page. Undefined: it is open, as in development. */
    readonly role: string | undefined;
    /** Makes the operations that rows open in the explorer, if there is one. */
    readonly queryOf?: QueryOf | undefined;
    /** Users sign in on the page. Its scripts and the page on which that ends are those of the explorer. */
    readonly signIn?: ExplorerSignIn | undefined;
  },
): void {
  const { authorization, judge, role, signIn } = options;
  const { requirements } = authorization;
  const view = buildAccessView(requirements, options.personas ?? callerKinds(requirements), options.queryOf);
  const sendPage = createPage({
    title: PERMISSIONS_TITLE,
    body: permissionsBody({
      view: role === undefined ? view : undefined,
      judgeAddress: CALLER_PATH,
      signIn: signIn && { ...signIn, redirectPath: SIGNED_IN_PATH },
    }),
    styles: [STYLES_PATH],
    script: SCRIPT_PATH,
    provider: signIn?.authority,
  });
  const content = role === undefined ? {} : contentOf(view);
  serveAsset(fastify, STYLES_PATH, { type: 'text/css', text: readPermissionsStyles() });
  serveAsset(fastify, SCRIPT_PATH, { type: 'text/javascript', text: readPermissionsScript() });
  fastify.get(PERMISSIONS_PATH, (_request, reply) => sendPage(reply));
  fastify.get(CALLER_PATH, async (request, reply) => {
    const caller = await judge.judge(request, reply);
    // Refusals of the judge take no turn: one that ends the connection is to be sent before the next request is read.
    if (!caller || !(await options.admit(request, reply, caller))) return reply;
    if (role !== undefined && !hasRole(caller, role)) {
      return reply.code(403).send(failure('This page is for users with another role.', 'FORBIDDEN'));
    }
    return {
      caller: describeCaller(caller),
      kind: caller.kind === 'app-only' ? 'application' : 'user',
      access: toJson(cellsOf(authorization.explain(caller))),
      ...content,
    };
  });
}

/** The parts that an open page has in it already. */
function contentOf(view: AccessView) {
  return { page: renderTable(view).markup, filters: renderFilters(view).markup };
}

function toJson(cells: ReadonlyMap<string, CellAccess>) {
  return Object.fromEntries([...cells].map(([coordinate, { state, missing }]) => [coordinate, [state, missing]]));
}

/** An application's permission of the same name is not a role. */
function hasRole(caller: Caller, role: string): boolean {
  return caller.kind === 'delegated' && caller.roles.has(role);
}

function describeCaller(caller: Caller): string {
  const { objectId, clientId, tenantId } = caller;
  if (caller.kind === 'app-only') {
    return `application ${clientId} of tenant ${tenantId}, with ${list('permissions', caller.permissions)}.`;
  }
  const held = [list('scopes', caller.scopes), list('roles', caller.roles), list('contexts', caller.authContexts)];
  return `${caller.isGuest ? 'guest' : 'user'} ${objectId} of tenant ${tenantId}, with ${held.join('; ')}.`;
}

function list(what: string, names: ReadonlySet<string>): string {
  return `${what} ${[...names].join(' ') || 'none'}`;
}
