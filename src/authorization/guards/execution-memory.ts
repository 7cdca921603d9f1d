import type { GraphQLResolveInfo } from 'graphql';

/** One execution of an operation, or of one event of a subscription. */
export interface Execution {
  readonly context: unknown;
  readonly info: Pick<GraphQLResolveInfo, 'variableValues'>;
}

/** What is remembered: something about a value, as one of the schema's types. */
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
 * Creates a memory. An execution is known by its coerced variables, which graphql-js makes afresh each time, and by its
 * context: the context alone may be that of a whole connection.
 */
export function createExecutionMemory<T extends object>(): ExecutionMemory<T> {
  const byVariables = new WeakMap<object, Map<unknown, Map<string, Map<unknown, T>>>>();
  return {
    recall({ context, info }, { typeName, value }, make) {
      const byContext = entryOf(byVariables, info.variableValues, () => new Map());
      const byType = entryOf(byContext, context, () => new Map());
      const byValue = entryOf(byType, typeName, () => new Map());
      return entryOf(byValue, value, make);
    },
  };
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
