// Owns `console` and how values are shown to people. Runs once, before any code of the guest.
// Everything it needs later is kept here, and later it uses no method, no iteration and no assignment
// to elements that a changed prototype could catch; objects are looked at through `native` only.
(function (native) {
  const { apply, defineProperty } = Reflect;
  const { slice, indexOf, repeat } = String.prototype;
  const { toISOString } = Date.prototype;
  const regexpToString = RegExp.prototype.toString;
  const { stringify } = JSON;
  const text = String;
  const parseNumber = Number;
  const parseInteger = parseInt;
  const parseDecimal = parseFloat;
  const clock = Date.now;
  const errorStack = Object.getOwnPropertyDescriptor(Error.prototype, 'stack').get;

  const LINE = 76;
  const ITEMS = 100;
  const BYTES = 50;
  const DEPTH = 2;

  const cut = (s, from, to) => apply(slice, s, [from, to]);
  const find = (s, what, from) => apply(indexOf, s, [what, from]);
  const times = (s, count) => apply(repeat, s, [count]);

  const isWord = (s) => {
    if (s === '' || (s[0] >= '0' && s[0] <= '9')) return false;
    for (let i = 0; i < s.length; i++) {
      const c = s[i];
      const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && c !== '_' && c !== '$') return false;
    }
    return true;
  };

  /** In single quotes where it contains none, else as JSON. */
  const quote = (s) => {
    const json = stringify(s);
    if (find(s, "'") !== -1) return json;
    let inner = cut(json, 1, -1);
    for (let at = find(inner, '\\"', 0); at !== -1; at = find(inner, '\\"', at + 1)) {
      inner = cut(inner, 0, at) + cut(inner, at + 1);
    }
    return `'${inner}'`;
  };

  const primitive = (value) => {
    switch (typeof value) {
      case 'string':
        return quote(value);
      case 'number':
        return value === 0 && 1 / value < 0 ? '-0' : text(value);
      case 'bigint':
        return `${text(value)}n`;
      default:
        return text(value);
    }
  };

  const key = (name) => {
    if (typeof name === 'symbol') return `[${text(name)}]`;
    return isWord(name) ? name : quote(name);
  };

  /** `parts` is a chain {part, next}, newest first; `count` of them. One line if it fits. */
  const wrap = (open, parts, close, indent) => {
    if (parts === null) return open + close;
    let line = '';
    let lines = '';
    let single = true;
    for (let at = parts; at !== null; at = at.next) {
      if (find(at.part, '\n') !== -1) single = false;
      line = line === '' ? at.part : `${at.part}, ${line}`;
      if (line.length > LINE) single = false;
      lines = lines === '' ? `${indent}  ${at.part}` : `${indent}  ${at.part},\n${lines}`;
    }
    if (single && line.length + open.length + indent.length <= LINE) return `${open} ${line} ${close}`;
    return `${open}\n${lines}\n${indent}${close}`;
  };

  const isSeen = (object, seen) => {
    for (let at = seen; at !== null; at = at.next) if (at.object === object) return true;
    return false;
  };

  const field = (name, value, state) => {
    const start = name === null ? '' : `${key(name)}: `;
    if (value === native.getter) return `${start}[Getter]`;
    if (value === native.setter) return `${start}[Setter]`;
    if (value === native.accessor) return `${start}[Getter/Setter]`;
    if (value === native.hole) return `${start}<empty>`;
    return start + show(value, state);
  };

  const addFields = (object, named, parts, state) => {
    const fields = native.fields(object, named);
    let all = parts;
    for (let i = 0; i < fields.length; i += 2) {
      all = { part: field(fields[i], fields[i + 1], state), next: all };
    }
    return all;
  };

  const addMore = (parts, hidden) => {
    if (hidden <= 0) return parts;
    return { part: `... ${hidden} more item${hidden === 1 ? '' : 's'}`, next: parts };
  };

  const prefixed = (name, usual) => (name === null || name === '' || name === usual ? '' : `${name} `);

  const showArray = (array, name, state, indent) => {
    const items = native.items(array, ITEMS);
    let parts = null;
    for (let i = 0; i < items.length; i++) parts = { part: field(null, items[i], state), next: parts };
    parts = addMore(parts, array.length - items.length);
    const start = name === 'Array' || name === null ? '[' : `${name}(${array.length}) [`;
    return wrap(start, addFields(array, true, parts, state), ']', indent);
  };

  const showNumbers = (array, name, state, indent) => {
    const items = native.items(array, ITEMS);
    let parts = null;
    for (let i = 0; i < items.length; i++) parts = { part: primitive(items[i]), next: parts };
    return wrap(`${name} [`, items.length < ITEMS ? parts : addMore(parts, 1), ']', indent);
  };

  const showBytes = (object, name, indent) => {
    const bytes = native.bytes(object, BYTES);
    let parts = null;
    for (let i = 1; i < bytes.length; i++) parts = { part: text(bytes[i]), next: parts };
    parts = addMore(parts, bytes[0] - bytes.length + 1);
    return wrap(`${name === null ? 'Bytes' : name}(${bytes[0]}) [`, parts, ']', indent);
  };

  const showMap = (map, name, state, indent) => {
    const entries = native.entries(map);
    let parts = null;
    for (let i = 0; i < entries.length && i < 2 * ITEMS; i += 2) {
      parts = { part: `${show(entries[i], state)} => ${show(entries[i + 1], state)}`, next: parts };
    }
    parts = addMore(parts, entries.length / 2 - ITEMS);
    const start = `${name === null ? 'Map' : name}(${entries.length / 2}) {`;
    return wrap(start, addFields(map, false, parts, state), '}', indent);
  };

  const showSet = (set, name, state, indent) => {
    const entries = native.entries(set);
    let parts = null;
    for (let i = 0; i < entries.length && i < ITEMS; i++) {
      parts = { part: show(entries[i], state), next: parts };
    }
    parts = addMore(parts, entries.length - ITEMS);
    const start = `${name === null ? 'Set' : name}(${entries.length}) {`;
    return wrap(start, addFields(set, false, parts, state), '}', indent);
  };

  const property = (object, name) => {
    const value = native.inherited(object, name);
    return typeof value === 'string' ? value : null;
  };

  const showError = (error, name, state, indent) => {
    let called = property(error, 'name');
    if (called === null || (called === 'Error' && name !== null)) called = name === null ? 'Error' : name;
    const message = property(error, 'message');
    let shown = message === null || message === '' ? called : `${called}: ${message}`;
    const frames = apply(errorStack, error, []);
    if (typeof frames === 'string' && frames !== '') {
      let end = frames.length;
      while (end > 0 && frames[end - 1] === '\n') end--;
      shown += `\n${cut(frames, 0, end)}`;
    }
    if (indent !== '') {
      let lines = '';
      let from = 0;
      for (let at = find(shown, '\n', 0); at !== -1; at = find(shown, '\n', from)) {
        lines += `${cut(shown, from, at)}\n${indent}`;
        from = at + 1;
      }
      shown = lines + cut(shown, from);
    }
    let parts = addFields(error, false, null, state);
    const cause = native.read(error, 'cause');
    if (cause !== native.hole) parts = { part: `[cause]: ${field(null, cause, state)}`, next: parts };
    return parts === null ? shown : `${shown} ${wrap('{', parts, '}', indent)}`;
  };

  const showPromise = (promise, state, indent) => {
    const known = native.promise(promise);
    let part = '<pending>';
    if (known[0] === 'fulfilled') part = show(known[1], state);
    if (known[0] === 'rejected') part = `<rejected> ${show(known[1], state)}`;
    return wrap('Promise {', { part, next: null }, '}', indent);
  };

  const showFunction = (object, kind, state, indent) => {
    const called = property(object, 'name');
    const label = kind === 'class' ? 'class' : 'Function';
    const shown =
      called === null || called === ''
        ? `[${label} (anonymous)]`
        : `[${label}${kind === 'class' ? ' ' : ': '}${called}]`;
    const parts = addFields(object, false, null, state);
    return parts === null ? shown : `${shown} ${wrap('{', parts, '}', indent)}`;
  };

  const showPlain = (object, name, state, indent) => {
    const start = name === null ? '[Object: null prototype] ' : prefixed(name, 'Object');
    return wrap(`${start}{`, addFields(object, false, null, state), '}', indent);
  };

  const tooDeep = (name, kind) => `[${kind === 'array' ? 'Array' : name === null ? 'Object' : name}]`;

  const showObject = (object, state) => {
    const kind = native.kind(object);
    if (kind === 'proxy') return show(native.target(object), state);
    const name = native.className(object);
    const indent = times('  ', state.level);
    if (kind === 'date') {
      const time = native.time(object);
      return time === time ? apply(toISOString, object, []) : 'Invalid Date';
    }
    if (kind === 'regexp') return apply(regexpToString, object, []);
    if (kind === 'boxed') {
      const inner = native.unbox(object);
      return `[${name}: ${primitive(inner)}]`;
    }
    if (kind === 'weak') return `${name} { <items unknown> }`;
    if (kind === 'bytes') return showBytes(object, name, indent);
    if (isSeen(object, state.seen)) return '[Circular]';
    const inside = {
      level: state.level + 1,
      most: state.most,
      seen: { object, next: state.seen },
    };
    if (kind === 'error') return showError(object, name, inside, indent);
    if (kind === 'function' || kind === 'class') return showFunction(object, kind, inside, indent);
    if (state.level > state.most) return tooDeep(name, kind);
    if (kind === 'array') return showArray(object, name, inside, indent);
    if (kind === 'numbers') return showNumbers(object, name, inside, indent);
    if (kind === 'map') return showMap(object, name, inside, indent);
    if (kind === 'set') return showSet(object, name, inside, indent);
    if (kind === 'promise') return showPromise(object, inside, indent);
    return showPlain(object, name, inside, indent);
  };

  const show = (value, state) => {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      return showObject(value, state);
    }
    return primitive(value);
  };

  const inspectDeep = (value, most) => {
    try {
      return show(value, { level: 0, most, seen: null });
    } catch {
      return '[a value that cannot be shown]';
    }
  };
  const inspect = (value) => inspectDeep(value, DEPTH);

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
        return typeof value === 'string' ? value : typeof value === 'object' ? inspectDeep(value, 0) : primitive(value);
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
      for (let at = find(template, '%', 0); at !== -1 && args.length > 1; at = find(template, '%', at)) {
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
    defineProperty(console, name, { value: methods[name], writable: true, configurable: true, enumerable: true });
  }
  defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });

  const reset = () => {
    indent = '';
    counts = { __proto__: null };
    starts = { __proto__: null };
  };
  return { console, inspect, reset };
});
