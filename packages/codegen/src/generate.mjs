// Owns the list of generated files: which writer makes which file from which model. Later languages add
// their writers here; nothing else knows the list.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readApi } from './api.mjs';
import { readModel } from './model.mjs';
import { errorReference, policyReference } from './writers/markdown.mjs';
import { pythonModules } from './writers/python/modules.mjs';
import { errorTypes, policyTypes, resultTypes } from './writers/typescript.mjs';

/** @typedef {import('./model.mjs').Model} Model */

/** @type {Record<string, (model: Model) => string>} */
const writers = {
  'packages/sdk/src/generated/policy.ts': policyTypes,
  'packages/sdk/src/generated/result.ts': resultTypes,
  'packages/sdk/src/generated/errors.ts': errorTypes,
  'docs/reference/policy.md': policyReference,
  'docs/reference/errors.md': errorReference,
};

/** The SDK's sources beside this package. */
const sdk = fileURLToPath(new URL('../../sdk/src', import.meta.url));
const pythonFolder = 'bindings/python/python/wasm_sandbox/_generated';

/**
 * Writes the files that are stale, or only finds them.
 * @param {{ root: string, schemas?: string, sources?: string, check?: boolean }} options `schemas`: folder of the
 *   schemas; `sources`: of the SDK's declarations
 * @returns {string[]} the stale files, relative to `root`
 */
export function generate({
  root,
  schemas = join(root, 'core', 'schema'),
  sources = sdk,
  check = false,
}) {
  const model = readModel(schemas);
  const texts = Object.entries(writers).map(([file, write]) => [file, write(model)]);
  for (const [name, text] of Object.entries(pythonModules(readApi(sources), model))) {
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
