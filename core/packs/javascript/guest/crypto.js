// Owns `crypto`: random bytes from the run's seed, as Math.random. There is no more of Web Crypto than this.
(native) => {
  const integers = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
  ];
  class Crypto {
    constructor() {
      if (made) throw new TypeError('Illegal constructor');
    }
    getRandomValues(array) {
      if (!integers.some((type) => array instanceof type))
        throw new DOMException('getRandomValues takes an array of integers', 'TypeMismatchError');
      if (array.byteLength > 65536)
        throw new DOMException(
          `getRandomValues gives at most 65536 bytes, not ${array.byteLength}`,
          'QuotaExceededError',
        );
      native.random(array.buffer, array.byteOffset, array.byteLength);
      return array;
    }
    randomUUID() {
      const bytes = new Uint8Array(16);
      native.random(bytes.buffer, 0, 16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = bytes.toHex();
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join('-');
    }
  }
  let made = false;
  const crypto = new Crypto();
  made = true;
  return { crypto, Crypto };
};
