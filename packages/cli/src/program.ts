// Owns the command line's grammar and its help. What a command does is in the module of its name.
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { doctorCommand } from './doctor.js';
import { exitHelp, exits } from './exit.js';
import { inspectCommand } from './inspect.js';
import { policyShowCommand } from './policy.js';
import { type ReplFlags, replCommand } from './repl/command.js';
import { type RunFlags, runCommand } from './run.js';
import { type Language, languages, shortLanguages, sourceLanguages } from './source.js';
import { collectInputs, collectPairs, duration, size } from './units.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const runHelp = `
The value of the last expression is printed at the end, as a REPL does, unless it is null or
undefined. Arguments after -- go to the program; with --call they are the function's arguments,
each as JSON where it is JSON, otherwise as text. A WASI command and Python also get what is piped
to us.

Examples:
  $ wasm-sandbox run -c '1 + 1'
  $ wasm-sandbox run -c 'name.toUpperCase()' --input 'name="ada"'
  $ wasm-sandbox run -c 'const n: number = 41; n + 1' --lang ts
  $ wasm-sandbox run -c 'print(sum(range(10)))' --lang py
  $ wasm-sandbox run report.py --file /data.csv=./data.csv
  $ wasm-sandbox run report.py --package ./six-1.17.0-py2.py3-none-any.whl
  $ wasm-sandbox run script.js --timeout 2s --memory 32m
  $ wasm-sandbox run calculator.wasm --call add -- 5 3
  $ wasm-sandbox run wordcount.wasm --file /text=book.txt -- /text
  $ cat book.txt | wasm-sandbox run wordcount.wasm
  $ echo 'console.log("hello")' | wasm-sandbox run -
  $ wasm-sandbox run script.js --policy policy.json --json

${exitHelp}`;

const replHelp = `
State stays from input to input. An input that is not complete goes on in the next line; Tab completes
names; history is kept from prompt to prompt. Ctrl-C ends what runs: the session is then as it was
before that input, as it is after a limit. .reset begins anew, .help lists all commands, Ctrl-D leaves.

Examples:
  $ wasm-sandbox repl --lang py
  $ wasm-sandbox repl --cpu 60s --memory 256m
  $ wasm-sandbox repl --package ./mypkg-1.0.0.tgz
  $ echo 'let n = 1; n + 1' | wasm-sandbox repl`;

const topHelp = `
Examples:
  $ wasm-sandbox run -c '1 + 1'            run a snippet of JavaScript
  $ wasm-sandbox run program.wasm -- a b   run a WebAssembly program with arguments
  $ wasm-sandbox repl --lang py            a prompt for Python
  $ wasm-sandbox inspect plugin.wasm       see what a module is and needs; nothing is run
  $ wasm-sandbox policy show > my.json     a complete policy to begin with

'wasm-sandbox help run' tells everything about running, with the exit statuses.`;

/** Parses and does what is asked; gives back the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const done = (work: Promise<number>) =>
    work.then((code) => {
      status = code;
    });
  const program = build(done);
  try {
    await program.parseAsync(args as string[], { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version that were asked for are no failure; commander has written what there is to say.
    return error.exitCode === 0 ? 0 : exits.usage;
  }
}

/** A language by its name or its short name. */
function languageOption(known: readonly Language[]): Option {
  const names = [...known, ...Object.keys(shortLanguages)];
  const option = new Option('--lang <language>', 'what it is, whatever its ending').choices(names);
  const check = option.parseArg as (value: string, previous: unknown) => string;
  return option.argParser<Language>((value) => {
    const name = check(value, undefined);
    return shortLanguages[name] ?? (name as Language);
  });
}

function build(done: (work: Promise<number>) => Promise<void>): Command {
  const program = new Command('wasm-sandbox')
    .description('Runs untrusted Python, JavaScript, TypeScript and WebAssembly under a policy.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', topHelp)
    .showHelpAfterError("See 'wasm-sandbox help COMMAND'.")
    .exitOverride();

  const run = program
    .command('run')
    .summary('run a file, code, or standard input')
    .description('Runs untrusted code once, in a sandbox of its own.')
    .argument('[file]', 'a .py, .js, .ts or .wasm file, or - for standard input')
    .argument('[args...]', 'arguments for the program; put -- before them')
    .option('-c, --code <code>', 'run this code instead of a file')
    .addOption(languageOption(languages));
  guestFlags(run)
    .option(
      '-i, --input <name=json>',
      'a value that the code sees as a variable; may be repeated',
      collectInputs,
    )
    .option('--call <function>', 'call this export, or this function that the code defines')
    .option('--json', 'print one JSON document with value, output, usage or error')
    .addHelpText('after', runHelp)
    .action((file: string | undefined, args: string[], flags: RunFlags) =>
      done(runCommand(file === undefined ? args : [file, ...args], flags)),
    );

  guestFlags(
    program
      .command('repl')
      .summary('a prompt for Python, JavaScript or TypeScript, in a session that is kept')
      .description('Asks for code and answers, in one session that keeps its state.')
      .addOption(languageOption(sourceLanguages).default('javascript')),
  )
    .addHelpText('after', replHelp)
    .action((flags: ReplFlags) => done(replCommand(flags)));

  program
    .command('inspect')
    .summary('what a module is and needs; nothing is run')
    .description(
      'Shows imports, exports, limits and needed capabilities of a module, and why the policy would refuse it.',
    )
    .argument('<file>', 'a .wasm file')
    .option('-p, --policy <policy>', 'strict, moderate, permissive, or a JSON file', 'strict')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 when the policy would accept the module, 1 when not, 2 when it cannot be read.',
    )
    .action((file: string, flags: { policy: string; json?: boolean }) =>
      done(inspectCommand(file, flags)),
    );

  program
    .command('policy')
    .description('Everything about policies.')
    .command('show')
    .description(
      'Prints the effective document of a preset or a file, with every default filled in.',
    )
    .argument('[policy]', 'strict, moderate, permissive, or a JSON file', 'strict')
    .action((named: string) => done(policyShowCommand(named)));

  program
    .command('doctor')
    .description('Shows what this machine gives the sandbox, and what it lacks.')
    .option('--json', 'print the report as JSON')
    .action((flags: { json?: boolean }) => done(doctorCommand(flags)));
  return program;
}

/** What every command has that opens a sandbox. */
function guestFlags(command: Command): Command {
  return command
    .option('-p, --policy <policy>', 'strict, moderate, permissive, or a JSON file', 'strict')
    .option('-t, --timeout <duration>', 'limit on elapsed time: 500ms, 5s, 2m', duration)
    .option('--cpu <duration>', 'limit on the time that the guest itself computes', duration)
    .option('-m, --memory <size>', 'limit on memory: 64m, 512k, 1g', size)
    .option(
      '-e, --env <name=value>',
      'an environment variable; may be repeated',
      collectPairs('MODE=test'),
    )
    .option(
      '-f, --file <guest=host>',
      "copy a file into the guest's tree; may be repeated",
      collectPairs('/data.txt=./data.txt'),
    )
    .option(
      '--package <path>',
      'a wheel, an npm tarball, a zip file or a folder to import from; may be repeated',
      (path: string, before: string[] = []) => [...before, path],
    );
}
