// Owns URL and URLSearchParams as the WHATWG standard has them. Hosts beyond ASCII are refused, as names
// would have to be mapped by tables of Unicode that are not here; their `xn--` form is taken as it is.
(native) => {
  const special = {
    __proto__: null,
    'http:': '80',
    'https:': '443',
    'ws:': '80',
    'wss:': '443',
    'ftp:': '21',
    'file:': '',
  };
  const isSpecial = (url) => url.protocol in special;
  const control = (c) => c < 0x20 || c > 0x7e;
  const among = (more) => (c) => control(c) || more.includes(String.fromCharCode(c));
  const fragmentSet = among(' "<>`');
  const querySet = among(' "#<>');
  const specialQuerySet = among(' "#<>\'');
  const pathSet = among(' "#<>?^`{}');
  const userSet = among(' "#<>?^`{}/:;=@[\\]|');
  const formSet = (c) =>
    !(
      (c >= 48 && c <= 57) ||
      (c >= 65 && c <= 90) ||
      (c >= 97 && c <= 122) ||
      c === 42 ||
      c === 45 ||
      c === 46 ||
      c === 95
    );

  const hex = (n) => (n < 16 ? '%0' : '%') + n.toString(16).toUpperCase();
  const encode = (text, set) => {
    let out = '';
    for (const b of native.encode(text)) out += set(b) ? hex(b) : String.fromCharCode(b);
    return out;
  };
  const isHex = (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
  const decodeBytes = (bytes) => {
    const out = [];
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === 37 && isHex(bytes[i + 1]) && isHex(bytes[i + 2])) {
        out.push(parseInt(String.fromCharCode(bytes[i + 1], bytes[i + 2]), 16));
        i += 2;
      } else out.push(bytes[i]);
    }
    return new Uint8Array(out);
  };
  const decode = (text) => native.decode(decodeBytes(native.encode(text)), false, false)[0];
  const fail = (input, why) => {
    const error = new TypeError(`Invalid URL: ${why}`);
    error.code = 'ERR_INVALID_URL';
    error.input = input;
    return error;
  };

  const ipv4Number = (part) => {
    if (part === '') return NaN;
    if (/^0[xX][0-9a-fA-F]*$/.test(part)) return part.length === 2 ? 0 : parseInt(part, 16);
    if (/^0[0-7]+$/.test(part)) return parseInt(part, 8);
    return /^(0|[1-9][0-9]*)$/.test(part) ? Number(part) : NaN;
  };
  const endsInNumber = (host) => {
    const parts = host.split('.');
    if (parts.at(-1) === '') {
      if (parts.length === 1) return false;
      parts.pop();
    }
    return (
      /^[0-9]+$/.test(parts.at(-1)) ||
      !Number.isNaN(/^0[xX]/.test(parts.at(-1)) ? ipv4Number(parts.at(-1)) : NaN)
    );
  };
  const ipv4 = (input, host) => {
    const parts = host.split('.');
    if (parts.at(-1) === '' && parts.length > 1) parts.pop();
    const numbers = parts.map(ipv4Number);
    const last = numbers.at(-1);
    if (
      parts.length > 4 ||
      numbers.some(Number.isNaN) ||
      numbers.slice(0, -1).some((n) => n > 255) ||
      last >= 256 ** (5 - numbers.length)
    )
      throw fail(input, 'the IPv4 address is not valid');
    let whole = last;
    for (let i = 0; i < numbers.length - 1; i++) whole += numbers[i] * 256 ** (3 - i);
    return [24, 16, 8, 0].map((shift) => Math.floor(whole / 2 ** shift) % 256).join('.');
  };
  const ipv6 = (input, text) => {
    const bad = () => fail(input, 'the IPv6 address is not valid');
    const halves = text.split('::');
    if (halves.length > 2) throw bad();
    const pieces = (half) => {
      if (half === '') return [];
      const out = [];
      const parts = half.split(':');
      parts.forEach((part, i) => {
        if (part.includes('.')) {
          const bytes = part.split('.');
          const sound =
            bytes.length === 4 &&
            bytes.every((b) => /^(0|[1-9][0-9]{0,2})$/.test(b) && Number(b) < 256);
          if (i !== parts.length - 1 || !sound) throw bad();
          const [a, b, c, d] = bytes.map(Number);
          out.push(a * 256 + b, c * 256 + d);
        } else {
          if (!/^[0-9a-fA-F]{1,4}$/.test(part)) throw bad();
          out.push(parseInt(part, 16));
        }
      });
      return out;
    };
    const [head, tail] = [pieces(halves[0]), halves.length === 2 ? pieces(halves[1]) : []];
    if (halves.length === 2 && halves[0].includes('.')) throw bad();
    const missing = 8 - head.length - tail.length;
    if (halves.length === 2 ? missing < 1 : missing !== 0) throw bad();
    const all = [...head, ...Array(halves.length === 2 ? missing : 0).fill(0), ...tail];
    let best = [-1, 1];
    for (let i = 0; i < 8; i++) {
      let n = 0;
      while (i + n < 8 && all[i + n] === 0) n++;
      if (n > best[1]) best = [i, n];
    }
    let out = '';
    for (let i = 0; i < 8; i++) {
      if (i === best[0]) {
        out += i === 0 ? '::' : ':';
        i += best[1] - 1;
      } else out += all[i].toString(16) + (i < 7 ? ':' : '');
    }
    return `[${out}]`;
  };
  const forbidden = /[\0\t\n\r #/:<>?@[\\\]^|]/;
  const parseHost = (input, text, opaque) => {
    if (text[0] === '[') {
      if (text.at(-1) !== ']') throw fail(input, 'a bracket of the host is not closed');
      return ipv6(input, text.slice(1, -1));
    }
    if (opaque) {
      if (forbidden.test(text)) throw fail(input, 'the host has a forbidden character');
      return encode(text, control);
    }
    const host = decode(text).toLowerCase();
    for (const c of host) {
      if (c > '\x7f')
        throw fail(
          input,
          'hosts beyond ASCII are not supported; give the form that begins with xn--',
        );
    }
    if (
      host === '' ||
      forbidden.test(host) ||
      [...host].some((c) => c < ' ' || c === '%' || c === '\x7f')
    )
      throw fail(input, 'the host has a forbidden character or is empty');
    return endsInNumber(host) ? ipv4(input, host) : host;
  };

  const isDrive = (s) => /^[a-zA-Z][:|]$/.test(s);
  const shorten = (url) => {
    if (url.protocol === 'file:' && url.path.length === 1 && /^[a-zA-Z]:$/.test(url.path[0]))
      return;
    url.path.pop();
  };
  const addPath = (url, text) => {
    const slashes = isSpecial(url) ? /[/\\]/ : /\//;
    const parts = text.split(slashes);
    parts.forEach((part, i) => {
      const last = i === parts.length - 1;
      const dots = part.replace(/%2e/gi, '.');
      if (dots === '..') {
        shorten(url);
        if (last) url.path.push('');
      } else if (dots === '.') {
        if (last) url.path.push('');
      } else {
        let kept = encode(part, pathSet);
        if (url.protocol === 'file:' && url.path.length === 0 && isDrive(kept))
          kept = `${kept[0]}:`;
        url.path.push(kept);
      }
    });
  };
  const setQuery = (url, text) => {
    url.query = text === null ? null : encode(text, isSpecial(url) ? specialQuerySet : querySet);
  };
  const setFragment = (url, text) => {
    url.fragment = text === null ? null : encode(text, fragmentSet);
  };
  const setPort = (url, input, text) => {
    if (text === '') return;
    if (!/^[0-9]+$/.test(text) || Number(text) > 65535) throw fail(input, 'the port is not valid');
    const port = String(Number(text));
    url.port = special[url.protocol] === port ? '' : port;
  };
  const authority = (url, input, text) => {
    const at = text.lastIndexOf('@');
    if (at >= 0) {
      const user = text.slice(0, at);
      const colon = user.indexOf(':');
      url.username = encode(colon < 0 ? user : user.slice(0, colon), userSet);
      url.password = colon < 0 ? '' : encode(user.slice(colon + 1), userSet);
    }
    const place = text.slice(at + 1);
    const found = /^(\[[^\]]*\]?|[^:]*)(?::(.*))?$/s.exec(place);
    if (!found) throw fail(input, 'the host is not valid');
    const [, host, port = ''] = found;
    if (host === '' && (isSpecial(url) || at >= 0 || place !== ''))
      throw fail(input, 'the host is missing');
    url.host = host === '' ? '' : parseHost(input, host, !isSpecial(url));
    setPort(url, input, port);
  };
  const cutAt = (text, pattern) => {
    const at = text.search(pattern);
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
  };

  const parse = (given, base) => {
    const input = given.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
    const url = {
      protocol: '',
      username: '',
      password: '',
      host: null,
      port: '',
      path: [],
      opaque: null,
      query: null,
      fragment: null,
    };
    const hash = input.indexOf('#');
    let rest = hash < 0 ? input : input.slice(0, hash);
    const fragment = hash < 0 ? null : input.slice(hash + 1);
    const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(rest);
    let relative = !scheme;
    if (scheme) {
      url.protocol = scheme[0].toLowerCase();
      const after = rest.slice(scheme[0].length);
      if (
        base &&
        isSpecial(url) &&
        url.protocol === base.protocol &&
        url.protocol !== 'file:' &&
        !/^[/\\]{2}/.test(after)
      )
        relative = true;
      rest = after;
    }
    if (relative) {
      if (!base) throw fail(given, 'it is not absolute and there is no base');
      if (base.opaque !== null && (rest !== '' || fragment === null))
        throw fail(given, 'the base cannot have anything relative to it');
      url.protocol = base.protocol;
    }
    const question = rest.indexOf('?');
    let query = question < 0 ? null : rest.slice(question + 1);
    if (question >= 0) rest = rest.slice(0, question);
    const slash = isSpecial(url) ? /[/\\]/ : /\//;
    const file = url.protocol === 'file:';
    const from = (source) => {
      [url.username, url.password, url.host, url.port] = [
        source.username,
        source.password,
        source.host,
        source.port,
      ];
    };
    const isSlash = (i) => rest[i] !== undefined && slash.test(rest[i]);
    if (file) {
      if (isSlash(0) && isSlash(1)) {
        let [host, path] = cutAt(rest.slice(2), slash);
        if (isDrive(host)) [host, path] = ['', `/${host}${path}`];
        url.host = host === '' ? '' : parseHost(given, host, false);
        if (url.host === 'localhost') url.host = '';
        addPath(url, path.slice(1));
      } else if (isSlash(0)) {
        url.host = base?.protocol === 'file:' ? base.host : '';
        if (
          base?.protocol === 'file:' &&
          !/^[/\\][a-zA-Z][:|]([/\\]|$)/.test(rest) &&
          /^[a-zA-Z]:$/.test(base.path[0] ?? '')
        )
          url.path.push(base.path[0]);
        addPath(url, rest.slice(1));
      } else if (base?.protocol === 'file:') {
        url.host = base.host;
        if (/^[a-zA-Z][:|]([/\\]|$)/.test(rest)) addPath(url, rest);
        else {
          url.path = [...base.path];
          if (rest !== '') {
            shorten(url);
            addPath(url, rest);
          } else if (query === null) url.query = base.query;
        }
      } else {
        url.host = '';
        addPath(url, rest);
      }
    } else if (relative && base.opaque !== null) {
      [url.opaque, url.query] = [base.opaque, base.query];
      query = null;
    } else if (relative && !(isSlash(0) && isSlash(1))) {
      from(base);
      if (isSlash(0)) addPath(url, rest.slice(1));
      else {
        url.path = [...base.path];
        if (rest !== '') {
          shorten(url);
          addPath(url, rest);
        } else if (query === null) url.query = base.query;
      }
    } else if (isSpecial(url)) {
      const [place, path] = cutAt(rest.replace(/^[/\\]*/, ''), slash);
      authority(url, given, place);
      addPath(url, path.slice(1));
    } else if (isSlash(0) && isSlash(1)) {
      const [place, path] = cutAt(rest.slice(2), slash);
      authority(url, given, place);
      if (path !== '') addPath(url, path.slice(1));
    } else if (isSlash(0)) {
      addPath(url, rest.slice(1));
    } else {
      url.opaque = encode(rest, control);
      if (query === null && fragment === null) url.opaque = url.opaque.replace(/ +$/, '');
      else url.opaque = url.opaque.replace(/ +$/, (spaces) => `${spaces.slice(1)}%20`);
    }
    if (query !== null) setQuery(url, query);
    setFragment(url, fragment);
    return url;
  };
  const pathOf = (url) => {
    if (url.opaque !== null) return url.opaque;
    return url.path.map((part) => `/${part}`).join('');
  };
  const write = (url) => {
    let out = url.protocol;
    if (url.host !== null) {
      out += '//';
      if (url.username !== '' || url.password !== '')
        out += `${url.username}${url.password === '' ? '' : `:${url.password}`}@`;
      out += url.host + (url.port === '' ? '' : `:${url.port}`);
    } else if (url.opaque === null && url.path.length > 1 && url.path[0] === '') out += '/.';
    out += pathOf(url);
    if (url.query !== null) out += `?${url.query}`;
    return url.fragment === null ? out : `${out}#${url.fragment}`;
  };

  const usv = (value) => `${value}`.toWellFormed();
  const formDecode = (text) => decode(text.replaceAll('+', ' '));
  const formEncode = (text) => encode(text, (c) => c !== 32 && formSet(c)).replaceAll(' ', '+');
  const parsePairs = (text) =>
    text
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return at < 0
          ? [formDecode(part), '']
          : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))];
      });
  const need = (count, given, name) => {
    if (given < count)
      throw new TypeError(
        `${name} needs ${count} argument${count === 1 ? '' : 's'}, ${given} given`,
      );
  };
  /** Makes a list of pairs change its URL's query. */
  let bind;

  class URLSearchParams {
    #pairs = [];
    #changed = () => {};
    static {
      bind = (params, text, changed) => {
        params.#pairs = parsePairs(text);
        if (changed) params.#changed = changed;
      };
    }
    constructor(init = '') {
      if (init !== null && (typeof init === 'object' || typeof init === 'function')) {
        if (init[Symbol.iterator] != null) {
          for (const pair of init) {
            const both = [...pair];
            if (both.length !== 2)
              throw new TypeError('each pair of URLSearchParams has to have a name and a value');
            this.#pairs.push(both.map(usv));
          }
        } else
          for (const name of Reflect.ownKeys(init))
            if (Object.prototype.propertyIsEnumerable.call(init, name))
              this.#pairs.push([usv(name), usv(init[name])]);
      } else this.#pairs = parsePairs(usv(init).replace(/^\?/, ''));
    }
    get size() {
      return this.#pairs.length;
    }
    append(name, value) {
      need(2, arguments.length, 'append');
      this.#pairs.push([usv(name), usv(value)]);
      this.#changed();
    }
    delete(name, value) {
      need(1, arguments.length, 'delete');
      const [n, v] = [usv(name), value === undefined ? undefined : usv(value)];
      this.#pairs = this.#pairs.filter(
        (pair) => pair[0] !== n || (v !== undefined && pair[1] !== v),
      );
      this.#changed();
    }
    get(name) {
      need(1, arguments.length, 'get');
      const n = usv(name);
      return this.#pairs.find((pair) => pair[0] === n)?.[1] ?? null;
    }
    getAll(name) {
      need(1, arguments.length, 'getAll');
      const n = usv(name);
      return this.#pairs.filter((pair) => pair[0] === n).map((pair) => pair[1]);
    }
    has(name, value) {
      need(1, arguments.length, 'has');
      const [n, v] = [usv(name), value === undefined ? undefined : usv(value)];
      return this.#pairs.some((pair) => pair[0] === n && (v === undefined || pair[1] === v));
    }
    set(name, value) {
      need(2, arguments.length, 'set');
      const [n, v] = [usv(name), usv(value)];
      const at = this.#pairs.findIndex((pair) => pair[0] === n);
      if (at < 0) this.#pairs.push([n, v]);
      else {
        this.#pairs[at][1] = v;
        this.#pairs = this.#pairs.filter((pair, i) => i <= at || pair[0] !== n);
      }
      this.#changed();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(callback, self) {
      if (typeof callback !== 'function') throw new TypeError('the callback is not a function');
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]];
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    toString() {
      return this.#pairs
        .map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`)
        .join('&');
    }
  }
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries,
    writable: true,
    configurable: true,
  });

  class URL {
    #url;
    #params;
    constructor(url, base = undefined) {
      need(1, arguments.length, 'URL');
      this.#url = parse(usv(url), base === undefined ? undefined : parse(usv(base)));
      this.#params = new URLSearchParams();
      bind(this.#params, this.#url.query ?? '', () => {
        const text = this.#params.toString();
        this.#url.query = text === '' ? null : text;
      });
    }
    static canParse(url, base = undefined) {
      return URL.parse(url, base) !== null;
    }
    static parse(url, base = undefined) {
      try {
        return new URL(url, base);
      } catch {
        return null;
      }
    }
    get href() {
      return write(this.#url);
    }
    set href(value) {
      this.#url = parse(usv(value));
      bind(this.#params, this.#url.query ?? '');
    }
    get origin() {
      const url = this.#url;
      if (url.protocol === 'blob:') {
        const inner = URL.parse(pathOf(url));
        return inner && /^https?:$/.test(inner.protocol) ? inner.origin : 'null';
      }
      return isSpecial(url) && url.protocol !== 'file:' ? `${url.protocol}//${this.host}` : 'null';
    }
    get protocol() {
      return this.#url.protocol;
    }
    set protocol(value) {
      const found = /^([a-zA-Z][a-zA-Z0-9+.-]*)(:|$)/.exec(usv(value));
      if (!found) return;
      const wanted = `${found[1].toLowerCase()}:`;
      const url = this.#url;
      if (wanted in special !== isSpecial(url)) return;
      if (wanted === 'file:' && (url.username !== '' || url.password !== '' || url.port !== ''))
        return;
      if (url.protocol === 'file:' && url.host === '') return;
      url.protocol = wanted;
      if (special[wanted] === url.port) url.port = '';
    }
    get username() {
      return this.#url.username;
    }
    set username(value) {
      if (this.#url.host && this.#url.protocol !== 'file:')
        this.#url.username = encode(usv(value), userSet);
    }
    get password() {
      return this.#url.password;
    }
    set password(value) {
      if (this.#url.host && this.#url.protocol !== 'file:')
        this.#url.password = encode(usv(value), userSet);
    }
    get host() {
      const { host, port } = this.#url;
      return host === null ? '' : host + (port === '' ? '' : `:${port}`);
    }
    set host(value) {
      this.#place(usv(value), true);
    }
    get hostname() {
      return this.#url.host ?? '';
    }
    set hostname(value) {
      this.#place(usv(value), false);
    }
    #place(text, withPort) {
      const url = this.#url;
      if (url.opaque !== null) return;
      const [place] = cutAt(text, isSpecial(url) ? /[/\\?#]/ : /[/?#]/);
      const [, host = '', port] = /^(\[[^\]]*\]?|[^:]*)(?::([0-9]*).*)?$/s.exec(place) ?? [];
      if (host === '' && (isSpecial(url) || port !== undefined)) return;
      if (!withPort && port !== undefined) return;
      try {
        const parsed = host === '' ? '' : parseHost(text, host, !isSpecial(url));
        url.host = parsed;
        if (withPort && port) setPort(url, text, port);
      } catch {
        // A setter ignores what cannot be parsed.
      }
    }
    get port() {
      return this.#url.port;
    }
    set port(value) {
      const url = this.#url;
      if (!url.host || url.protocol === 'file:') return;
      const text = usv(value);
      const [digits] = /^[0-9]*/.exec(text);
      if (text === '') url.port = '';
      else if (digits !== '' && Number(digits) <= 65535) setPort(url, text, digits);
    }
    get pathname() {
      return pathOf(this.#url);
    }
    set pathname(value) {
      const url = this.#url;
      if (url.opaque !== null) return;
      url.path = [];
      const text = usv(value).replace(/[\t\n\r]/g, '');
      addPath(url, text.replace(isSpecial(url) ? /^[/\\]/ : /^\//, ''));
    }
    get search() {
      return this.#url.query ? `?${this.#url.query}` : '';
    }
    set search(value) {
      const text = usv(value)
        .replace(/^\?/, '')
        .replace(/[\t\n\r]/g, '');
      setQuery(this.#url, usv(value) === '' ? null : text);
      bind(this.#params, this.#url.query ?? '');
    }
    get searchParams() {
      return this.#params;
    }
    get hash() {
      return this.#url.fragment ? `#${this.#url.fragment}` : '';
    }
    set hash(value) {
      const text = usv(value)
        .replace(/^#/, '')
        .replace(/[\t\n\r]/g, '');
      setFragment(this.#url, usv(value) === '' ? null : text);
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }
  return { URL, URLSearchParams };
};
