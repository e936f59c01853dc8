// Owns finding CPython's `test` package: in the sources that the pack is built from, fetched when they
// are not there yet. Nothing of it is in this repository.
import { join } from 'node:path';
import { cacheFolder } from '../../../../scripts/lib/paths.mjs';
import { findPython } from '../build/sources.mjs';

export async function findTests() {
  return join(await findPython(join(cacheFolder, 'python-pack')), 'Lib', 'test');
}
