// Owns giving the module's memory a maximum, the way a sandbox limits it: rewrites the memory section.
// Everything else of the module stays byte for byte.

const memorySection = 5;

const leb = (value) => {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value);
  return bytes;
};

function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

export function capped(bytes, pages) {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const [size, content] = readLeb(bytes, at + 1);
    if (bytes[at] === memorySection) {
      const [least] = readLeb(bytes, content + 2);
      const limits = [1, 1, ...leb(least), ...leb(pages)];
      parts.push(Buffer.from([memorySection, ...leb(limits.length), ...limits]));
    } else {
      parts.push(bytes.subarray(at, content + size));
    }
    at = content + size;
  }
  return new WebAssembly.Module(Buffer.concat(parts));
}
