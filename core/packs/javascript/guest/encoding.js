// Owns TextEncoder and TextDecoder: UTF-8, UTF-16 little endian, and latin1 in the web's sense of it.
// The work on UTF-8 is done in C (text.c).
(native) => {
  const labels = {
    __proto__: null,
    'utf-8': [
      'utf8',
      'utf-8',
      'unicode-1-1-utf-8',
      'unicode11utf8',
      'unicode20utf8',
      'x-unicode20utf8',
    ],
    'utf-16le': [
      'utf-16le',
      'utf-16',
      'ucs-2',
      'unicode',
      'iso-10646-ucs-2',
      'csunicode',
      'unicodefeff',
    ],
    'windows-1252': [
      'latin1',
      'iso-8859-1',
      'windows-1252',
      'ascii',
      'us-ascii',
      'l1',
      'cp1252',
      'iso8859-1',
      'x-cp1252',
      'iso_8859-1',
      'ansi_x3.4-1968',
      'cp819',
      'ibm819',
      'iso88591',
      'iso_8859-1:1987',
      'csisolatin1',
      'iso-ir-100',
    ],
  };
  const encodingOf = (label) => {
    const wanted = `${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
    const found = Object.keys(labels).find((name) => labels[name].includes(wanted));
    if (!found) throw new RangeError(`the encoding '${label}' is not supported`);
    return found;
  };
  const high = [
    0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
    0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
    0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
  ];
  const bytesOf = (input) => {
    if (input === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(input))
      return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    if (native.kind(Object(input)) === 'bytes') return new Uint8Array(input);
    throw new TypeError('the input of decode is neither a buffer nor a view of one');
  };
  const malformed = () => new TypeError('the encoded text is not valid');

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }
    encode(input = '') {
      return native.encode(`${input}`);
    }
    encodeInto(source, destination) {
      if (!(destination instanceof Uint8Array))
        throw new TypeError('the destination is not a Uint8Array');
      let [read, written] = [0, 0];
      for (const c of `${source}`) {
        const bytes = native.encode(c);
        if (written + bytes.length > destination.length) break;
        destination.set(bytes, written);
        written += bytes.length;
        read += c.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #rest = new Uint8Array(0);
    #begun = false;
    constructor(label = 'utf-8', options = {}) {
      this.#encoding = encodingOf(label);
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(input, options = {}) {
      const stream = Boolean(options?.stream);
      let bytes = bytesOf(input);
      if (this.#rest.length > 0) {
        const all = new Uint8Array(this.#rest.length + bytes.length);
        all.set(this.#rest);
        all.set(bytes, this.#rest.length);
        bytes = all;
      }
      let text;
      let left = 0;
      try {
        if (this.#encoding === 'utf-8') [text, left] = native.decode(bytes, this.#fatal, stream);
        else if (this.#encoding === 'utf-16le') [text, left] = this.#utf16(bytes, stream);
        else text = this.#latin(bytes);
      } catch (error) {
        this.#rest = new Uint8Array(0);
        this.#begun = false;
        throw error;
      }
      this.#rest = bytes.slice(bytes.length - left);
      if (text !== '' && !this.#begun) {
        this.#begun = true;
        if (!this.#ignoreBOM && text[0] === '\ufeff' && this.#encoding !== 'windows-1252')
          text = text.slice(1);
      }
      if (!stream) this.#begun = false;
      return text;
    }
    #utf16(bytes, stream) {
      let left = bytes.length % 2;
      const units = [];
      for (let i = 0; i + 1 < bytes.length; i += 2) units.push(bytes[i] | (bytes[i + 1] << 8));
      const last = units.at(-1);
      if (stream && last >= 0xd800 && last < 0xdc00) {
        units.pop();
        left += 2;
      }
      let text = '';
      for (let i = 0; i < units.length; i += 4096)
        text += String.fromCharCode(...units.slice(i, i + 4096));
      const odd = !stream && left > 0;
      if (this.#fatal && (odd || !text.isWellFormed())) throw malformed();
      return [text.toWellFormed() + (odd ? '\ufffd' : ''), stream ? left : 0];
    }
    #latin(bytes) {
      let text = '';
      for (const b of bytes)
        text += String.fromCharCode(b >= 0x80 && b < 0xa0 ? high[b - 0x80] : b);
      return text;
    }
  }
  return { TextEncoder, TextDecoder };
};
