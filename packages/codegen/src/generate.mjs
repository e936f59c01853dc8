// Owns the list of generated files: which writer makes which file from which model. Later languages add
// their writers here; nothing else knows the list.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readModel } from './model.mjs';
import { errorReference, policyReference } from './writers/markdown.mjs';
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

/**
 * Writes the files that are stale, or only finds them.
 * @param {{ root: string, schemas?: string, check?: boolean }} options `schemas`: folder of the schemas
 * @returns {string[]} the stale files, relative to `root`
 */
export function generate({ root, schemas = join(root, 'core', 'schema'), check = false }) {
  const model = readModel(schemas);
  const stale = [];
  for (const [file, write] of Object.entries(writers)) {
    const path = join(root, file);
    const text = write(model);
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
