/** The snapshots: one folder a case, `keras.py` in it, `torch.py` where there is a conversion. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const snapshots = resolve(import.meta.dirname, "../snapshots");

/** The Keras that a script was written for, where that is not Keras 2. */
const VERSIONS: Readonly<Record<string, 1 | 3>> = {
  given_weights_keras1: 1,
  keras1_layers: 1,
  keras1_merge: 1,
  keras1_spellings: 1,
  sklearn_regression_keras1: 1,
  theano_ordering: 1,
  categories_keras3: 3,
  keras3_losses: 3,
  keras3_metrics_by_hand: 3,
  keras3_measures: 3,
  keras3_style: 3,
};

export interface Case {
  readonly name: string;
  readonly folder: string;
  readonly original: string;
  /** The committed conversion; null where the script is left alone. */
  readonly converted: string | null;
  readonly version: 1 | 2 | 3;
}

export const cases: readonly Case[] = readdirSync(snapshots, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(snapshots, entry.name, "keras.py")))
  .map(({ name }) => {
    const folder = join(snapshots, name);
    const converted = join(folder, "torch.py");
    return {
      name,
      folder,
      original: join(folder, "keras.py"),
      converted: existsSync(converted) ? readFileSync(converted, "utf8") : null,
      version: VERSIONS[name] ?? 2,
    };
  });
