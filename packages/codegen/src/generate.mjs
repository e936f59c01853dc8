// Owns the list of generated files: which writer makes which file from which model. Later languages add
// their writers here; nothing else knows the list.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readApi } from './api.mjs';
import { readModel } from './model.mjs';
import * as goMethods from './writers/go/methods.mjs';
import { platforms as goPlatforms } from './writers/go/platforms.mjs';
import { policies as goPolicies } from './writers/go/policy.mjs';
import * as goStructs from './writers/go/structs.mjs';
import { errorReference, policyReference } from './writers/markdown.mjs';
import { pythonModules } from './writers/python/modules.mjs';
import { apiReference } from './writers/reference.mjs';
import { errorTypes, policyTypes, resultTypes } from './writers/typescript.mjs';

/** @typedef {import('./model.mjs').Model} Model */

/** @type {Record<string, (model: Model, api: import('./api.mjs').Api) => string>} */
const writers = {
  'packages/sdk/src/generated/policy.ts': policyTypes,
  'packages/sdk/src/generated/result.ts': resultTypes,
  'packages/sdk/src/generated/errors.ts': errorTypes,
  'docs/reference/policy.md': policyReference,
  'docs/reference/errors.md': errorReference,
  'docs/reference/api.md': apiReference,
  'bindings/go/pkg/sandbox/results.gen.go': goStructs.resultStructs,
  'bindings/go/pkg/sandbox/errors.gen.go': goStructs.errorTypes,
  'bindings/go/pkg/sandbox/guests.gen.go': (_, api) => goMethods.guests(api),
  'bindings/go/pkg/sandbox/functions.gen.go': (_, api) => goMethods.functions(api),
  'bindings/go/pkg/sandbox/options.gen.go': (_, api) => goMethods.options(api),
  'bindings/go/pkg/sandbox/builder.gen.go': (_, api) => goMethods.builder(api),
  'bindings/go/pkg/sandbox/pools.gen.go': (_, api) => goMethods.pools(api),
  'bindings/go/pkg/security/policy.gen.go': goPolicies,
};

/** What depends on no model. @type {Record<string, () => string>} */
const goFixed = Object.fromEntries(
  Object.entries(goPlatforms()).map(([file, text]) => [file, () => text]),
);

const pythonFolder = 'bindings/python/python/wasm_sandbox/_generated';

/**
 * Writes the files that are stale, or only finds them.
 * @param {{ root: string, schemas?: string, sources?: string, check?: boolean }} options `schemas`: folder of the
 *   schemas; `sources`: of the SDK's sources
 * @returns {string[]} the stale files, relative to `root`
 */
export function generate({
  root,
  schemas = join(root, 'core', 'schema'),
  sources = join(root, 'packages', 'sdk', 'src'),
  check = false,
}) {
  const model = readModel(schemas);
  const api = readApi(sources);
  const texts = Object.entries({ ...writers, ...goFixed }).map(([file, write]) => [
    file,
    write(model, api),
  ]);
  for (const [name, text] of Object.entries(pythonModules(api, model))) {
    texts.push([`${pythonFolder}/${name}`, text]);
  }
  const stale = [];
  for (const [file = '', text = ''] of texts) {
    const path = join(root, file);
    if (current(path) === text) continue;
    stale.push(file);
    if (check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return stale;
}

/** @param {string} path */
function current(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
