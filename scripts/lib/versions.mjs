// Owns where the one version of the repository is written down, and how each place is read and mended.
// Text in, text out; the version itself is decided by changesets in packages/sdk/package.json.

const workspaceVersion = /(\[workspace\.package\][^[]*?\bversion\s*=\s*")([^"]+)(")/;

/** Cargo.toml of the workspace. */
export function withWorkspaceVersion(text, version) {
  if (!workspaceVersion.test(text))
    throw new Error('Cargo.toml: no version in [workspace.package]');
  return text.replace(workspaceVersion, `$1${version}$3`);
}

/** Cargo.lock: the entries of our own crates, which are those without a source. */
export function withLockVersions(text, crates, version) {
  return text.replace(
    /\[\[package\]\]\nname = "([^"]+)"\nversion = "[^"]+"\n(?!source)/g,
    (entry, name) =>
      crates.includes(name) ? `[[package]]\nname = "${name}"\nversion = "${version}"\n` : entry,
  );
}

const dependencyBlock =
  /("(?:dependencies|devDependencies|peerDependencies|optionalDependencies)"\s*:\s*\{)([^}]*)\}/g;

/** package.json: its own version and the exact ones it asks of packages of this repository. */
export function withPackageVersion(text, ours, version) {
  const own = text.replace(/("version"\s*:\s*")[^"]+(")/, `$1${version}$2`);
  return own.replace(dependencyBlock, (_, head, entries) => {
    const mended = entries.replace(/"([^"]+)"(\s*:\s*)"([^"]+)"/g, (entry, name, colon, wanted) =>
      ours.includes(name) && /^\d/.test(wanted) ? `"${name}"${colon}"${version}"` : entry,
    );
    return `${head}${mended}}`;
  });
}

/** pyproject.toml's `version = "…"` and the package's own `__version__ = "…"`. */
export function withPythonVersion(text, version) {
  const written = /^((?:__)?version(?:__)? = ")[^"]+(")/m;
  if (!written.test(text)) throw new Error('the Python package says no version');
  return text.replace(written, `$1${version}$2`);
}

/** package-lock.json: the entries of our own folders, and what they ask of each other. */
export function withNpmLockVersions(text, folders, ours, version) {
  const lock = JSON.parse(text);
  if (lock.version) lock.version = version;
  for (const folder of ['', ...folders]) {
    const entry = lock.packages?.[folder];
    if (!entry) continue;
    entry.version = version;
    for (const name of ours) {
      if (entry.dependencies?.[name]) entry.dependencies[name] = version;
    }
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** go.mod: what is asked of our own modules. */
export function withGoVersion(text, version) {
  return text.replace(
    /(github\.com\/wasm-sandbox\/wasm-sandbox-go\S* v)\d+\.\d+\.\d+\S*/g,
    `$1${version}`,
  );
}
