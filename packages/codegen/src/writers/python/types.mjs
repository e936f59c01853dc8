// Owns the translation of types: annotations of what is given and of what comes back, and which named types are
// options (keyword arguments), data that comes back (dataclasses), or documents (TypedDicts).
import { className, idiom } from './names.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').ApiType} ApiType */
/** @typedef {import('../../api.mjs').ApiField} ApiField */

/** What the package's types are, by name. */
export class Types {
  /** @param {Api} api @param {import('../../model.mjs').Model} model */
  constructor(api, model) {
    this.api = api;
    this.model = model;
    this.interfaces = new Map(api.interfaces.map((one) => [one.name, one]));
    this.aliases = new Map(api.aliases.map((one) => [one.name, one]));
    this.classes = new Map(api.classes.map((one) => [one.name, one]));
    /** Unnamed object types, by the names that they get. @type {Map<string, ApiField[]>} */
    this.unnamed = new Map();
    /** The type parameters of the class that is written, which there is one variable for. @type {string[]} */
    this.own = [];
  }

  /** Whether a class is a guest. @param {string | undefined} name @returns {boolean} */
  isGuest(name) {
    return (
      name === 'Guest' ||
      (name !== undefined && this.isGuest(this.classes.get(name)?.extends ?? undefined))
    );
  }

  /** Whether it keeps guests of one kind. @param {string | undefined} name */
  isPool(name) {
    return (this.classes.get(name ?? '')?.typeParameters.length ?? 0) > 0;
  }

  /** @param {string | undefined} name */
  isBuilder(name) {
    return (
      this.classes.get(name ?? '')?.members.some((one) => one.returns.kind === 'this') ?? false
    );
  }

  /** Whether it is plain data with methods. @param {string | undefined} name */
  isData(name) {
    const found = this.classes.get(name ?? '');
    return (
      found?.members.some((one) => one.static && one.returns.name === name) === true &&
      !this.isGuest(name)
    );
  }

  /** Whether a class has an asynchronous form and a synchronous one. @param {string} name @returns {boolean} */
  isDouble(name) {
    const found = this.classes.get(name);
    if (!found) return false;
    return (
      found.members.some((one) => one.async) ||
      (found.extends ? this.isDouble(found.extends) : false)
    );
  }

  /** The fields of an options parameter. @param {ApiType} type @returns {ApiField[]} */
  options(type) {
    if (type.kind === 'union')
      return this.options((type.items ?? []).find((one) => one.kind !== 'null') ?? type);
    if (type.kind === 'object')
      return /** @type {ApiField[]} */ (type.fields ?? []).map((one) => ({
        ...one,
        doc: '',
        readonly: false,
      }));
    const args = type.args ?? [];
    if (type.name === 'Intersection') return args.flatMap((one) => this.options(one));
    if (type.name === 'Omit') {
      const [from, names] = /** @type {[ApiType, ApiType]} */ (args);
      const without =
        names.kind === 'literal' ? [names.value] : (names.items ?? []).map((one) => one.value);
      return this.options(from).filter((one) => !without.includes(one.name));
    }
    const found = this.interfaces.get(type.name ?? '');
    if (!found) throw new Error(`options of type ${type.name} are not known`);
    return found.fields
      .filter((one) => !idiom.python.leftOut.includes(`${found.name}.${one.name}`))
      .map((one) => ({ ...one, owner: found.name }));
  }

  /** What stands behind names that only point elsewhere. @param {ApiType} type @returns {ApiType} */
  behind(type) {
    if (type.name === 'Field') {
      const [owner, field] = /** @type {[ApiType, ApiType]} */ (type.args);
      const found = this.interfaces
        .get(owner.name ?? '')
        ?.fields.find((one) => one.name === field.value);
      if (!found) throw new Error(`${owner.name} has no field ${field.value}`);
      return this.behind(found.type);
    }
    if (type.kind !== 'union') return type;
    const items = (type.items ?? []).map((one) => this.behind(one));
    return {
      kind: 'union',
      items: items.flatMap((one) => (one.kind === 'union' ? (one.items ?? []) : [one])),
    };
  }

  /** Whether a type is a callback, alone or beside null. @param {ApiType} type @returns {boolean} */
  isCallback(type) {
    const seen = this.behind(type);
    if (seen.kind === 'union') return (seen.items ?? []).some((one) => this.isCallback(one));
    return (
      seen.kind === 'function' || ['HostFunctions', 'OutputCallback'].includes(seen.name ?? '')
    );
  }

