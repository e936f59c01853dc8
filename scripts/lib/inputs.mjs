// Owns the question "did any of these files change?": one hash over names and contents.
// A file whose size and time of change are known keeps its known hash, so that asking again is quick.
// Knows nothing of git: an unpacked archive works as well as a clone.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

const never = new Set(['node_modules', 'target', 'dist', '.git', '.nx', '.setup', '.conformance']);

/** Every file under the given files and folders that `keep` wants, sorted; what is missing is left out. */
export function listFiles(root, places, keep = () => true) {
  const found = [];
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    const name = relative(root, path).split(sep).join('/');
    if (stat.isFile()) {
      if (keep(name)) found.push({ name, path, stat });
    } else if (stat.isDirectory() && !never.has(basename(path)) && keep(`${name}/`)) {
      for (const entry of readdirSync(path)) visit(join(path, entry));
    }
  };
  for (const place of places) visit(join(root, place));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Remembers the hashes of files between two set-ups. */
export class FileHashes {
  #file;
  #known = {};
  #changed = false;

  constructor(file) {
    this.#file = file;
    try {
      this.#known = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // The first set-up, or a torn file: everything is read once more.
    }
  }

  of({ name, path, stat }) {
    const mark = `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
    const known = this.#known[name];
    if (known?.mark === mark) return known.hash;
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    this.#known[name] = { mark, hash };
    this.#changed = true;
    return hash;
  }

  /** One hash over the files' names and contents and some further text. */
  digest(root, places, { keep, extra = [] } = {}) {
    const all = createHash('sha256').update(JSON.stringify(extra));
    for (const file of listFiles(root, places, keep)) {
      all.update(`\n${file.name} ${this.of(file)}`);
    }
    return all.digest('hex').slice(0, 32);
  }

  save() {
    if (!this.#changed) return;
    writeJson(this.#file, this.#known);
    this.#changed = false;
  }
}

/** Writes so that a reader sees the old or the new content, never a part. */
export function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  const half = `${file}.${process.pid}`;
  writeFileSync(half, JSON.stringify(value, null, 1));
  renameSync(half, file);
}
