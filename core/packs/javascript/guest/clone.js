// Owns structuredClone. What an object is, is asked of the engine, so that neither a prototype nor a proxy can lie.
(native) => {
  const refuse = (value, why) => {
    let shown = typeof value;
    if (typeof value === 'function') shown = 'a function';
    if (typeof value === 'symbol') shown = 'a symbol';
    if (typeof value === 'object') shown = why;
    return new DOMException(`${shown} could not be cloned.`, 'DataCloneError');
  };
  const errors = {
    __proto__: null,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  };
  const define = (object, key, value) =>
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  const hidden = (object, key, value) =>
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });

  const clone = (value, seen) => {
    if (typeof value === 'function' || typeof value === 'symbol') throw refuse(value);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const kind = native.kind(value);
    const keep = (copy) => {
      seen.set(value, copy);
      return copy;
    };
    const fields = (copy) => {
      for (const key of Object.keys(value))
        if (Object.hasOwn(value, key)) define(copy, key, clone(value[key], seen));
      return copy;
    };
    switch (kind) {
      case 'object':
        return fields(keep({}));
      case 'array': {
        const copy = keep([]);
        copy.length = value.length;
        return fields(copy);
      }
      case 'date':
        return keep(new Date(native.time(value)));
      case 'boxed': {
        const inner = native.unbox(value);
        if (typeof inner === 'symbol') throw refuse(inner);
        return keep(Object(inner));
      }
      case 'regexp':
        return keep(new RegExp(value.source, value.flags));
      case 'map': {
        const copy = keep(new Map());
        const list = native.entries(value);
        for (let i = 0; i < list.length; i += 2)
          copy.set(clone(list[i], seen), clone(list[i + 1], seen));
        return copy;
      }
      case 'set': {
        const copy = keep(new Set());
        for (const one of native.entries(value)) copy.add(clone(one, seen));
        return copy;
      }
      case 'error': {
        if (value instanceof DOMException) return keep(new DOMException(value.message, value.name));
        const name = String(value.name);
        const copy = keep(new (errors[name] ?? Error)());
        const { message, stack } = value;
        if (message !== undefined) hidden(copy, 'message', String(message));
        else delete copy.message;
        if (typeof stack === 'string') hidden(copy, 'stack', stack);
        if (Object.hasOwn(value, 'cause')) hidden(copy, 'cause', clone(value.cause, seen));
        return copy;
      }
      case 'bytes':
      case 'numbers': {
        if (!ArrayBuffer.isView(value)) {
          if (value instanceof ArrayBuffer) return keep(value.slice(0));
          throw refuse(value, 'a SharedArrayBuffer');
        }
        const buffer = clone(value.buffer, seen);
        const tag = native.kind(value) === 'bytes' && !('BYTES_PER_ELEMENT' in value);
        const type = tag
          ? DataView
          : globalTypes[Object.prototype.toString.call(value).slice(8, -1)];
        return keep(new type(buffer, value.byteOffset, tag ? value.byteLength : value.length));
      }
      default:
        throw refuse(
          value,
          { weak: 'a weak collection', promise: 'a promise', proxy: 'a proxy' }[kind] ??
            'this object',
        );
    }
  };
  const globalTypes = {
    __proto__: null,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    ...(typeof Float16Array === 'function' && { Float16Array }),
  };

  const structuredClone = {
    structuredClone(value, options) {
      if (arguments.length === 0) throw new TypeError('structuredClone needs 1 argument, 0 given');
      const transfer = [...(options?.transfer ?? [])];
      for (const one of transfer) {
        if (!(one instanceof ArrayBuffer))
          throw refuse(one, 'only an ArrayBuffer can be transferred; this object');
        if (one.detached) throw refuse(one, 'a detached ArrayBuffer');
      }
      const seen = new Map();
      const copies = transfer.map((one) => [one, one.slice(0)]);
      for (const [one, copy] of copies) seen.set(one, copy);
      const copy = clone(value, seen);
      for (const one of transfer) one.transfer();
      return copy;
    },
  }.structuredClone;
  Object.defineProperty(structuredClone, 'length', { value: 1, configurable: true });
  return { structuredClone };
};
