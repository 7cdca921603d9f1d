import { randomUUID } from 'node:crypto';
import { type ApiContext, type Caller, inputError, type PolicyInput, type ResourceParts } from 'entra-graphql/api';

interface SampleThing {
  readonly tenantId: string;
  readonly id: string;
  readonly owner: string;
  title: string;
  readonly note: string | null;
  readonly createdAt: Date;
}

/** Most sample things that this process keeps. Put your own store, or another API, in the place of this list. */
const MOST = 1_000;
const all: SampleThing[] = [];

/** The schema decides fields. Without a database, `isVisible` decides what stands for rows. */
export const sampleThing: ResourceParts<ApiContext> = {
  resolvers: {
    Query: {
      sampleThings: (_parent, { first }: { first: number }, { caller }) => {
        if (first < 1 || first > 100) throw inputError('"first" must be from 1 to 100.');
        return all.filter((one) => isVisible(one, caller)).slice(0, first);
      },
    },
    Mutation: {
      createSampleThing: (_parent, { title }: { title: string }, { caller }) => {
        if (!caller) return null;
        if (all.length >= MOST) throw inputError('There is no room for another one.');
        const { tenantId, objectId: owner } = caller;
        const made = { tenantId, owner, id: randomUUID(), title: checkTitle(title), note: null, createdAt: new Date() };
        all.unshift(made);
        return made;
      },
      renameSampleThing: (_parent, { id, title }: { id: string; title: string }) => {
        const found = all.find((one) => one.id === id);
        if (!found) return null;
        found.title = checkTitle(title);
        return found;
      },
    },
  },
  policies: {
    /** The caller owns it. */
    ownsSampleThing: ({ args, caller }: PolicyInput<ApiContext>) =>
      all.some((one) => one.id === args.id && isOwn(one, caller)),
  },
};

function isVisible(one: SampleThing, caller: Caller | undefined): boolean {
  if (!caller || one.tenantId !== caller.tenantId) return false;
  if (caller.kind === 'app-only') return caller.permissions.has('SampleThings.Read.All');
  return isOwn(one, caller) || (!caller.isGuest && caller.roles.has('SampleThings.Auditor'));
}

function isOwn({ tenantId, owner }: SampleThing, caller: Caller): boolean {
  return tenantId === caller.tenantId && owner === caller.objectId && !caller.isGuest;
}

function checkTitle(title: string): string {
  if (title.length < 1 || title.length > 200) throw inputError('"title" must have from 1 to 200 characters.');
  return title;
}
