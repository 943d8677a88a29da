/** Seconds of an epoch: Keras's script, what it is converted to, and the same training written by hand. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadParser } from "../../grammars/index.ts";
import { convert } from "../../src/convert.ts";

const SCRIPTS = ["tabular", "mlp", "cnn", "lstm"];
const ONE_THREAD = { OMP_NUM_THREADS: "1", TF_ENABLE_ONEDNN_OPTS: "0", CUDA_VISIBLE_DEVICES: "" };

function secondsOf(script: string): number {
  const { stdout, stderr } = spawnSync(".venv/bin/python", [script], {
    encoding: "utf8",
    env: { ...process.env, ...ONE_THREAD },
  });
  const [, seconds] = stdout.split("seconds ");
  if (seconds === undefined) throw new Error(stderr);
  return Number(seconds);
}

export async function measureEpochs(): Promise<void> {
  const parser = await loadParser();
  const folder = mkdtempSync(join(tmpdir(), "epochs-"));
  for (const name of SCRIPTS) {
    const path = `test/bench/epochs/${name}.py`;
    const text = readFileSync(path, "utf8");
    const { output } = convert(parser, { path, text });
    if (output === null) throw new Error(`${path} is not converted`);
    const [keras, torch] = [join(folder, `${name}_keras.py`), join(folder, `${name}_torch.py`)];
    writeFileSync(keras, text.replaceAll("from keras", "from tf_keras"));
    writeFileSync(torch, output);
    const byHand = `test/bench/epochs/${name}_by_hand.py`;
    // In turns, and the best of several: the machine has other things to do.
    const times = [keras, torch, byHand].map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < 3; round++) {
      for (const [i, script] of [keras, torch, byHand].entries())
        times[i] = Math.min(times[i] as number, secondsOf(script));
    }
    const [ofKeras, ofTorch, ofHand] = times as [number, number, number];
    console.log(
      `${name}: Keras ${ofKeras.toFixed(3)} s, converted ${ofTorch.toFixed(3)} s, by hand ${ofHand.toFixed(3)} s (${(ofTorch / ofHand).toFixed(2)} times)`,
    );
  }
}
