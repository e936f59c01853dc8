// Owns what --policy names: a preset or a file.
import { type Preset, SecurityPolicy } from 'wasm-sandbox';
import { readText } from './source.js';

const presets: readonly string[] = ['strict', 'moderate', 'permissive'];

/** The policy by a preset's name or out of a file. @throws UsageError `invalid_policy`, `not_found`. */
export async function readPolicy(named: string): Promise<SecurityPolicy> {
  if (presets.includes(named)) return SecurityPolicy[named as Preset]();
  const text = new TextDecoder().decode(await readText(named));
  return SecurityPolicy.fromJson(text);
}
