// Owns how values are shown to people. Runs once, before any code of the guest.
// Everything it needs later is kept here, and later it uses no method, no iteration and no assignment
// to elements that a changed prototype could catch; objects are looked at through `native` only.
(native) => {
  const { apply } = Reflect;
  const { slice, indexOf, repeat } = String.prototype;
  const { toISOString } = Date.prototype;
  const regexpToString = RegExp.prototype.toString;
  const { stringify } = JSON;
  const text = String;
  const isNumber = (n) => n >= 0 || n < 0;
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
    if (single && line.length + open.length + indent.length <= LINE)
      return `${open} ${line} ${close}`;
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

  const prefixed = (name, usual) =>
    name === null || name === '' || name === usual ? '' : `${name} `;

  const showArray = (array, name, state, indent) => {
    const items = native.items(array, ITEMS);
    let parts = null;
    for (let i = 0; i < items.length; i++)
      parts = { part: field(null, items[i], state), next: parts };
    parts = addMore(parts, array.length - items.length);
    const start = name === 'Array' || name === null ? '[' : `${name}(${array.length}) [`;
    return wrap(start, addFields(array, true, parts, state), ']', indent);
  };

  const showNumbers = (array, name, indent) => {
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
    if (called === null || (called === 'Error' && name !== null))
      called = name === null ? 'Error' : name;
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
    if (cause !== native.hole)
      parts = { part: `[cause]: ${field(null, cause, state)}`, next: parts };
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

  const tooDeep = (name, kind) =>
    `[${kind === 'array' ? 'Array' : name === null ? 'Object' : name}]`;

  const showObject = (object, state) => {
    const kind = native.kind(object);
    if (kind === 'proxy') return show(native.target(object), state);
    const name = native.className(object);
    const indent = times('  ', state.level);
    if (kind === 'date') {
      const time = native.time(object);
      return isNumber(time) ? apply(toISOString, object, []) : 'Invalid Date';
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
    if (kind === 'numbers') return showNumbers(object, name, indent);
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

  return { inspect, inspectDeep, primitive, cut, find };
};
