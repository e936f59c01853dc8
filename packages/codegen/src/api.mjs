// Owns the model of the API's shape: classes, functions, options and aliases that the SDK's entry re-exports,
// with their documentation, read from its sources. It reads syntax, so that the names of units survive, and it
// knows no other language; what it does not understand it refuses, since it would be missing everywhere.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { documentation } from './api-docs.mjs';
import { typeOf } from './api-types.mjs';

/** @typedef {import('./api-types.mjs').ApiType} ApiType */
/** @typedef {import('./api-docs.mjs').Documentation} Documentation */
/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {ApiType} type
 * @property {boolean} optional left out or null means "not given"
 * @property {boolean} rest
 */
/** @typedef {{ name: string, type: ApiType, optional: boolean, readonly: boolean, doc: string }} ApiField */
/**
 * @typedef {Documentation & {
 *   name: string, kind: 'method' | 'accessor' | 'constructor', static: boolean, typeParameters: string[],
 *   params: Parameter[], async: boolean, returns: ApiType
 * }} Callable `returns` is what a promise resolves to when it is `async`
 */
/**
 * @typedef {{ name: string, doc: string, extends: string | null, abstract: boolean, typeParameters: string[],
 *   members: Callable[], fields: ApiField[] }} ApiClass
 */
/** @typedef {{ name: string, doc: string, extends: string[], fields: ApiField[] }} ApiInterface all fields, inherited ones too */
/** @typedef {{ name: string, doc: string, type: ApiType }} Alias */
/**
 * @typedef {object} Api in the order of the entry's exports
 * @property {ApiClass[]} classes
 * @property {ApiInterface[]} interfaces
 * @property {Alias[]} aliases
 * @property {Callable[]} functions
 */

/** @type {string[]} */
const hidden = JSON.parse(readFileSync(new URL('../idiom.json', import.meta.url), 'utf8')).hidden;

/**
 * Reads what the SDK offers.
 * @param {string} folder the SDK's sources
 * @returns {Api}
 */
export function readApi(folder) {
  const files = new Files();
  /** @type {Api} */
  const api = { classes: [], interfaces: [], aliases: [], functions: [] };
  for (const { name, file } of exported(files, join(folder, 'index.ts'))) {
    // What only TypeScript's types need.
    if (hidden.includes(name)) continue;
    const declaration = files.find(file, name);
    if (!declaration) throw new Error(`${file}: ${name} is exported and not declared`);
    if (ts.isClassDeclaration(declaration)) api.classes.push(classOf(declaration));
    else if (ts.isInterfaceDeclaration(declaration)) {
      api.interfaces.push(interfaceOf(declaration, file, files));
    } else if (ts.isTypeAliasDeclaration(declaration)) {
      const { doc } = documentation(declaration);
      api.aliases.push({ name, doc, type: typeOf(declaration.type) });
    } else if (ts.isFunctionDeclaration(declaration)) api.functions.push(callable(declaration));
    else throw new Error(`${file}: ${name}: a declaration that the generator does not know`);
  }
  return api;
}

/** The sources, each read once. */
class Files {
  /** @type {Map<string, ts.SourceFile>} */
  #read = new Map();

