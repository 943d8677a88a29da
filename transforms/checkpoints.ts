/** `tf.train.latest_checkpoint(folder)`: the file of a folder that the script has saved last. */
import { external, type Value } from "../src/analysis/values.ts";
import type { FunctionEntry } from "./functions.ts";

const filesIn = (folder: Value | undefined): string | undefined =>
  folder?.kind === "str" ? `${folder.value}/*` : undefined;

export const CHECKPOINTS: FunctionEntry = {
  paths: ["tensorflow.train.latest_checkpoint"],
  signature: "checkpoint_dir, latest_filename=None",
  result: ({ args }) => {
    const pattern = filesIn(args.given.get("checkpoint_dir")?.value);
    return { ...external("os"), ...(pattern !== undefined && { pattern }) };
  },
  replace: (args, { program }) => {
    const pattern = filesIn(args.value("checkpoint_dir"));
    if (pattern === undefined || !program.machine.files.find(pattern))
      return {
        kind: "unsupported",
        reason:
          "nothing here is known to save the files of this folder: PyTorch cannot read what Keras wrote to them",
      };
    return { kind: "callee", helper: "latest_checkpoint" };
  },
};
