/** Runs originals in Keras and conversions in PyTorch, many pairs in one go, and gives a verdict for each. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { python } from "../setup/python.ts";

const root = resolve(import.meta.dirname, "../..");
/** Keras's runs are kept as long as the script and the harness stay the same; this folder may be deleted at any time. */
const cache = join(root, "node_modules/.cache/equivalence");

export interface Pair {
  readonly id: string;
  /** The path of the original; files in `data/` beside it are there for both scripts. */
  readonly keras: string;
  /** The text of the conversion; null to run only the original. */
  readonly torch: string | null;
  readonly version: 1 | 2 | 3;
}

export interface Verdict {
  readonly id: string;
  /** `equal`, `original runs` for a pair without a conversion, or the first thing that is wrong. */
  readonly verdict: string;
  /** Everything that is wrong, one line each. */
  readonly details: readonly string[];
  readonly seconds: number;
}

interface Pending {
  readonly promise: Promise<Verdict>;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (reason: Error) => void;
}

function pending(): Pending {
  let resolve!: Pending["resolve"];
  let reject!: Pending["reject"];
  const promise = new Promise<Verdict>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => {}); // a test that was filtered out awaits nothing
  return { promise, resolve, reject };
}

/** Starts all pairs; the verdict of each can be awaited by its id. */
export function runPairs(pairs: readonly Pair[]): (id: string) => Promise<Verdict> {
  const verdicts = new Map(pairs.map(({ id }) => [id, pending()]));
  const runner = spawn(python, [join(import.meta.dirname, "run.py")], { stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  runner.stderr.on("data", (chunk) => {
    complaints = (complaints + chunk).slice(-4000);
  });
  createInterface({ input: runner.stdout }).on("line", (line) => {
    const verdict = JSON.parse(line) as Verdict;
    verdicts.get(verdict.id)?.resolve(verdict);
  });
  const end = (reason: string) => {
    for (const [id, { reject }] of verdicts)
      reject(new Error(`No verdict for ${id}: ${reason}\n${complaints}`));
  };
  runner.on("error", (error) => end(error.message));
  runner.on("close", (code) => end(`the harness ended with ${code}`));
  runner.stdin.end(JSON.stringify({ cache, fresh: Boolean(process.env.EQUIVALENCE_FRESH), pairs }));
  return (id) => {
    const verdict = verdicts.get(id);
    if (verdict === undefined) throw new Error(`No pair is called ${id}`);
    return verdict.promise;
  };
}

/** For assertions: one text with everything that is wrong. */
export function report({ verdict, details }: Verdict): string {
  return [verdict, ...details].join("\n  ");
}
