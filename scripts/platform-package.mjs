// For releases. `node scripts/platform-package.mjs --out FOLDER` puts what set-up built here into an npm
// package for this platform, and with `--platform PLATFORM --natives FOLDER` what was built elsewhere; `--refer` writes all platforms' packages into the SDK's package.json, which
// is done just before publishing and never committed: an unpublished package cannot be locked.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ownParts, partsIn } from './lib/parts.mjs';
import { root, sdkFolder } from './lib/paths.mjs';
import { platformManifest, withPlatforms } from './lib/platforms.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    platform: { type: 'string' },
    natives: { type: 'string' },
    refer: { type: 'boolean', default: false },
  },
});
const manifest = join(sdkFolder, 'package.json');
const sdk = JSON.parse(readFileSync(manifest, 'utf8'));
const write = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

if (values.refer) write(manifest, withPlatforms(sdk));
if (values.out) {
  const parts = values.natives ? partsIn(values.natives, values.platform) : ownParts();
  const described = platformManifest(parts.platform, sdk);
  mkdirSync(values.out, { recursive: true });
  write(join(values.out, 'package.json'), described);
  cpSync(parts.addon, join(values.out, described.main));
  cpSync(parts.packs, join(values.out, 'packs'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(values.out, 'LICENSE'));
}
