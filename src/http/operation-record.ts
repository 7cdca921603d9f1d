import { LIMITS } from '../config/limits.js';

/** How an operation ended: the worst of its errors decides. */
export type OperationOutcome = 'ok' | 'client_error' | 'denied' | 'server_error';

/** An operation as graphql-js parses it. */
export interface RecordedOperation {
  readonly operation: string;
  readonly name?: { readonly value: string } | undefined;
}

/** The answer to an operation as far as it is known. */
export interface OperationAnswer {
  /** As graphql-js parses it. */
  readonly operation?:
    | { readonly operation: string; readonly name?: { readonly value: string } | undefined }
    | undefined;
  readonly errors?: readonly { readonly extensions?: { readonly code?: unknown } | undefined }[] | undefined;
}

const DENIED: ReadonlySet<unknown> = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS']);
const SERVER_ERROR_CODES: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
  'COMMIT_UNCERTAIN',
]);
/** The form of an error code. A resolver has replaced any other value, and logs must not hold values. */
const CODE = /^\w{1,64}$/;
const MAX_NAME_LENGTH = LIMITS.operationNameLength.default;

/** Key of the record in a context. It is a property, because Apollo Server copies the context. */
const RECORD = Symbol('operation record');

/**
 * Facts for log and metrics about one operation, or about the answer to one event of a subscription. It has no value of the
 * request except the name that the client gave.
 */
export class OperationRecord {
  readonly #startedAt = performance.now();
  readonly #onEnd: (record: OperationRecord) => void;
  type: string | undefined;
  name: string | undefined;
  /** Undefined until the operation has been priced. */
  cost: number | undefined;
  /** Code of the first error. */
  code: string | undefined;
  outcome: OperationOutcome | undefined;
  /** From the verified caller to the answer. */
  seconds: number | undefined;
  /** Milliseconds in which the operation waited for the database. */
  databaseMs: number | undefined;

  /** @param holder of `holderOf`: the caller, or the address of an anonymous client */
  constructor(
    readonly isVerified: boolean,
    readonly holder: string,
    onEnd: (record: OperationRecord) => void,
  ) {
    this.#onEnd = onEnd;
  }

  /** Ends it with the answer. What is said later is ignored. */
  end({ operation, errors = [] }: OperationAnswer, databaseMs?: number): void {
    if (this.outcome) return;
    this.type = operation?.operation;
    this.name = operation?.name?.value.slice(0, MAX_NAME_LENGTH);
    this.outcome = outcomeOf(errors);
    this.code = errors.length > 0 ? recordedCodeOf(errors[0]) : undefined;
    this.seconds = (performance.now() - this.#startedAt) / 1000;
    this.databaseMs = databaseMs;
    this.#onEnd(this);
  }
}

/** Attaches a record to the context of its operation. */
export function recordIn<TContext extends object>(context: TContext, record: OperationRecord): TContext {
  return Object.assign(context, { [RECORD]: record });
}

/** Returns the record of the operation that runs with this context, if it has one. */
export function recordOf(context: object): OperationRecord | undefined {
  return (context as { readonly [RECORD]?: OperationRecord })[RECORD];
}

/** Returns the fields about an operation in its line of the log. Those without a value are not written. */
export function operationFields({ type, cost, code, databaseMs }: OperationRecord) {
  return { type, cost, code, databaseMs: databaseMs === undefined ? undefined : Math.round(databaseMs * 10) / 10 };
}

function outcomeOf(errors: NonNullable<OperationAnswer['errors']>): OperationOutcome {
  if (errors.length === 0) return 'ok';
  const codes = errors.map(({ extensions }) => extensions?.code);
  if (codes.some((code) => SERVER_ERROR_CODES.has(code))) return 'server_error';
  return codes.some((code) => DENIED.has(code)) ? 'denied' : 'client_error';
}

/** Returns the code of an error, or `_OTHER` for what is not the form of a code. */
export function recordedCodeOf(error: NonNullable<OperationAnswer['errors']>[number] | undefined): string {
  const code = error?.extensions?.code;
  return typeof code === 'string' && CODE.test(code) ? code : '_OTHER';
}
