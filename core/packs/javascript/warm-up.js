// Run once while the pack is built, so that what most programs touch first is already there in the
// snapshot. Must leave nothing behind: what it defines is taken back before the snapshot, and what it
// computes depends on neither clock nor chance.
(async () => {
  class Shape {
    #size = 2;
    get area() {
      return this.#size ** 2;
    }
  }
  const record = {
    text: 'a\u00e9\u{1f980}',
    list: [1, 2.5, null, true],
    nested: { area: new Shape().area },
  };
  const copy = JSON.parse(JSON.stringify(record));
  const words = 'the quick brown fox'
    .split(/\s+/u)
    .map((word) => word.replace(/^./, (c) => c.toUpperCase()));
  const counts = new Map(words.map((word) => [word, word.length]));
  const sorted = [...counts].sort(([, a], [, b]) => a - b);
  const { list, ...rest } = copy;
  function* numbers() {
    yield* list;
  }
  const sum = [...numbers()].reduce((total, one) => total + Number(one), 0);
  const bytes = new Uint8Array([1, 2, 3]).map((one) => one * 2);
  const big = 2n ** 64n;
  const moment = new Date(0).toISOString();
  await Promise.all([Promise.resolve(sum), new Promise((done) => done(big))]);
  try {
    null.nothing;
  } catch (error) {
    String(error.stack);
  }
  return `${sorted.length} ${Object.keys(rest).length} ${bytes.length} ${moment} ${Math.max(...list)}`;
})();
