// Owns the rules about Cargo: who may depend on whom, and that tests change no feature of what ships.
// Gets cargo's own words as data; starts nothing.

import { lineOf, stripRust } from './source.mjs';
import { crates } from './table.mjs';

const matches = (pattern, name) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** `metadata`: what `cargo metadata --no-deps` prints. */
export function checkCrates(metadata, table = crates) {
  const names = metadata.packages.map((one) => one.name);
  const errors = [];
  for (const { name, dependencies } of metadata.packages) {
    const rule = table[name];
    if (!rule) {
      errors.push(`${name}: a crate without a row in the table of layers`);
      continue;
    }
    for (const { name: used, kind } of dependencies) {
      const ours = names.includes(used);
      if (ours && !rule.own.includes(used)) errors.push(`${name}: must not use ${used}`);
      if (rule.not.some((pattern) => matches(pattern, used))) {
        errors.push(`${name}: must not use ${used}`);
      } else if (!ours && rule.only && kind !== 'dev' && !rule.only.includes(used)) {
        errors.push(`${name}: may use ${rule.only.join(', ')} only, and not ${used}`);
      }
    }
  }
  return errors;
}

/** `folders`: crate name to folder; `files`: `{ name, text }` of every Rust source. */
export function checkWords(folders, files, table = crates) {
  const errors = [];
  for (const [crate, { words = [] }] of Object.entries(table)) {
    const own = files.filter(
      (file) => folders[crate] && file.name.startsWith(`${folders[crate]}/`),
    );
    for (const { name, text } of own) {
      const code = stripRust(text, { keepStrings: true });
      for (const word of words) {
        const at = code.search(word);
        if (at !== -1)
          errors.push(`${name}:${lineOf(code, at)}: ${crate} must not say ${word.source}`);
      }
    }
  }
  return errors;
}

/**
 * `shipped` and `tested`: lines of `cargo tree --prefix none -f '{p}|{f}'` without and with
 * dev-dependencies. A crate with other features under test would be compiled twice, wasmtime with it.
 */
export function checkFeatures(shipped, tested) {
  const under = readTree(tested);
  const errors = [];
  for (const [crate, features] of readTree(shipped)) {
    const more = [...(under.get(crate) ?? [])].filter((one) => !features.has(one));
    for (const one of more) {
      errors.push(
        `${crate}: dev-dependencies give it the features "${one}"; name them in [workspace.dependencies]`,
      );
    }
  }
  return errors;
}

/** A crate may be there twice: for build scripts and for the target. */
function readTree(text) {
  const crates = new Map();
  for (const line of text.split('\n').filter(Boolean)) {
    const [crate, features] = line.replace(/ \(\*\)$/, '').split('|');
    if (!crates.has(crate)) crates.set(crate, new Set());
    crates.get(crate).add(features);
  }
  return crates;
}
