// Owns Python at the prompt. What is complete, what a name could be and how a value is shown is CPython's own to say:
// `codeop`, `rlcompleter` and `sys.displayhook` are asked in the sandbox.
import type { ReplLanguage } from '../language.js';

/** Runs an input as CPython's prompt does. Its file name keeps its frame out of tracebacks. */
const setup = `
def define():
    import ast, builtins, inspect, linecache

    async def __prompt__(code, file):
        lines = code.splitlines(True)
        linecache.cache[file] = (len(code), None, lines, file)
        try:
            # A block ends with an empty line.
            made = compile(code + "\\n\\n", file, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            if not str(error).startswith("multiple statements"):
                raise
            # A program that was pasted as a whole.
            made = compile(code, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(made, globals())
        if inspect.iscoroutine(result):
            await result

    builtins.__prompt__ = __prompt__
define()
del define
`;

/** Whether CPython's prompt would ask for more. */
const incomplete = `
import codeop
def wants_more(code):
    try:
        return codeop.compile_command(code, "<input>", "single") is None
    except (SyntaxError, OverflowError, ValueError):
        return False
wants_more(__typed)
`;

/** What \`rlcompleter\` proposes for a path of names. */
const proposals = `
import itertools, rlcompleter
__completer = rlcompleter.Completer({name: value for name, value in globals().items() if name not in ("__typed", "__completer")})
list(itertools.islice(itertools.takewhile(bool, (__completer.complete(__typed, n) for n in itertools.count())), 2000))
`;

export const python: ReplLanguage = {
  name: 'python',
  title: 'Python',
  linewise: false,
  declarations: () => [],
  async begin(session) {
    await session.run(setup, { file: '<sandbox>/prompt' });
  },
  async isIncomplete(code, session) {
    // The empty line that ends a block is what tells.
    const typed = code.replace(/\n$/, '');
    if (typed.trim() === '') return false;
    return (await session.peek(incomplete, { __typed: typed })) === true;
  },
  async run(session, code, file, signal) {
    const { truncated } = await session.call('__prompt__', [code, file], signal);
    // The guest has shown its value itself, the way Python does.
    return { value: undefined, truncated };
  },
  async complete(session, line) {
    const [begun = ''] = /[\w.]*$/.exec(line) ?? [];
    if (begun === '' || /^[\d.]/.test(begun)) return [[], line];
    const found = (await session.peek(proposals, { __typed: begun })) as string[];
    return [[...new Set(found)].sort(), begun];
  },
};
