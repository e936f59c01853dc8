// Owns what a person sees while set-up works: one line per step with its time; on a terminal also a
// line that moves; elsewhere a sign of life once a minute. Decides nothing.
const signOfLifeMs = 60_000;

export class Progress {
  #out;
  #live;
  #running = new Map();
  #timer;
  #drawn = false;

  constructor(out = process.stderr) {
    this.#out = out;
    this.#live = Boolean(out.isTTY) && !process.env.CI;
  }

  start(step) {
    this.#running.set(step, { since: Date.now(), told: Date.now(), note: '' });
    this.#timer ??= setInterval(() => this.#tick(), this.#live ? 200 : 1_000);
  }

  /** What the step is doing just now, such as the last line of its output. */
  note(step, text) {
    const entry = this.#running.get(step);
    if (entry && text.trim()) entry.note = text.trim();
  }

  end(step, mark) {
    const entry = this.#running.get(step);
    this.#running.delete(step);
    this.say(`  ${mark} ${step.padEnd(22)} ${seconds(entry).padStart(8)}`);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  say(text) {
    this.#erase();
    this.#out.write(`${text}\n`);
  }

  #tick() {
    if (this.#live) {
      const parts = [...this.#running].map(([step, e]) => `${step} ${seconds(e)} ${e.note}`);
      this.#erase();
      this.#out.write(`  … ${parts.join(' | ').slice(0, (this.#out.columns ?? 80) - 5)}`);
      this.#drawn = true;
      return;
    }
    for (const [step, entry] of this.#running) {
      if (Date.now() - entry.told < signOfLifeMs) continue;
      entry.told = Date.now();
      this.say(`  … ${step} ${seconds(entry)} ${entry.note}`.trimEnd());
    }
  }

  #erase() {
    if (this.#drawn) this.#out.write('\r\x1b[K');
    this.#drawn = false;
  }
}

const seconds = (entry) => `${((Date.now() - entry.since) / 1000).toFixed(1)} s`;
