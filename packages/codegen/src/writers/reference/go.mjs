// Owns the Go side of the reference: signatures and fields, looked up in what the writers of the Go package write, and
// in the package's own files where a function is written by hand. What is not found there stops the generator.
import { readFileSync } from 'node:fs';
import * as methods from '../go/methods.mjs';
import { exported, goType, idiom } from '../go/names.mjs';
import { policies } from '../go/policy.mjs';
import { errorTypes, resultStructs } from '../go/structs.mjs';

/** @typedef {import('../../api.mjs').Api} Api */
/** @typedef {import('../../api.mjs').Callable} Callable */

const folder = new URL('../../../../../bindings/go/pkg/', import.meta.url);

/** Where a class's methods stand in Go. @type {Record<string, string>} */
const receivers = {
  SandboxBuilder: '*Builder',
  SecurityPolicy: '*Policy',
  SecurityPolicyBuilder: '*PolicyBuilder',
  KvStore: '*KvStore',
  Session: '*Session',
  SandboxPool: '*Pool[T]',
};

/** What the Go package says. */
export class Go {
  /** @param {Api} api @param {import('../../model.mjs').Model} model */
  constructor(api, model) {
    const byHand = (/** @type {string} */ file) => readFileSync(new URL(file, folder), 'utf8');
    const own = ['sandbox', 'build', 'calls', 'download', 'errors', 'pool'];
    this.sandbox = [
      methods.guests(api),
      methods.functions(api),
      methods.options(api),
      methods.builder(api),
      methods.pools(api),
      resultStructs(model, api),
      errorTypes(model),
      ...own.map((one) => byHand(`sandbox/${one}.go`)),
    ].join('\n');
    this.security = [
      policies(model, api),
      ...['policy', 'capability'].map((one) => byHand(`security/${one}.go`)),
    ].join('\n');
  }

  /** @param {string} owner @param {Callable} member @returns {string | undefined} */
  member(owner, member) {
    if (this.isLeftOut(owner, member.name)) return undefined;
    const name = exported(member.name, owner);
    // One name has parts: `OpenPython` opens what `WasmSandbox.python` does, and `StrictPolicy` is a preset.
    const names = [name, exported(member.name, 'option'), `${name}Policy`];
    const isFree = member.static || member.kind === 'constructor';
    const found = names
      .map((one) => (isFree ? this.free(one) : this.method(owner, one)))
      .find((one) => one !== undefined);
    if (!found) throw new Error(`the Go package has nothing for ${owner}.${member.name}`);
    const more = (idiom.also[`${owner}.${member.name}`] ?? []).map(
      (/** @type {string} */ one) => this.free(one) ?? fail(one),
    );
    return [found, ...more].join('\n');
  }

  /** @param {string} owner @param {string} name */
  isLeftOut(owner, name) {
    return idiom.skip.includes(name) || idiom.absent.includes(`${owner}.${name}`);
  }

  /** @param {Callable} one @returns {string | undefined} */
  function(one) {
    if (idiom.skip.includes(one.name)) return undefined;
    const found = this.free(exported(one.name));
    if (!found) throw new Error(`the Go package has no ${exported(one.name)}`);
    return found;
  }

  /** A function of one of the packages. @param {string} name @returns {string | undefined} */
  free(name) {
    const like = new RegExp(`^func (${name}\\(.*?) \\{`, 'm');
    const sandbox = like.exec(this.sandbox)?.[1];
    if (sandbox) return `func sandbox.${sandbox}`;
    const security = like.exec(this.security)?.[1];
    return security && `func security.${security}`;
  }

  /** @param {string} owner @param {string} name @returns {string | undefined} */
  method(owner, name) {
    const receiver = receivers[owner];
    // A module is known by its interface, and what all guests have stands there as well.
    if (!receiver) return new RegExp(`^\\t(${name}\\(.*)$`, 'm').exec(this.sandbox)?.[1];
    const escaped = receiver.replace(/[*[\]]/g, '\\$&');
    const like = new RegExp(`^func \\(\\w+ ${escaped}\\) ${name}\\(.*?(?= \\{)`, 'm');
    return (like.exec(this.sandbox) ?? like.exec(this.security))?.[0];
  }

  /** An option as a function. @param {string} name @returns {string | undefined} */
  option(name) {
    const found = new RegExp(`^func (${exported(name, 'option')}\\(.*?\\)) Option \\{`, 'm');
    return found.exec(this.sandbox)?.[1];
  }

  /** A field of a struct. @param {string} owner @param {string} name @returns {string | undefined} */
  field(owner, name) {
    const struct = idiom.structs[owner] ?? owner;
    const body = new RegExp(`^type ${struct} struct \\{\\n([\\s\\S]*?)^\\}`, 'm');
    const text = (body.exec(this.sandbox) ?? body.exec(this.security))?.[1];
    const own = exported(name, owner);
    const found = text && new RegExp(`^\\t(${own} \\S+)`, 'm').exec(text)?.[1];
    // A field that grants more has another one, which says so.
    const by = idiom.loosened[name]?.by;
    return found && by ? `${found}, ${exported(by)} bool` : found;
  }

  /** @param {string} name */
  type(name) {
    return goType({ kind: 'named', name });
  }
}

/** @param {string} name @returns {never} */
function fail(name) {
  throw new Error(`the Go package has no ${name}`);
}
