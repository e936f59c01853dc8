// Cargo as this repository uses it: `node scripts/cargo.mjs test --workspace`. Adds the shared target
// folder and the one profile, so that wasmtime is never compiled a second time by accident.
import { cargoArguments, cargoEnvironment, run } from './lib/processes.mjs';

const given = process.argv.slice(2);
process.exitCode = await run('cargo', cargoArguments(given), { env: cargoEnvironment });