  /** @param {string} path */
  source(path) {
    const known = this.#read.get(path);
    if (known) return known;
    const text = readFileSync(path, 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    this.#read.set(path, source);
    return source;
  }

  /** The declaration of a name in a file. @param {string} path @param {string} name */
  find(path, name) {
    return this.source(path).statements.find(
      (one) =>
        (ts.isClassDeclaration(one) ||
          ts.isInterfaceDeclaration(one) ||
          ts.isTypeAliasDeclaration(one) ||
          ts.isFunctionDeclaration(one)) &&
        one.name?.text === name,
    );
  }

  /** The same, also where the file imports it. @param {string} path @param {string} name @returns {{ file: string, declaration: ts.Statement } | undefined} */
  resolve(path, name) {
    const here = this.find(path, name);
    if (here) return { file: path, declaration: here };
    for (const one of this.source(path).statements) {
      if (!ts.isImportDeclaration(one) || !ts.isStringLiteral(one.moduleSpecifier)) continue;
      const named = one.importClause?.namedBindings;
      if (!named || !ts.isNamedImports(named)) continue;
      if (!named.elements.some((element) => element.name.text === name)) continue;
      return this.resolve(fileOf(path, one.moduleSpecifier.text), name);
    }
    return undefined;
  }
}

/** @param {string} from @param {string} specifier */
const fileOf = (from, specifier) => join(dirname(from), specifier.replace(/\.js$/, '.ts'));

/** What the entry exports, in its order. @param {Files} files @param {string} entry */
function* exported(files, entry) {
  for (const one of files.source(entry).statements) {
    if (!ts.isExportDeclaration(one) || !one.moduleSpecifier) continue;
    const file = fileOf(entry, /** @type {ts.StringLiteral} */ (one.moduleSpecifier).text);
    // Whole files are generated from the schemas: the model of data has them.
    if (!one.exportClause || !ts.isNamedExports(one.exportClause)) continue;
    if (file.includes('/generated/') || file.includes('\\generated\\')) continue;
    for (const element of one.exportClause.elements) yield { name: element.name.text, file };
  }
}

/** @param {ts.ClassDeclaration} declaration @returns {ApiClass} */
function classOf(declaration) {
  const base = declaration.heritageClauses?.find(
    (clause) => clause.token === ts.SyntaxKind.ExtendsKeyword,
  );
  const members = declaration.members.filter(isPublic);
  return {
    name: declaration.name?.text ?? '',
    doc: documentation(declaration).doc,
    extends: base?.types[0]?.expression.getText() ?? null,
    abstract: has(declaration, ts.SyntaxKind.AbstractKeyword),
    typeParameters: (declaration.typeParameters ?? []).map((one) => one.name.text),
    members: members
      .filter(
        (member) =>
          ts.isMethodDeclaration(member) ||
          ts.isGetAccessorDeclaration(member) ||
          ts.isConstructorDeclaration(member),
      )
      .map(callable),
    fields: members.filter(ts.isPropertyDeclaration).map(field),
  };
}

/** @param {ts.ClassElement} member */
function isPublic(member) {
  if (ts.isClassStaticBlockDeclaration(member)) return false;
  if (member.name && ts.isPrivateIdentifier(member.name)) return false;
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return !hidden.some((kind) => has(member, kind)) && !documentation(member).internal;
}

/** @param {ts.Node} node @param {ts.SyntaxKind} kind */
const has = (node, kind) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((one) => one.kind === kind);

/** @param {ts.FunctionDeclaration | ts.ClassElement} declaration @returns {Callable} */
function callable(declaration) {
  const node = /** @type {ts.MethodDeclaration} */ (declaration);
  const { internal: _, ...documented } = documentation(node);
  const isConstructor = ts.isConstructorDeclaration(declaration);
  const name = isConstructor ? 'constructor' : node.name.getText();
  if (!node.type && !isConstructor)
    throw new Error(`${name}: a public member says what it returns`);
  const returns = node.type ? typeOf(node.type) : { kind: /** @type {const} */ ('void') };
  const promised = returns.kind === 'named' && returns.name === 'Promise';
  return {
    ...documented,
    name,
    kind: isConstructor
      ? 'constructor'
      : ts.isGetAccessorDeclaration(declaration)
        ? 'accessor'
        : 'method',
    static: has(node, ts.SyntaxKind.StaticKeyword),
    typeParameters: (node.typeParameters ?? []).map((one) => one.name.text),
    params: node.parameters.map(parameter),
    async: promised,
    returns: promised ? (returns.args?.[0] ?? { kind: 'any' }) : returns,
  };
}

/** @param {ts.ParameterDeclaration} one @returns {Parameter} */
function parameter(one) {
  const name = one.name.getText();
  if (!one.type && !one.initializer) throw new Error(`${name}: a parameter has a type`);
  const type = one.type ? typeOf(one.type) : inferred(one);
  return {
    name,
    type,
    optional: one.questionToken !== undefined || one.initializer !== undefined,
    rest: one.dotDotDotToken !== undefined,
  };
}

/** The type of a default value. @param {ts.ParameterDeclaration} one @returns {ApiType} */
function inferred(one) {
  const value = one.initializer;
  if (value && ts.isStringLiteral(value)) return { kind: 'string' };
  if (value && ts.isNumericLiteral(value)) return { kind: 'number' };
  throw new Error(`${one.name.getText()}: a parameter says its type`);
}

/** @param {ts.PropertyDeclaration | ts.PropertySignature} one @returns {ApiField} */
function field(one) {
  if (!one.type) throw new Error(`${one.name.getText()}: a field has a type`);
  const { doc } = documentation(one);
  const readonly = has(one, ts.SyntaxKind.ReadonlyKeyword);
  return {
    name: one.name.getText(),
    type: typeOf(one.type),
    optional: one.questionToken !== undefined,
    readonly,
    doc,
  };
}

/**
 * @param {ts.InterfaceDeclaration} declaration
 * @param {string} file where it stands
 * @param {Files} files
 * @returns {ApiInterface}
 */
function interfaceOf(declaration, file, files) {
  /** @type {Map<string, ApiField>} */
  const fields = new Map();
  /** @type {string[]} */
  const bases = [];
  for (const clause of declaration.heritageClauses ?? []) {
    for (const base of clause.types) {
      const type = typeOf(base);
      const without = type.name === 'Omit' ? literals(type.args?.[1]) : [];
      const name = (type.name === 'Omit' ? type.args?.[0]?.name : type.name) ?? '';
      const found = files.resolve(file, name);
      if (!found || !ts.isInterfaceDeclaration(found.declaration)) {
        throw new Error(`${declaration.name.text}: extends ${name}, which is not found`);
      }
      bases.push(name);
      for (const one of interfaceOf(found.declaration, found.file, files).fields) {
        if (!without.includes(one.name)) fields.set(one.name, one);
      }
    }
  }
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member)) {
      throw new Error(`${declaration.name.text}: a member that is no field`);
    }
    fields.set(member.name.getText(), field(member));
  }
  const { doc } = documentation(declaration);
  return { name: declaration.name.text, doc, extends: bases, fields: [...fields.values()] };
}

/** The strings of a literal type or of a union of them. @param {ApiType | undefined} type @returns {string[]} */
function literals(type) {
  if (type?.kind === 'literal') return [String(type.value)];
  return type?.kind === 'union' ? (type.items ?? []).flatMap(literals) : [];
}
