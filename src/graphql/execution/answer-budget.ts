import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLID,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLString,
  getNullableType,
  isListType,
} from 'graphql';
import type { ResponseError } from '../../authorization/decisions/limit-denials.js';
import { createDescribeLimit } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { isPromise } from '../../values/is-promise.js';
import { ABANDONED, isAbandoned } from './abandoned-operation.js';
import { type ErrorBudget, withinErrors } from './left-out-errors.js';

/** The bytes and errors that the answer of one execution may still have. */
export interface AnswerBudget extends ErrorBudget {
  /** Below zero: the answer is refused and no more of it is made. */
  left: number;
  /** Error of each field that is not made any more. Execution takes it as it is, because it has a path already. */
  spent: GraphQLError;
}

/** Makes the budget of an execution. */
export type CreateAnswerBudget = () => AnswerBudget;

/**
 * Creates the budgets of a server. Their error only marks an answer: `createAnswerBounds` puts the one that clients get in
 * its place, and counts it.
 */
export function createAnswerBudgets(limits: Limits): CreateAnswerBudget {
  const { answerBytes, fieldErrors } = limits;
  const { message, extensions } = createDescribeLimit(limits, false)('answerBytes');
  const spent = new GraphQLError(message, { path: [], extensions: { ...extensions } });
  return () => ({ left: answerBytes, errorsLeft: fieldErrors, spent });
}

/** Returns whether a field may still be resolved. An operation that was abandoned has nothing left. */
export function hasLeft(budget: AnswerBudget, context: unknown): boolean {
  if (isAbandoned(context)) {
    budget.left = -1;
    budget.spent = ABANDONED;
  }
  return budget.left >= 0;
}

/** Returns whether an execution ended because its budget was spent. */
export function isSpent({ extensions }: ResponseError): boolean {
  const name: LimitName = 'answerBytes';
  return Object(extensions?.limit).name === name;
}

/**
 * Counts the bytes and the errors of an answer while graphql-js makes it. A list ends where the budget is spent, and fields
 * below are not resolved any more. The fields of a mutation itself all run: clients expect each to have run or failed by
 * itself. Only an operation that was abandoned runs none of them any more. `__typename` is counted by nothing here:
 * graphql-js has one definition of it for all schemas, and the cost bounds it.
 *
 * A rejected promise replaces each item that is ended. graphql-js forgets the promises beside an item that throws, and Node
 * ends the process if they reject.
 */
export function withAnswerBudget(schema: GraphQLSchema, createBudget: CreateAnswerBudget): GraphQLSchema {
  // graphql-js creates new variables for each execution.
  const budgets = new WeakMap<object, AnswerBudget>();
  const budgetOf = ({ variableValues }: GraphQLResolveInfo) => {
    const known = budgets.get(variableValues);
    if (known) return known;
    const budget = createBudget();
    budgets.set(variableValues, budget);
    return budget;
  };
  const mutation = schema.getMutationType()?.name;
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field: GraphQLFieldConfig<unknown, unknown>, _name, typeName) => {
      const { resolve = defaultFieldResolver } = field;
      const countValue = valueCounter(field.type);
      return {
        ...field,
        resolve: (parent, args, context, info) => {
          const budget = budgetOf(info);
          const mayRun = hasLeft(budget, context) || (typeName === mutation && budget.spent !== ABANDONED);
          if (!mayRun) return Promise.reject(budget.spent);
          budget.left -= keyBytes(String(info.path.key));
          let value: unknown;
          // A function for this would be made anew for each value.
          try {
            value = resolve(parent, args, context, info);
          } catch (error) {
            throw withinErrors(error, budget);
          }
          if (isPromise(value)) return counted(value, budget, countValue);
          return countValue ? countValue(value, budget) : value;
        },
      };
    },
  });
}

/** Returns a promise of what is counted. A second promise behind the first would change the order in which they settle. */
function counted(value: PromiseLike<unknown>, budget: AnswerBudget, count?: CountValue): PromiseLike<unknown> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: a promise has one
    then: (succeed, fail) =>
      value.then(succeed && count ? (settled) => succeed(count(settled, budget)) : succeed, (error: unknown) => {
        const within = withinErrors(error, budget);
        if (!fail) throw within;
        return fail(within);
      }),
  };
}

/** Returns the least bytes of a key with its quotes and colon, a value and a comma. */
export function keyBytes(key: string): number {
  return key.length + 5;
}

type CountValue = (value: unknown, budget: AnswerBudget) => unknown;

function valueCounter(declared: GraphQLOutputType): CountValue | undefined {
  const type = getNullableType(declared);
  if (isListType(type)) {
    const countItem = valueCounter(type.ofType);
    return (list, budget) => (Array.isArray(list) ? countItems(list, budget, countItem) : list);
  }
  return isText(type) ? countText : undefined;
}

/** Values of other types are not counted, because their text may be shorter than they are. */
function isText(type: unknown): boolean {
  return type === GraphQLString || type === GraphQLID;
}

function countText(value: unknown, budget: AnswerBudget): unknown {
  if (typeof value === 'string') budget.left -= value.length;
  return value;
}

/** Gives the items one by one, so that graphql-js completes each before it takes the next. */
function* countItems(list: readonly unknown[], budget: AnswerBudget, countItem?: CountValue): Generator<unknown> {
  for (const item of list) {
    if (budget.left < 0) {
      yield Promise.reject(budget.spent);
      return;
    }
    // A comma or bracket.
    budget.left -= 1;
    yield countedItem(item, budget, countItem);
  }
}

/** An item that fails counts as an error, as a field does. It is an error in the list, or a promise of one. */
function countedItem(item: unknown, budget: AnswerBudget, countItem?: CountValue): unknown {
  if (isPromise(item)) return counted(item, budget, countItem);
  if (item instanceof Error) return withinErrors(item, budget);
  return countItem ? countItem(item, budget) : item;
}
