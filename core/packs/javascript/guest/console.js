// Owns `console`: formats, groups, counters, times. Runs once, before any code of the guest, after
// inspect.js and under the same rules: later on nothing that a changed prototype could catch.
(native, { inspect, inspectDeep, primitive, cut, find }) => {
  const { defineProperty } = Reflect;
  const { stringify } = JSON;
  const text = String;
  const parseNumber = Number;
  const parseInteger = parseInt;
  const parseDecimal = parseFloat;
  const clock = Date.now;

  const plainly = (value) => (typeof value === 'string' ? value : inspect(value));

  const asNumber = (value, parse) => {
    if (typeof value === 'bigint') return `${text(value)}n`;
    if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return 'NaN';
    return primitive(parse(value));
  };

  /** One directive, or null when it is none. */
  const directive = (letter, value) => {
    switch (letter) {
      case 's':
        return typeof value === 'string'
          ? value
          : typeof value === 'object'
            ? inspectDeep(value, 0)
            : primitive(value);
      case 'd':
        return asNumber(value, parseNumber);
      case 'i':
        return asNumber(value, parseInteger);
      case 'f':
        return asNumber(value, parseDecimal);
      case 'j':
        try {
          return text(stringify(value));
        } catch {
          return '[Circular]';
        }
      case 'o':
      case 'O':
        return inspectDeep(value, 4);
      case 'c':
        return '';
      default:
        return null;
    }
  };

  const format = (args) => {
    let out = '';
    let used = 0;
    if (args.length > 0 && typeof args[0] === 'string') {
      const template = args[0];
      let from = 0;
      used = 1;
      for (
        let at = find(template, '%', 0);
        at !== -1 && args.length > 1;
        at = find(template, '%', at)
      ) {
        const letter = template[at + 1];
        let shown = null;
        if (letter === '%') shown = '%';
        else if (used < args.length && letter !== undefined) shown = directive(letter, args[used]);
        if (shown === null) {
          at += 1;
          continue;
        }
        if (letter !== '%') used++;
        out += cut(template, from, at) + shown;
        at += 2;
        from = at;
      }
      out += cut(template, from);
    }
    for (let i = used; i < args.length; i++) out += (i === 0 ? '' : ' ') + plainly(args[i]);
    return out;
  };

  let indent = '';
  let counts = { __proto__: null };
  let starts = { __proto__: null };

  const print = (fd, shown) => {
    if (indent === '') return native.write(fd, shown);
    let lines = indent;
    let from = 0;
    for (let at = find(shown, '\n', 0); at !== -1; at = find(shown, '\n', from)) {
      lines += `${cut(shown, from, at)}\n${indent}`;
      from = at + 1;
    }
    native.write(fd, lines + cut(shown, from));
  };

  const label = (given) => (given === undefined ? 'default' : plainly(given));
  const out = (args) => print(1, format(args));
  const err = (args) => print(2, format(args));

  const elapsed = (name) => {
    const start = starts[name];
    if (start === undefined) return print(2, `Timer '${name}' does not exist`);
    print(1, `${name}: ${text(clock() - start)}ms`);
  };

  const methods = {
    log(...args) {
      out(args);
    },
    info(...args) {
      out(args);
    },
    debug(...args) {
      out(args);
    },
    warn(...args) {
      err(args);
    },
    error(...args) {
      err(args);
    },
    dir(value) {
      print(1, inspect(value));
    },
    table(...args) {
      out(args);
    },
    trace(...args) {
      const shown = format(args);
      const frames = native.frames();
      print(2, `Trace${shown === '' ? '' : `: ${shown}`}${frames === '' ? '' : `\n${frames}`}`);
    },
    assert(held, ...args) {
      if (held) return;
      const shown = format(args);
      print(2, shown === '' ? 'Assertion failed' : `Assertion failed: ${shown}`);
    },
    group(...args) {
      if (args.length > 0) out(args);
      indent += '  ';
    },
    groupCollapsed(...args) {
      if (args.length > 0) out(args);
      indent += '  ';
    },
    groupEnd() {
      indent = cut(indent, 2);
    },
    count(given) {
      const name = label(given);
      const reached = (counts[name] === undefined ? 0 : counts[name]) + 1;
      counts[name] = reached;
      print(1, `${name}: ${text(reached)}`);
    },
    countReset(given) {
      counts[label(given)] = 0;
    },
    time(given) {
      starts[label(given)] = clock();
    },
    timeLog(given) {
      elapsed(label(given));
    },
    timeEnd(given) {
      const name = label(given);
      elapsed(name);
      starts[name] = undefined;
    },
  };

  const console = {};
  for (const name of Object.keys(methods)) {
    defineProperty(console, name, {
      value: methods[name],
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });

  const reset = () => {
    indent = '';
    counts = { __proto__: null };
    starts = { __proto__: null };
  };
  return { console, reset };
};
