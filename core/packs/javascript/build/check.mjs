// Owns the check that the built module is what the sandbox can snapshot and rewind: its whole state is
// one memory and numeric globals, and it asks for nothing but the imports it is given.
import { instructions, sections } from './wasm.mjs';

const exportsWanted = ['memory', '__stack_pointer', 'sbx_init', 'sbx_buf', 'sbx_run', 'sbx_gc'];
const importsWanted = ['host_call', 'host_take', 'host_wait', 'module_find', 'module_read', 'out'];
const wasi = [
  'clock_time_get',
  'fd_close',
  'fd_fdstat_get',
  'fd_filestat_get',
  'fd_filestat_set_size',
  'fd_read',
  'fd_readdir',
  'fd_seek',
  'fd_write',
  'path_create_directory',
  'path_filestat_get',
  'path_open',
  'path_remove_directory',
  'path_rename',
  'path_unlink_file',
];
const section = { memory: 5, element: 9, dataCount: 12, data: 11 };

const isGiven = (from, name) =>
  (from === 'sbx' && importsWanted.includes(name)) ||
  (from === 'wasi_snapshot_preview1' && wasi.includes(name));

/** Throws a sentence that names what is wrong. `given`: whether the sandbox gives a pack this import. */
export function checkModule(bytes, given = isGiven) {
  const module = new WebAssembly.Module(bytes);
  const exported = WebAssembly.Module.exports(module).map((one) => one.name);
  for (const name of exportsWanted) {
    if (!exported.includes(name)) throw new Error(`the module does not export ${name}`);
  }
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function' || !given(from, name)) {
      throw new Error(`the module imports ${from}.${name}, which it is not given`);
    }
  }
  const parts = sections(bytes);
  const memories = parts.get(section.memory);
  if (memories?.[0] !== 1) throw new Error('the module does not have exactly one memory');
  if (memories[1] & 2) throw new Error("the module's memory is shared");
  if (parts.has(section.dataCount)) throw new Error('the module may have passive data segments');
  const elements = parts.get(section.element);
  if (elements && (elements[0] !== 1 || elements[1] !== 0)) {
    throw new Error('the module has element segments other than the one for its function table');
  }
  const used = instructions(bytes);
  for (const name of used.keys()) {
    if (/^(table\.(set|grow|init|copy|fill)|elem\.drop|data\.drop|memory\.init)$/.test(name)) {
      throw new Error(`the module uses ${name}`);
    }
  }
  // What another allocator gave would be given to ours to free.
  const grows = used.get('memory.grow');
  if (grows !== 1) throw new Error(`the module grows its memory in ${grows} places instead of one`);
}
