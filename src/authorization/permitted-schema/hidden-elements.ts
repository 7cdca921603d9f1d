import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

/** Returns whether the rule of a field, an argument or an input field lets it be shown. */
export type IsShown = (coordinate: string) => boolean;

/**
 * Finds the elements that are hidden from a caller: names of types, and coordinates of fields, arguments and input fields.
 * These are the elements that `isShown` denies, and the elements that are useless without them: a field whose type or
 * required argument is hidden, a type without fields, a field of an interface that an implementer lacks or has with a type
 * that does not fit any more.
 */
export function findHidden(schema: GraphQLSchema, isShown: IsShown): ReadonlySet<string> {
  const hidden = new Set<string>();
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const search = { schema, isShown, hidden };
  // Hiding an element can hide others.
  for (let before = -1; before < hidden.size; ) {
    before = hidden.size;
    for (const type of types) hideWithin(search, type);
  }
  return hidden;
}

interface Search {
  readonly schema: GraphQLSchema;
  readonly isShown: IsShown;
  readonly hidden: Set<string>;
}

type OutputType = GraphQLObjectType | GraphQLInterfaceType;

function hideWithin(search: Search, type: GraphQLNamedType): void {
  const { hidden } = search;
  if (hidden.has(type.name)) return;
  if (isInputObjectType(type)) hideInputFields(search, type);
  else if (isObjectType(type) || isInterfaceType(type)) hideFields(search, type);
  if (isUseless(search, type)) hidden.add(type.name);
}

function hideInputFields({ isShown, hidden }: Search, type: GraphQLInputObjectType): void {
  for (const field of Object.values(type.getFields())) {
    const coordinate = `${type.name}.${field.name}`;
    if (!isShown(coordinate) || hidden.has(getNamedType(field.type).name)) hidden.add(coordinate);
  }
}

function hideFields(search: Search, type: OutputType): void {
  const { isShown, hidden } = search;
  const implementers = isInterfaceType(type) ? implementersOf(search, type) : [];
  const isHidden = (member: string, input?: GraphQLArgument) =>
    !isShown(`${type.name}${member}`) ||
    (input !== undefined && hidden.has(getNamedType(input.type).name)) ||
    implementers.some(({ name }) => hidden.has(name + member));
  for (const field of Object.values(type.getFields())) {
    const member = `.${field.name}`;
    const gone = field.args.filter((argument) => isHidden(`${member}(${argument.name}:)`, argument));
    for (const { name } of gone) hidden.add(`${type.name}${member}(${name}:)`);
    const declared = getNamedType(field.type);
    const isUnfit = implementers.some(
      (type) => !fits(search, getNamedType(type.getFields()[field.name]?.type), declared),
    );
    if (isHidden(member) || isUnfit || hidden.has(declared.name) || gone.some(isRequiredArgument)) {
      hidden.add(type.name + member);
    }
  }
}

/**
 * Returns whether a field of an implementer may still return what it returns, where the interface declares another type. An
 * interface without fields becomes a union, which is neither a subtype nor a supertype of an interface.
 */
function fits(search: Search, returned: GraphQLNamedType | undefined, declared: GraphQLNamedType): boolean {
  if (returned === declared || !isInterfaceType(returned)) return true;
  return hasFields(search, returned) && hasFields(search, declared);
}

function hasFields({ hidden }: Search, type: GraphQLNamedType): boolean {
  const fields = [type].filter(isInterfaceType).flatMap((one) => Object.keys(one.getFields()));
  return fields.some((name) => !hidden.has(`${type.name}.${name}`));
}

/** Returns the types, interfaces too, that must have every field of an interface. */
function implementersOf({ schema, hidden }: Search, type: GraphQLInterfaceType): readonly OutputType[] {
  const { objects, interfaces } = schema.getImplementations(type);
  return [...objects, ...interfaces].filter(({ name }) => !hidden.has(name));
}

/**
 * Returns whether a type has nothing left. An interface without fields can still be a union of its types, so it goes with the
 * last of them.
 */
function isUseless({ schema, hidden }: Search, type: GraphQLNamedType): boolean {
  const isGone = ({ name }: { readonly name: string }) => hidden.has(name);
  if (isUnionType(type)) return type.getTypes().every(isGone);
  if (isInterfaceType(type) && schema.getPossibleTypes(type).length > 0) {
    return schema.getPossibleTypes(type).every(isGone);
  }
  if (!('getFields' in type)) return false;
  const fields: readonly { readonly name: string }[] = Object.values(type.getFields());
  const isHidden = ({ name }: { readonly name: string }) => hidden.has(`${type.name}.${name}`);
  return (
    fields.every(isHidden) ||
    (isInputObjectType(type) && inputFieldsOf(type).some(both(isRequiredInputField, isHidden)))
  );
}

function inputFieldsOf(type: GraphQLInputObjectType): readonly GraphQLInputField[] {
  return Object.values(type.getFields());
}

function both<T>(first: (value: T) => boolean, second: (value: T) => boolean): (value: T) => boolean {
  return (value) => first(value) && second(value);
}
