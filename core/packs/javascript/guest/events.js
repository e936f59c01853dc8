// Owns Event, EventTarget, AbortController and AbortSignal: what programs without a document use of them.
() => {
  let begin;
  let end;
  class Event {
    #type;
    #cancelable;
    #target = null;
    #prevented = false;
    #stopped = false;
    #time = performance.now();
    static {
      begin = (event, target) => {
        event.#target = target;
        event.#stopped = false;
      };
      end = (event) => event.#stopped;
    }
    constructor(type, options = {}) {
      if (arguments.length === 0) throw new TypeError('Event needs 1 argument, 0 given');
      this.#type = `${type}`;
      this.#cancelable = Boolean(options?.cancelable);
    }
    get type() {
      return this.#type;
    }
    get target() {
      return this.#target;
    }
    get currentTarget() {
      return this.#target;
    }
    get cancelable() {
      return this.#cancelable;
    }
    get bubbles() {
      return false;
    }
    get defaultPrevented() {
      return this.#prevented;
    }
    get timeStamp() {
      return this.#time;
    }
    preventDefault() {
      if (this.#cancelable) this.#prevented = true;
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      this.#stopped = true;
    }
  }

  class EventTarget {
    #listeners = new Map();
    addEventListener(type, callback, options) {
      if (callback == null) return;
      const { once = false, signal } = Object(typeof options === 'boolean' ? undefined : options);
      if (signal?.aborted) return;
      const name = `${type}`;
      const list = this.#listeners.get(name) ?? [];
      if (list.some((one) => one.callback === callback)) return;
      list.push({ callback, once });
      this.#listeners.set(name, list);
      signal?.addEventListener('abort', () => this.removeEventListener(name, callback));
    }
    removeEventListener(type, callback) {
      const list = this.#listeners.get(`${type}`) ?? [];
      const at = list.findIndex((one) => one.callback === callback);
      if (at >= 0) {
        list[at].removed = true;
        list.splice(at, 1);
      }
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError('dispatchEvent takes an Event');
      begin(event, this);
      for (const one of [...(this.#listeners.get(event.type) ?? [])]) {
        if (one.removed) continue;
        if (one.once) this.removeEventListener(event.type, one.callback);
        try {
          if (typeof one.callback === 'function') one.callback.call(this, event);
          else one.callback.handleEvent(event);
        } catch (error) {
          // What a listener throws is nobody's exception but the program's.
          queueMicrotask(() => {
            throw error;
          });
        }
        if (end(event)) break;
      }
      return !event.defaultPrevented;
    }
  }

  let abort;
  let make = false;
  class AbortSignal extends EventTarget {
    #reason;
    #aborted = false;
    #handler = null;
    constructor() {
      if (!make) throw new TypeError('Illegal constructor');
      super();
    }
    static {
      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason =
          reason === undefined
            ? new DOMException('This operation was aborted', 'AbortError')
            : reason;
        signal.dispatchEvent(new Event('abort'));
      };
    }
    static abort(reason) {
      const signal = fresh();
      abort(signal, reason);
      return signal;
    }
    static timeout(ms) {
      const signal = fresh();
      setTimeout(
        () => abort(signal, new DOMException('The operation timed out', 'TimeoutError')),
        ms,
      );
      return signal;
    }
    static any(signals) {
      const signal = fresh();
      for (const one of signals) {
        if (one.aborted) abort(signal, one.reason);
        else one.addEventListener('abort', () => abort(signal, one.reason), { once: true });
      }
      return signal;
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    get onabort() {
      return this.#handler;
    }
    set onabort(handler) {
      if (this.#handler) this.removeEventListener('abort', this.#handler);
      this.#handler = typeof handler === 'function' ? handler : null;
      if (this.#handler) this.addEventListener('abort', this.#handler);
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
  }
  const fresh = () => {
    make = true;
    try {
      return new AbortSignal();
    } finally {
      make = false;
    }
  };

  class AbortController {
    #signal = fresh();
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      abort(this.#signal, reason);
    }
  }
  return { Event, EventTarget, AbortSignal, AbortController };
};
