import { basename, resolve } from 'node:path';
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, parse, validate } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import {
  createOperationAccess,
  type DeniedPart,
  type OperationAccess,
} from '../../authorization/permissions/operation-access.js';
import { describePart, type OperationRow } from '../../authorization/permissions/render-operation-access.js';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';
import { readManifest } from '../../graphql/documents/trusted-documents.js';
import { messageOf } from '../../values/message-of.js';
import { CommandError } from '../command-failure.js';

/** Callers by the name of their column. */
type Callers = ReadonlyMap<string, Caller | undefined>;

export interface ReleasedDocument {
  readonly name: string;
  readonly text: string;
}

export interface DocumentAccess {
  readonly rows: readonly OperationRow[];
  /** A line for each document that the schema does not accept. */
  readonly invalid: ReadonlyMap<string, string>;
}

/**
 * Reads manifests of trusted documents.
 *
 * @throws CommandError for a file that is none
 */
export function readReleasedDocuments(folder: string, files: readonly string[]): readonly ReleasedDocument[] {
  return files.flatMap((file) => {
    const manifest = readOrFail(resolve(folder, file));
    const prefix = files.length > 1 ? `${basename(file)} ` : '';
    return [...manifest].map(([hash, text]) => ({ name: `${prefix}${hash.slice(0, 8)}`, text }));
  });
}

function readOrFail(file: string) {
  try {
    return readManifest(file, '--documents');
  } catch (cause) {
    throw new CommandError(messageOf(cause), { cause });
  }
}

/** Says who may run the operations of documents by the rules of a schema. */
export function findDocumentAccess(
  { schema, table }: { readonly schema: GraphQLSchema; readonly table: RequirementTable },
  documents: readonly ReleasedDocument[],
  callers: Callers,
): DocumentAccess {
  const accessOf = createOperationAccess(schema, table);
  const invalid = new Map<string, string>();
  const rows = documents.flatMap(({ name, text }) => {
    const document = parseValid(schema, text);
    if ('problem' in document) {
      invalid.set(name, document.problem);
      return [];
    }
    return document.definitions.filter(isOperation).map((operation) => ({
      operation: `${name} ${operation.name?.value ?? operation.operation}`,
      access: new Map([...callers].map(([caller, held]) => [caller, accessOf(document, operation, held)])),
    }));
  });
  return { rows, invalid };
}

function parseValid(schema: GraphQLSchema, text: string): DocumentNode | { readonly problem: string } {
  try {
    const document = parse(text, { noLocation: true });
    const [error] = validate(schema, document, undefined, { maxErrors: 1 });
    return error ? { problem: error.message } : document;
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function isOperation(node: DocumentNode['definitions'][number]): node is OperationDefinitionNode {
  return node.kind === Kind.OPERATION_DEFINITION;
}

/** Lists what released documents can no longer do: a line for each operation and the callers that lose the same. */
export function findBroken(before: DocumentAccess, after: DocumentAccess): readonly string[] {
  const invalid = [...after.invalid]
    .filter(([name]) => !before.invalid.has(name))
    .map(([name, problem]) => `${name}: the schema no longer accepts it: ${problem}`);
  const accessBefore = new Map(before.rows.map(({ operation, access }) => [operation, access]));
  return [
    ...invalid,
    ...after.rows.flatMap(({ operation, access }) => {
      const callersByLoss = new Map<string, string[]>();
      for (const [caller, now] of access) {
        const lost = describeLoss(accessBefore.get(operation)?.get(caller), now);
        if (lost) callersByLoss.set(lost, [...(callersByLoss.get(lost) ?? []), caller]);
      }
      return [...callersByLoss].map(([lost, callers]) => `${operation}, ${callers.join(', ')}: ${lost}`);
    }),
  ];
}

/** Describes what a caller has lost of an operation; empty if nothing. What was refused as a whole has nothing to lose. */
function describeLoss(before: OperationAccess | undefined, now: OperationAccess): string {
  if (!before || before.decision === 'DENIED') return '';
  const was = new Map(before.denied.map((part) => [part.coordinate, part.ifSent]));
  const isNew = ({ coordinate, ifSent }: DeniedPart) =>
    !was.has(coordinate) || (was.get(coordinate) === true && !ifSent);
  const lost = now.denied.filter(isNew).map(describePart);
  const isJudged = before.decision === 'ALLOWED' && now.decision === 'DEPENDS';
  return [...lost, ...(isJudged ? ['policies decide now'] : [])].join('; ');
}
