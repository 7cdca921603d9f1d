import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { userNameOf } from '../directory.js';
import type { DirectoryUser } from '../emulator-options.js';
import type { EmulatorState } from '../emulator-state.js';
import { type GraphCaller, graphCallerOf } from './graph-caller.js';
import { GraphError, graphErrorBody } from './graph-error.js';

/** Bounds of Graph itself: groups in one question, requests in one batch. */
const MAX_GROUPS = 20;
const MAX_BATCH = 20;

const groupIds = z.object({ groupIds: z.array(z.string()).min(1).max(MAX_GROUPS) });
const batch = z.object({
  requests: z
    .array(z.object({ id: z.string(), method: z.string(), url: z.string(), body: z.unknown().optional() }))
    .min(1)
    .max(MAX_BATCH),
});

/** A question to Graph, by itself or in a batch. */
interface Question {
  readonly method: string;
  /** With a query: `/users/{id}?$select=id`. */
  readonly url: string;
  readonly body?: unknown;
}

/** Adds the addresses of Graph. */
export function addGraphRoutes(server: FastifyInstance, state: EmulatorState): void {
  server.setErrorHandler((error, _request, reply) => {
    const told = error instanceof GraphError ? error : new GraphError(400, 'BadRequest', Object(error).message);
    return reply.status(told.status).send(graphErrorBody(told, state.now()));
  });
  server.post('/v1.0/$batch', async ({ headers, body }) => {
    const caller = await graphCallerOf(state, headers.authorization);
    const { requests } = parseBody(batch, body);
    return { responses: requests.map(({ id, ...question }) => ({ id, ...answerInBatch(state, caller, question) })) };
  });
  server.route({
    method: ['GET', 'POST'],
    url: '/v1.0/*',
    handler: async ({ headers, method, url, body }) => {
      const caller = await graphCallerOf(state, headers.authorization);
      return answer(state, caller, { method, url: url.slice('/v1.0'.length), body });
    },
  });
}

function answerInBatch(state: EmulatorState, caller: GraphCaller, question: Question) {
  const headers = { 'Content-Type': 'application/json' };
  try {
    return { status: 200, headers, body: answer(state, caller, question) };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { status: error.status, headers, body: graphErrorBody(error, state.now()) };
  }
}

function answer(state: EmulatorState, caller: GraphCaller, { method, url, body }: Question): object {
  const { pathname, searchParams } = new URL(url, 'https://graph.microsoft.com');
  const [, whose = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const isMe = whose === 'me';
  const id = isMe ? caller.userId : rest.shift();
  const [action, ...beyond] = rest;
  const isRead = method === 'GET' && action === undefined;
  const isCheck = method === 'POST' && action === 'checkMemberGroups';
  if ((!isMe && whose !== 'users') || beyond.length > 0 || (!isRead && !isCheck)) {
    throw new GraphError(400, 'BadRequest', 'The emulator has no such resource of Microsoft Graph.');
  }
  checkPermission(caller, isMe, isCheck);
  const user = usersOf(state).find(({ objectId, tenantId }) => objectId === id && tenantId === caller.tenantId);
  if (!user) {
    const message = `Resource '${id ?? ''}' does not exist or one of its queried reference-property objects are not present.`;
    throw new GraphError(404, 'Request_ResourceNotFound', message);
  }
  return isCheck ? groupsOf(user, body) : userOf(state, user, searchParams.get('$select'));
}

/**
 * Least permissions by Graph's documentation (user: get, directoryObject: checkMemberGroups). Each list is an alternative.
 */
function checkPermission({ userId, permissions }: GraphCaller, isMe: boolean, isCheck: boolean): void {
  if (isMe && userId === undefined) {
    throw new GraphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
  }
  const others = isCheck
    ? [
        ['User.Read.All', 'GroupMember.Read.All'],
        ...(userId === undefined ? [] : [['User.ReadBasic.All', 'GroupMember.Read.All']]),
      ]
    : [['User.Read.All']];
  const accepted = isMe ? [['User.Read'], ...others] : others;
  if (accepted.some((all) => all.every((name) => permissions.has(name)))) return;
  throw new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

function usersOf({ directory }: EmulatorState): readonly DirectoryUser[] {
  return [...directory.personas.filter(({ kind }) => kind === 'delegated'), ...directory.otherUsers];
}

function groupsOf({ groups = [] }: DirectoryUser, body: unknown): object {
  const asked = parseBody(groupIds, body).groupIds;
  return {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)',
    value: asked.filter((id) => groups.includes(id.toLowerCase())),
  };
}

function userOf({ directory }: EmulatorState, user: DirectoryUser, select: string | null): object {
  const { objectId: id, displayName, jobTitle = null, officeLocation = null } = user;
  const properties = { id, displayName, jobTitle, officeLocation, userPrincipalName: userNameOf(directory, user) };
  const chosen = select?.split(',');
  return {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
    ...Object.fromEntries(Object.entries(properties).filter(([name]) => !chosen || chosen.includes(name))),
  };
}

function parseBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new GraphError(400, 'Request_BadRequest', 'The body is not what this request of Microsoft Graph takes.');
}
