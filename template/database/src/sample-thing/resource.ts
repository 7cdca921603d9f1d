import { type DatabaseContext, defineResource, inputError, isUuid, type PolicyInput } from 'entra-graphql/api';
import { type SampleThingTables, sampleThingColumns } from './table.js';

type Context = DatabaseContext<SampleThingTables>;

/** Resolvers and policies. None asks who may: the schema decides fields, and row-level security decides rows. */
export const sampleThing = defineResource<SampleThingTables>({
  resolvers: {
    Query: {
      sampleThings: (_parent, { first }: { first: number }, { database }) => {
        if (first < 1 || first > 100) throw inputError('"first" must be from 1 to 100.');
        return database.kysely
          .selectFrom('sample_things')
          .select(sampleThingColumns)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(first)
          .execute();
      },
    },
    Mutation: {
      createSampleThing: async (_parent, { title }: { title: string }, { database, caller }) => {
        if (!caller) return null;
        const values = { tenant_id: caller.tenantId, owner_id: caller.objectId, title: checkTitle(title) };
        const insert = database.kysely.insertInto('sample_things').values(values);
        return insert.returning(sampleThingColumns).executeTakeFirst();
      },
      renameSampleThing: async (_parent, { id, title }: { id: string; title: string }, { database }) =>
        database.kysely
          .updateTable('sample_things')
          .set({ title: checkTitle(title) })
          .where('id', '=', id)
          .returning(sampleThingColumns)
          .executeTakeFirst(),
    },
  },
  policies: {
    /** The caller owns it. Runs in the mutation's transaction and locks the row. */
    ownsSampleThing: async ({ args, caller, context }: PolicyInput<Context>) => {
      const id = String(args.id);
      if (!isUuid(id)) return false;
      const row = await context.database.kysely
        .selectFrom('sample_things')
        .select('owner_id')
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      return row?.owner_id === caller.objectId;
    },
  },
});

function checkTitle(title: string): string {
  if (title.length < 1 || title.length > 200) throw inputError('"title" must have from 1 to 200 characters.');
  return title;
}
