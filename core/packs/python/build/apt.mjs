// Owns downloading a Debian source package where apt is there, with a configuration of its own,
// so that the machine's lists and sources stay as they are. Checks nothing: that is the caller's pin.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../javascript/build/run.mjs';
import { say } from './progress.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const places = '/etc/apt';

/** The machine's own mirror of Debian, from either form of its list. */
function mirror() {
  const files = ['sources.list', 'sources.list.d'].flatMap((name) => {
    const path = join(places, name);
    if (!existsSync(path)) return [];
    return name.endsWith('.d') ? readdirSync(path).map((one) => join(path, one)) : [path];
  });
  const lines = files.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  for (const line of lines) {
    const found = line.match(/^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(\S+\/debian\/?)(?:\s|$)/);
    if (found) return found[1];
  }
  return undefined;
}

/** Leaves the package's files in `into`; nothing when apt or this version of the package is not to be had. */
export async function aptDownload({ suite, package: name, version, into }) {
  const uri = existsSync(keyring) ? mirror() : undefined;
  if (!uri) return;
  const base = join(into, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(base, folder), { recursive: true });
  const list = join(base, 'debian.sources');
  const config = join(base, 'apt.conf');
  writeFileSync(
    list,
    `Types: deb-src\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  const settings = {
    'Dir::State': join(base, 'state'),
    'Dir::Cache': join(base, 'cache'),
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': join(base, 'parts'),
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': '',
  };
  const entries = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
  writeFileSync(config, entries.join(''));
  const env = { APT_CONFIG: config };
  try {
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['source', '--download-only', `${name}=${version}`], { env, cwd: into });
  } catch (error) {
    say(`apt does not give the source package ${name} ${version}: ${error.message.split('\n')[0]}`);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
