// Writes what selects a platform's native object in Go: a nested module for each, which carries the object and the
// language packs, and the file of the native layer that imports it. Which platforms there are is in `idiom.json`.
import { HEAD, idiom } from './names.mjs';

const module = 'github.com/wasm-sandbox/wasm-sandbox-go';

/** @returns {Record<string, string>} files by their place in the repository */
export function platforms() {
  /** @type {Record<string, string>} */
  const files = {};
  /** @type {string[]} */
  const builds = [];
  for (const [name, { build, link }] of Object.entries(idiom.platforms)) {
    const folder = `bindings/go/platforms/${name}`;
    builds.push(`!(${build})`);
    files[`${folder}/go.mod`] = `${HEAD}module ${module}/platforms/${name}\n\ngo 1.24\n`;
    files[`${folder}/platform.go`] = carrier(build, link);
    files[`bindings/go/internal/native/platform_${name.replaceAll('-', '_')}.gen.go`] = [
      HEAD,
      `//go:build cgo && ${build}\n\npackage native\n`,
      `import platform "${module}/platforms/${name}"\n`,
      'var packs = platform.Packs\n',
    ].join('\n');
  }
  files['bindings/go/internal/native/platform_none.gen.go'] = [
    HEAD,
    `//go:build cgo && ${builds.join(' && ')}\n\npackage native\n`,
    '// The compiler prints this name.\nvar packs = wasm_sandbox_has_no_native_part_for_this_platform\n',
  ].join('\n');
  return files;
}

/** The files of the language packs, and the variables that hold them. */
const PACKS = ['javascript', 'python'].flatMap((language) => [
  { name: `${language}Description`, file: `${language}.json` },
  { name: `${language}Native`, file: `${language}.native.zst` },
  { name: `${language}Snapshot`, file: `${language}.wasm.zst` },
]);

const WIDEST = Math.max(...PACKS.map(({ file }) => file.length)) + '"": '.length;

/** An import of Go's. @param {string} name */
const needs = (name) => `import ${JSON.stringify(name)}`;

/** @param {string} build @param {string} link */
function carrier(build, link) {
  return `${HEAD}
//go:build ${build}

// Package platform carries the native code and the language packs for one platform. The object beside this file is
// linked into every program that imports it; the packs are put into the program.
package platform

// #cgo LDFLAGS: ${link}
${needs('C')}

import _ "embed"

${PACKS.map(({ name, file }) => `//go:embed packs/${file}\nvar ${name} string\n`).join('\n')}
// Packs are the files of the language packs by their names. Their text is a part of the program: it never moves.
var Packs = map[string]string{
${PACKS.map(({ name, file }) => `\t${`"${file}":`.padEnd(WIDEST)}${name},`).join('\n')}
}
`;
}
