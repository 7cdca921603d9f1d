import type { Generated } from 'entra-graphql/api';

/** The tables of `migrations/`, as queries see them. */
export interface SampleThingTables {
  sample_things: SampleThingsTable;
}

interface SampleThingsTable {
  tenant_id: string;
  id: Generated<string>;
  owner_id: string;
  title: string;
  note: string | null;
  created_at: Generated<Date>;
}

/** The columns of the type SampleThing, by the names of its fields. */
export const sampleThingColumns = ['id', 'owner_id as owner', 'title', 'note', 'created_at as createdAt'] as const;
