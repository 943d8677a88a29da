import { setImmediate } from "node:timers/promises";

/** Milliseconds that each of several tasks takes, by its name. */
export type Timings = ReadonlyMap<string, number>;

export type Tasks = Readonly<Record<string, () => void>>;

const MAX_ROUNDS = 15;
const MIN_ROUNDS = 3;
/** No further round begins after this many milliseconds. */
const BUDGET = 15_000;

/**
 * The median time of each task.
 *
 * Each round runs every task once: what slows the machine down for a while slows all of them, and
 * their ratios stay. The first round is for the compiler of the engine and does not count.
 */
export async function measure(tasks: Tasks): Promise<Timings> {
  const samples = new Map<string, number[]>(Object.keys(tasks).map((name) => [name, []]));
  const begin = performance.now();
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    if (round > MIN_ROUNDS && performance.now() - begin > BUDGET) break;
    for (const [name, task] of Object.entries(tasks)) {
      const start = performance.now();
      task();
      const elapsed = performance.now() - start;
      if (round > 0) samples.get(name)?.push(elapsed);
      // Native trees are freed between the turns of the event loop.
      await setImmediate();
    }
  }
  return new Map([...samples].map(([name, times]) => [name, median(times)]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** A table: each task with its time, and how many times that of the first one. */
export function table(title: string, timings: Timings): string {
  const [base = Number.NaN] = timings.values();
  const width = Math.max(...[...timings.keys()].map((name) => name.length));
  const rows = [...timings].map(
    ([name, time]) =>
      `  ${name.padEnd(width)} ${time.toFixed(1).padStart(9)} ms ${(time / base).toFixed(2).padStart(7)}x`,
  );
  return [title, ...rows].join("\n");
}
