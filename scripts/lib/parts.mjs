// Owns where the native parts of one platform lie: where set-up put those that it built here, or in a folder of what
// cargo built for another platform, with that platform's language packs beside it. Builds nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { archive } from './object.mjs';
import { addonFile, libraryName, packsFolder, platformName, pythonLibrary } from './paths.mjs';

/** Those of this machine's platform. */
export const ownParts = () => ({
  platform: platformName(),
  addon: addonFile(),
  python: pythonLibrary(),
  archive,
  packs: packsFolder,
});

/** Those of `platform` in a folder, under the names that cargo gave them; its packs are in `packs`. */
export function partsIn(folder, platform) {
  const [os] = platform.split('-');
  const archives = ['libwasm_sandbox_c.a', 'wasm_sandbox_c.lib'].map((name) => join(folder, name));
  return {
    platform,
    addon: join(folder, libraryName(os, 'node')),
    python: join(folder, libraryName(os, 'python')),
    archive: archives.find((file) => existsSync(file)) ?? archives[0],
    packs: join(folder, 'packs'),
  };
}

const languages = ['javascript', 'python'];

/** The parts that are not there; each language has its pack. */
export const lacking = ({ platform: _, packs, ...files }) => {
  const wanted = languages.map((name) => join(packs, `${name}.json`));
  return [...Object.values(files), ...wanted].filter((file) => !existsSync(file));
};
