// Owns how the model of the API is written back as TypeScript: signatures and types as the reference shows them.
/** @typedef {import('../../api-types.mjs').ApiType} ApiType */
/** @typedef {import('../../api.mjs').Callable} Callable */

/** @type {Partial<Record<ApiType['kind'], string>>} */
const words = { any: 'unknown', bytes: 'Uint8Array', date: 'Date' };

/** @param {ApiType | undefined} type @returns {string} */
export function tsType(type) {
  if (!type) return 'unknown';
  const list = (/** @type {ApiType[] | undefined} */ items, /** @type {string} */ by) =>
    (items ?? []).map(tsType).join(by);
  switch (type.kind) {
    case 'literal':
      return typeof type.value === 'string' ? `'${type.value}'` : String(type.value);
    case 'list':
      return ['union', 'function'].includes(type.item?.kind ?? '')
        ? `(${tsType(type.item)})[]`
        : `${tsType(type.item)}[]`;
    case 'map':
      return `Record<string, ${tsType(type.item)}>`;
    case 'tuple':
      return `[${list(type.items, ', ')}]`;
    case 'union':
      return (type.items ?? [])
        .map((one) => (one.kind === 'function' ? `(${tsType(one)})` : tsType(one)))
        .join(' | ');
    case 'function':
      return `(${(type.params ?? []).map(given).join(', ')}) => ${tsType(type.returns)}`;
    case 'object':
      return `{ ${(type.fields ?? []).map(given).join('; ')} }`;
    case 'named':
      return named(type);
    default:
      return words[type.kind] ?? type.kind;
  }
}

/** @param {ApiType} type */
function named({ name = '', args = [] }) {
  if (name === 'Some') return `Partial<${tsType(args[0])}>`;
  if (name === 'Field') return `${tsType(args[0])}[${tsType(args[1])}]`;
  if (name === 'Intersection') return args.map(tsType).join(' & ');
  return args.length > 0 ? `${name}<${args.map(tsType).join(', ')}>` : name;
}

/** @param {{ name: string, type: ApiType, optional: boolean, rest?: boolean }} one */
const given = ({ name, type, optional, rest }) =>
  `${rest ? '...' : ''}${name}${optional ? '?' : ''}: ${tsType(type)}`;

/** What a caller sees of it. @param {Callable} one @param {string} [owner] the class, which a constructor makes */
export function tsSignature(one, owner = '') {
  const params = `(${one.params.map(given).join(', ')})`;
  if (one.kind === 'constructor') return `new ${owner}${params}`;
  const plain = tsType(one.returns);
  const returns = one.async ? `Promise<${plain}>` : plain;
  if (one.kind === 'accessor') return `get ${one.name}(): ${returns}`;
  const types = one.typeParameters.length > 0 ? `<${one.typeParameters.join(', ')}>` : '';
  return `${one.static ? 'static ' : ''}${one.name}${types}${params}: ${returns}`;
}
