// Owns which imports the Python module may have; the rest of the check is the JavaScript pack's.
import { checkModule as check } from '../../javascript/build/check.mjs';

const importsWanted = ['host_call', 'host_take', 'host_wait', 'out'];
/** Of files, clocks and chance, as the core gives them; the module has no other way out. */
const wasi =
  /^(args|environ)_(sizes_)?get$|^clock_(res|time)_get$|^fd_\w+$|^path_\w+$|^poll_oneoff$|^proc_exit$|^random_get$|^sched_yield$/;

const isGiven = (from, name) =>
  (from === 'sbx' && importsWanted.includes(name)) ||
  (from === 'wasi_snapshot_preview1' && wasi.test(name));

/** Throws a sentence that names what is wrong. */
export const checkModule = (bytes) => check(bytes, isGiven);
