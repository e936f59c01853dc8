// Owns the building of javascript.wasm: in which order the parts are made. Needs Node, python3 with pip and cargo; no
// root, no system packages.
// usage: node build.mjs --out FILE [--cache DIR]
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildPack } from '../shared/build/pack.mjs';
import { checkModule } from './build/check.mjs';
import { compile } from './build/compile.mjs';
import { findCompiler } from './build/compiler.mjs';
import { inputsKey } from './build/inputs.mjs';
import { say } from './build/progress.mjs';
import { findSources } from './build/sources.mjs';

async function make(cache, keep) {
  const compiler = await findCompiler(cache);
  const sources = await findSources();
  const made = await compile({ compiler, sources, cache });
  try {
    checkModule(readFileSync(made));
    keep(made);
  } finally {
    rmSync(dirname(made), { recursive: true, force: true });
  }
}

buildPack({ name: 'javascript', key: inputsKey(), make, say });
