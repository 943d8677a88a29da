/** Keras's setting for the order of the axes of images: the conversion knows it, the output has none. */
import type { Construct } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import { NONE, str, UNKNOWN, type Value } from "../src/analysis/values.ts";
import type { FunctionEntry } from "./functions.ts";
import { string } from "./python.ts";

/** What the setting says in the words of Keras 2 and 3, or of Keras 1. */
function setting(m: Machine, first: string, last: string): Value {
  return m.channelsFirst === undefined ? UNKNOWN : str(m.channelsFirst ? first : last);
}

const asked = (path: string, first: string, last: string): FunctionEntry => ({
  paths: [path],
  signature: "",
  result: ({ machine }) => setting(machine, first, last),
  replace: (_, rewriter, call) => {
    const value = rewriter.program.valueOf(call);
    return value?.kind === "str"
      ? { kind: "expression", text: string(value.value) }
      : { kind: "unsupported", reason: "which of the two this is, is not known here" };
  },
});

/** Layers read the setting when they are made. */
const set: NonNullable<Construct["result"]> = ({ machine, args }) => {
  const format = args.given.get("data_format")?.value;
  const name = format?.kind === "str" ? format.value : undefined;
  const first =
    name === "channels_first" || name === "th"
      ? true
      : name === "channels_last" || name === "tf"
        ? false
        : undefined;
  machine.channelsFirst = first;
  machine.setsFormat = true;
  return NONE;
};

export const IMAGE_FORMAT: readonly FunctionEntry[] = [
  asked("keras.backend.image_data_format", "channels_first", "channels_last"),
  asked("keras.backend.image_dim_ordering", "th", "tf"),
  {
    paths: [
      "keras.backend.set_image_data_format",
      "keras.backend.set_image_dim_ordering",
      "keras.config.set_image_data_format",
    ],
    signature: "data_format, dim_ordering:data_format=None",
    result: set,
    replace: () => ({ kind: "remove" }),
  },
  asked("keras.config.image_data_format", "channels_first", "channels_last"),
];
