import type { GraphQLResolveInfo } from 'graphql';

/** One execution of a query, of one root field of a mutation or of one event of a subscription. */
export interface Execution {
  readonly context: unknown;
  readonly info: Pick<GraphQLResolveInfo, 'operation' | 'path' | 'variableValues'>;
}

/** Key of the memory. It is a value as one of the schema's types. */
export interface MemoryKey {
  readonly typeName: string;
  readonly value: unknown;
}

/** Remembers for the time of an execution. */
export interface ExecutionMemory<T extends object> {
  /** Returns what was made for this value before, or makes it now. */
  recall(execution: Execution, key: MemoryKey, make: () => T): T;
}

/**
 * Creates a memory. Nothing is remembered across the root fields of a mutation or the events of a subscription. Objects
 * change between them, and a store in memory returns the same object again. The context alone would not do, because it may
 * be that of a whole connection.
 */
export function createExecutionMemory<T extends object>(): ExecutionMemory<T> {
  const byExecution = new WeakMap<object, Map<unknown, Map<string, Map<unknown, T>>>>();
  return {
    recall({ context, info }, { typeName, value }, make) {
      const byContext = entryOf(byExecution, keyOf(info), () => new Map());
      const byType = entryOf(byContext, context, () => new Map());
      const byValue = entryOf(byType, typeName, () => new Map());
      return entryOf(byValue, value, make);
    },
  };
}

/**
 * Returns the object that stands for an execution. For a query that is its coerced variables, which executors create each
 * time. Elsewhere it is the path of the root field: some executors keep the variables from one event to the next.
 */
function keyOf({ operation, path, variableValues }: Execution['info']): object {
  if (operation.operation === 'query') return variableValues;
  let root = path;
  while (root.prev) root = root.prev;
  return root;
}

interface Entries<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): unknown;
}

function entryOf<Key, Value>(entries: Entries<Key, Value>, key: Key, make: () => Value): Value {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const made = make();
  entries.set(key, made);
  return made;
}
