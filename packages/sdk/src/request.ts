// Owns one run as the native part wants it.
import type { Request } from './native.js';
import type { SessionRunOptions } from './options.js';

/** What is run: source text for a session, nothing of it for a module. */
export function toRequest(code: string | undefined, options: SessionRunOptions): Request {
  const { inputs, file, call, args, stdin, argv, env, files } = options;
  const plain =
    inputs === undefined && file === undefined && call === undefined && stdin === undefined;
  if (plain && code !== undefined && !argv && !env && !files) return code;
  return {
    ...(code !== undefined && { code }),
    ...(file !== undefined && { file }),
    ...(inputs !== undefined && { inputs }),
    ...(call !== undefined && { call, args: args ?? [] }),
    ...(argv !== undefined && { argv }),
    ...(env !== undefined && { env }),
    ...(stdin !== undefined && { stdin }),
    ...(files !== undefined && { files }),
  };
}
