import { EXPENSES_LIMITS } from './limits.js';

/** Types whose objects have a global id. */
export type GlobalIdType = 'ExpenseReport' | 'ExpenseItem' | 'AuditEntry' | 'Employee';

const MAX_LENGTH = EXPENSES_LIMITS.globalIdLength.default;
const DECODED = /^([A-Za-z]{1,40}):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** Returns the id for clients: base64url of `Type:uuid`. It is unique among all objects of the API. */
export function formatGlobalId(type: GlobalIdType, uuid: string): string {
  return Buffer.from(`${type}:${uuid}`).toString('base64url');
}

/** Returns type and uuid of a global id. Undefined: it belongs to no object. */
export function parseGlobalId(id: unknown): { readonly type: string; readonly uuid: string } | undefined {
  if (typeof id !== 'string' || id.length > MAX_LENGTH) return undefined;
  const [, type, uuid] = DECODED.exec(Buffer.from(id, 'base64url').toString('latin1')) ?? [];
  if (!type || !uuid) return undefined;
  return { type, uuid };
}

/** Returns the uuid of a global id of this type. Undefined: it belongs to no object of the type. */
export function parseGlobalIdOf(type: GlobalIdType, id: unknown): string | undefined {
  const parsed = parseGlobalId(id);
  return parsed?.type === type ? parsed.uuid : undefined;
}
