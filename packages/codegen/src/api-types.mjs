// Owns the reading of type annotations into terms that every writer can translate. Syntax only: aliases and
// units stay the names that they are.
import ts from 'typescript';

/**
 * @typedef {object} ApiType
 * @property {'boolean' | 'number' | 'string' | 'bigint' | 'bytes' | 'date' | 'null' | 'void' | 'any' | 'this' | 'literal'
 *   | 'list' | 'tuple' | 'map' | 'union' | 'function' | 'object' | 'named'} kind
 * @property {string} [name] of a named type, which may be a type parameter
 * @property {ApiType[]} [args] of a named type; `Some` means any fields of its argument, `Field` one, `Intersection` all of them
 * @property {string | number | boolean} [value] of a literal
 * @property {ApiType} [item] of a list or a map, whose keys are strings
 * @property {ApiType[]} [items] of a tuple or a union, in which null stands for both of `null` and `undefined`
 * @property {{ name: string, type: ApiType, optional: boolean, rest?: boolean }[]} [params] of a function
 * @property {ApiType} [returns] of a function
 * @property {{ name: string, type: ApiType, optional: boolean }[]} [fields] of an object type without a name
 */

/** @type {Partial<Record<ts.SyntaxKind, ApiType['kind']>>} */
const keywords = {
  [ts.SyntaxKind.BooleanKeyword]: 'boolean',
  [ts.SyntaxKind.NumberKeyword]: 'number',
  [ts.SyntaxKind.StringKeyword]: 'string',
  [ts.SyntaxKind.BigIntKeyword]: 'bigint',
  [ts.SyntaxKind.UndefinedKeyword]: 'null',
  [ts.SyntaxKind.VoidKeyword]: 'void',
  [ts.SyntaxKind.UnknownKeyword]: 'any',
  [ts.SyntaxKind.AnyKeyword]: 'any',
  [ts.SyntaxKind.ObjectKeyword]: 'any',
  [ts.SyntaxKind.NeverKeyword]: 'any',
  [ts.SyntaxKind.ThisType]: 'this',
};

/**
 * @param {ts.Node} node
 * @returns {ApiType}
 */
export function typeOf(node) {
  const kind = keywords[node.kind];
  if (kind) return { kind };
  if (ts.isParenthesizedTypeNode(node)) return typeOf(node.type);
  if (ts.isArrayTypeNode(node)) return { kind: 'list', item: typeOf(node.elementType) };
  // Only `readonly T[]` and the like: it says what is not written to, which other languages do not tell.
  if (ts.isTypeOperatorNode(node)) return typeOf(node.type);
  if (ts.isTupleTypeNode(node)) return { kind: 'tuple', items: node.elements.map(typeOf) };
  if (ts.isUnionTypeNode(node)) return union(node.types.map(typeOf));
  if (ts.isIntersectionTypeNode(node)) {
    return { kind: 'named', name: 'Intersection', args: node.types.map(typeOf) };
  }
  if (ts.isLiteralTypeNode(node)) return literal(node.literal);
  if (ts.isFunctionTypeNode(node)) {
    return { kind: 'function', params: node.parameters.map(named), returns: typeOf(node.type) };
  }
  if (ts.isTypeLiteralNode(node)) {
    const fields = node.members.map((member) =>
      named(/** @type {ts.PropertySignature} */ (member)),
    );
    return { kind: 'object', fields };
  }
  if (ts.isIndexedAccessTypeNode(node)) {
    return {
      kind: 'named',
      name: 'Field',
      args: [typeOf(node.objectType), typeOf(node.indexType)],
    };
  }
  if (ts.isTypeQueryNode(node)) return { kind: 'any' };
  // `{ [K in keyof T]?: … }`: any of T's fields.
  const keys = ts.isMappedTypeNode(node) ? node.typeParameter.constraint : undefined;
  if (keys && ts.isTypeOperatorNode(keys))
    return { kind: 'named', name: 'Some', args: [typeOf(keys.type)] };
  if (ts.isTypeReferenceNode(node)) return reference(node.typeName.getText(), node.typeArguments);
  if (ts.isExpressionWithTypeArguments(node)) {
    return reference(node.expression.getText(), node.typeArguments);
  }
  throw new Error(`a type that the generator does not know: ${node.getText()}`);
}

/** @param {string} name @param {ts.NodeArray<ts.TypeNode> | undefined} given @returns {ApiType} */
function reference(name, given) {
  const args = (given ?? []).map(typeOf);
  switch (name) {
    case 'Uint8Array':
    case 'ArrayBuffer':
      return { kind: 'bytes' };
    case 'Date':
      return { kind: 'date' };
    case 'Array':
    case 'ReadonlyArray':
      return { kind: 'list', item: args[0] ?? { kind: 'any' } };
    case 'Readonly':
      return args[0] ?? { kind: 'any' };
    case 'Partial':
      return { kind: 'named', name: 'Some', args };
    case 'Maybe':
      return union([args[0] ?? { kind: 'any' }, { kind: 'null' }]);
    case 'Record':
      return { kind: 'map', item: args[1] ?? { kind: 'any' } };
    default:
      return args.length > 0 ? { kind: 'named', name, args } : { kind: 'named', name };
  }
}

/** Without what stands twice. @param {ApiType[]} items @returns {ApiType} */
function union(items) {
  const flat = items.flatMap((item) => (item.kind === 'union' ? (item.items ?? []) : [item]));
  const seen = new Map(flat.map((item) => [JSON.stringify(item), item]));
  const [only, ...more] = seen.values();
  return only && more.length === 0 ? only : { kind: 'union', items: [...seen.values()] };
}

/** @param {ts.LiteralTypeNode['literal']} node @returns {ApiType} */
function literal(node) {
  if (node.kind === ts.SyntaxKind.NullKeyword) return { kind: 'null' };
  if (ts.isStringLiteral(node)) return { kind: 'literal', value: node.text };
  if (ts.isNumericLiteral(node)) return { kind: 'literal', value: Number(node.text) };
  return { kind: 'literal', value: node.kind === ts.SyntaxKind.TrueKeyword };
}

/** @param {ts.ParameterDeclaration | ts.PropertySignature} node */
function named(node) {
  return {
    name: node.name.getText(),
    type: node.type ? typeOf(node.type) : { kind: /** @type {const} */ ('any') },
    optional: node.questionToken !== undefined,
    ...('dotDotDotToken' in node && node.dotDotDotToken ? { rest: true } : {}),
  };
}
