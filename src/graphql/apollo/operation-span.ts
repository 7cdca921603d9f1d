import type { ApolloServerPlugin } from '@apollo/server';
import {
  context as activeContext,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { LIMITS } from '../../config/limits.js';
import { type OperationAnswer, type RecordedOperation, recordedCodeOf, recordOf } from '../../http/operation-record.js';
import type { ResourceContext } from '../resource.js';

const MAX_NAME_LENGTH = LIMITS.operationNameLength.default;

/** Key of the span in a context. It is a property, because Apollo Server copies the context. */
const SPAN = Symbol('operation span');

/**
 * The span of one operation (OpenTelemetry semantic conventions for GraphQL servers). It has type, name and the code of the
 * first error. It has neither the document nor a message, which can hold values, nor anything about the caller.
 */
export class OperationSpan {
  #hasEnded = false;

  constructor(private readonly span: Span) {}

  /** Runs the work with this span active, so that spans created inside become its children. */
  around<Answer>(work: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    try {
      const answer = activeContext.with(trace.setSpan(activeContext.active(), this.span), work);
      if (answer instanceof Promise) return answer.catch((error) => this.#fail(error)).finally(() => this.#giveUp());
      this.#giveUp();
      return answer;
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Ends it with the answer; what is said later is not heard. */
  end({ operation, errors }: OperationAnswer): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (operation) describe(this.span, operation);
    if (errors?.length) {
      this.span.setAttribute('error.type', recordedCodeOf(errors[0]));
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }

  /** A span that belongs to another trace points at this one with it. */
  link() {
    return { context: this.span.spanContext() };
  }

  /** Ends the span of a request without an operation. */
  #giveUp(): void {
    this.end({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  }

  #fail(error: unknown): never {
    this.end({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    throw error;
  }
}

function describe(span: Span, { operation, name }: RecordedOperation): void {
  span.updateName(operation);
  span.setAttribute('graphql.operation.type', operation);
  if (name) span.setAttribute('graphql.operation.name', name.value.slice(0, MAX_NAME_LENGTH));
}

/**
 * Starts the span of the operation that will run with this context. Undefined: tracing is off.
 *
 * @param opening of the subscription whose event the operation answers
 */
export type StartOperationSpan = (context: ResourceContext, opening?: OperationSpan) => OperationSpan | undefined;

/**
 * Makes spans of what is registered with `@opentelemetry/api`.
 *
 * @param scope name and version of this server
 */
export function createOperationSpans(scope: { readonly name: string; readonly version: string }): StartOperationSpan {
  let tracer: Tracer | undefined;
  return (context, opening) => {
    tracer ??= findTracer(scope);
    if (!tracer) return undefined;
    // An event gets a trace of its own, with a link to the span of its subscription, which may have begun hours ago.
    const cause = opening ? { root: true, links: [opening.link()] } : {};
    const span = new OperationSpan(tracer.startSpan('GraphQL Operation', { kind: SpanKind.SERVER, ...cause }));
    Object.assign(context, { [SPAN]: span });
    return span;
  };
}

/**
 * Returns undefined before a provider is registered. The tracer that the library gives until then would make a span and a
 * context for nothing.
 */
export function findTracer({ name, version }: { readonly name: string; readonly version: string }): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer(name, version)
    : provider.getTracer(name, version);
}

function spanOf(context: ResourceContext & { readonly [SPAN]?: OperationSpan }): OperationSpan | undefined {
  return context[SPAN];
}

/** Ends the span and the record of an operation with its answer. */
export function endOperation(context: ResourceContext, answer: OperationAnswer): void {
  spanOf(context)?.end(answer);
  recordOf(context)?.end(answer, context.databaseMs?.());
}

/** Ends spans and records of operations with what Apollo Server answers them. */
export const operationSpanPlugin: ApolloServerPlugin<ResourceContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue, operation, response: { body } }) {
        endOperation(contextValue, {
          operation,
          errors: body.kind === 'single' ? body.singleResult.errors : undefined,
        });
      },
    };
  },
  async unexpectedErrorProcessingRequest({ requestContext: { operation, contextValue } }) {
    endOperation(contextValue, { operation, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
  },
};
