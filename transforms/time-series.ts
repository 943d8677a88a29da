/** `timeseries_dataset_from_array`: runs of steps of a series, in batches. */
import type { CallContext } from "../src/analysis/constructs.ts";
import { array, type Num, tuple, type Value } from "../src/analysis/values.ts";
import { Unsupported } from "./arguments.ts";
import type { FunctionEntry } from "./functions.ts";
import { LOADER, pipeline } from "./pipelines.ts";

function runs({ args, machine }: CallContext): Value {
  const given = (name: string) => args.given.get(name);
  const part = (name: string, more: readonly (Num | undefined)[]): Value => {
    const value = given(name)?.value;
    return value?.kind === "array" && value.shape
      ? { ...value, shape: [undefined, ...more, ...value.shape.slice(1)], container: "tensor" }
      : array(undefined, undefined, "tensor");
  };
  const length = given("sequence_length");
  const x = part("data", [length && machine.sizeOf(length.value, length.expr)]);
  const alone = given("targets")?.value.kind === "none";
  const shuffle = given("shuffle")?.value;
  const ordered = shuffle === undefined || (shuffle.kind === "bool" && !shuffle.value);
  return pipeline(LOADER, tuple(alone ? [x] : [x, part("targets", [])]), ordered ? undefined : args);
}

export const TIME_SERIES: readonly FunctionEntry[] = [
  {
    paths: [
      "keras.utils.timeseries_dataset_from_array",
      "keras.preprocessing.timeseries_dataset_from_array",
      "keras.preprocessing.timeseries.timeseries_dataset_from_array",
      "keras.utils.timeseries_dataset.timeseries_dataset_from_array",
    ],
    signature:
      "data, targets, sequence_length, sequence_stride=1, sampling_rate=1, batch_size=128, shuffle=False, seed=None, start_index=None, end_index=None",
    result: runs,
    replace: (args, _, call) => {
      if (args.isNone("batch_size"))
        throw new Unsupported(args.argument("batch_size") ?? call, "single runs are not supported yet");
      for (const name of ["data", "targets"]) if (args.value(name).kind === "union") throw args.unknown(name);
      return { kind: "callee", helper: "timeseries_dataset_from_array", passes: true };
    },
  },
];