  /** Whether a type has this name, alone or beside null. @param {ApiType} type @param {string} name @returns {boolean} */
  has(type, name) {
    if (type.kind === 'union') return (type.items ?? []).some((one) => this.has(one, name));
    if (type.kind === 'list' && type.item) return this.has(type.item, name);
    return type.name === name;
  }

  /**
   * An annotation. `out`: of what comes back; `place`: where it stands, which names what has no name.
   * @param {ApiType} given @param {{ out?: boolean, place?: string, optional?: boolean }} [how]
   * @returns {string}
   */
  annotation(given, { out = false, place = '', optional = false } = {}) {
    const type = this.behind(given);
    const inner = (/** @type {ApiType | undefined} */ one) =>
      this.annotation(one ?? { kind: 'any' }, { out, place });
    const orNone = (/** @type {string} */ text) =>
      optional && !/(^|\| )None$/.test(text) ? `${text} | None` : text;
    switch (type.kind) {
      case 'boolean':
        return orNone('bool');
      case 'number':
      case 'bigint':
        return orNone('int');
      case 'string':
        return orNone('str');
      case 'bytes':
        return orNone(out ? 'bytes' : 'bytes | bytearray | memoryview');
      case 'null':
      case 'void':
        return 'None';
      case 'any':
        return 'Any';
      case 'literal':
        return orNone(`Literal[${JSON.stringify(type.value)}]`);
      case 'list':
        return orNone(`${out ? 'list' : 'Sequence'}[${inner(type.item)}]`);
      case 'map':
        return orNone(`${out ? 'dict' : 'Mapping'}[str, ${inner(type.item)}]`);
      case 'function':
        return orNone(
          `Callable[[${(type.params ?? []).map((one) => this.annotation(one.type, { out: true })).join(', ')}], ${type.returns?.kind === 'void' ? 'object' : inner(type.returns)}]`,
        );
      case 'object':
        this.unnamed.set(place, /** @type {any} */ (type.fields));
        return orNone(place);
      case 'union':
        return orNone(this.union(type.items ?? [], { out, place }));
      default:
        return orNone(this.named(type));
    }
  }

  /** @param {ApiType[]} items @param {{ out: boolean, place: string }} how */
  union(items, how) {
    const literals = items
      .filter((one) => one.kind === 'literal')
      .map((one) => JSON.stringify(one.value));
    const others = items.filter(
      (one) => one.kind !== 'literal' && one.name !== 'URL' && one.kind !== 'null',
    );
    const parts = others.map((one) => this.annotation(one, how));
    if (literals.length > 0) parts.unshift(`Literal[${literals.join(', ')}]`);
    if (items.some((one) => one.name === 'URL')) parts.push('PathLike[str]');
    if (items.some((one) => one.kind === 'null')) parts.push('None');
    return [...new Set(parts)].join(' | ');
  }

  /** @param {ApiType} type */
  named(type) {
    const name = type.name ?? '';
    if (name === 'Milliseconds') return 'float';
    if (name === 'Bytes') return 'int';
    if (name === 'Some') return 'LimitOverrides';
    if (name === 'AbortSignal') return 'CancelToken';
    if (this.own.includes(name)) return 'G';
    // A type parameter of a method: whatever the guest makes of it.
    if (/^[A-Z]$/.test(name)) return 'Any';
    return className(name);
  }

  /** The data that comes back, by name: what return types reach. @returns {Set<string>} */
  comesBack() {
    /** @type {Set<string>} */
    const found = new Set();
    const visit = (/** @type {ApiType | undefined} */ type) => {
      if (!type) return;
      const seen = this.behind(type);
      for (const one of [...(seen.items ?? []), ...(seen.args ?? [])]) visit(one);
      visit(seen.item);
      for (const one of seen.fields ?? []) visit(one.type);
      if (seen.kind === 'function') for (const one of seen.params ?? []) visit(one.type);
      const name = seen.name ?? '';
      if (seen.kind !== 'named' || found.has(name)) return;
      found.add(name);
      visit(this.aliases.get(name)?.type);
      for (const one of this.interfaces.get(name)?.fields ?? []) visit(one.type);
    };
    for (const one of this.api.functions) visit(one.returns);
    for (const one of this.api.classes) {
      for (const member of [...one.members, ...one.fields]) {
        visit('returns' in member ? member.returns : member.type);
      }
    }
    return found;
  }
}
