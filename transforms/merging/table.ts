/** Layers that take several inputs, and the functions of the same kind: one entry each. */
import type { Construct } from "../../src/analysis/constructs.ts";
import { stepOf, tensorsIn } from "../../src/analysis/functional.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import { type KerasObject, UNKNOWN, type Value } from "../../src/analysis/values.ts";
import { Arguments, Unsupported } from "../arguments.ts";
import { type MergeOptions, type MergeRule, RULES } from "./rules.ts";

type RuleName = keyof typeof RULES;

export interface MergeEntry {
  /** The layer's name in `keras.layers`, and that of the function that makes and calls it. */
  readonly name: string;
  readonly function?: string;
  readonly signatures: Construct["signatures"];
  /** What it becomes, for the table of layers. */
  readonly torch: string;
  readonly notes?: string;
  readonly rule: (args: Arguments) => RuleName;
  /** What the arguments say, of inputs of these types. */
  readonly options?: (args: Arguments, inputs: readonly TensorType[]) => MergeOptions;
}

const by = (rule: RuleName) => () => rule;

/** An axis given as an argument, counted from 1 after the batch; undefined where it is not known. */
function axisOf(value: Value | undefined, input: TensorType | undefined): number | undefined {
  if (value?.kind !== "num" || value.value === undefined || !input) return undefined;
  return value.value < 0 ? value.value + input.shape.length + 1 : value.value;
}

/** The axes of both inputs: one number for both, or one each. */
function axesOf(args: Arguments, name: string, [a, b]: readonly TensorType[]): MergeOptions["axes"] {
  const value = args.value(name);
  const both = value.kind === "list" || value.kind === "tuple" ? value.elements : [value, value];
  const [x, y] = [axisOf(both[0], a), axisOf(both[1], b)];
  return x !== undefined && y !== undefined && x > 0 && y > 0 ? [x, y] : undefined;
}

const MODES: Readonly<Record<string, RuleName>> = {
  sum: "sum",
  mul: "product",
  concat: "joined",
  ave: "mean",
  max: "largest",
  dot: "dot",
};

/** `Merge([a, b], mode="concat")` of Keras 1. */
function modeOf(args: Arguments): RuleName {
  const mode = args.value("mode");
  const rule = mode.kind === "str" ? MODES[mode.value] : undefined;
  if (!rule)
    throw new Unsupported(args.argument("mode") ?? args.node, "this `mode` of merging is not supported");
  return rule;
}

export const MERGES: readonly MergeEntry[] = [
  { name: "Add", function: "add", signatures: { keras2: "" }, torch: "`a + b`", rule: by("sum") },
  {
    name: "Subtract",
    function: "subtract",
    signatures: { keras2: "" },
    torch: "`a - b`",
    rule: by("difference"),
  },
  {
    name: "Multiply",
    function: "multiply",
    signatures: { keras2: "" },
    torch: "`a * b`",
    rule: by("product"),
  },
  {
    name: "Average",
    function: "average",
    signatures: { keras2: "" },
    torch: "`(a + b) / 2`",
    rule: by("mean"),
  },
  {
    name: "Maximum",
    function: "maximum",
    signatures: { keras2: "" },
    torch: "`torch.maximum`",
    rule: by("largest"),
  },
  {
    name: "Minimum",
    function: "minimum",
    signatures: { keras2: "" },
    torch: "`torch.minimum`",
    rule: by("smallest"),
  },
  {
    name: "Concatenate",
    function: "concatenate",
    signatures: { keras2: "axis=-1" },
    torch: "`torch.cat`",
    rule: by("joined"),
    options: (args, [first]) => ({ axis: axisOf(args.value("axis"), first) }),
  },
  {
    name: "Dot",
    function: "dot",
    signatures: { keras2: "axes, normalize=False" },
    torch: "a product and its sum, `@` or `torch.einsum`",
    notes: "of vectors and sequences",
    rule: by("dot"),
    options: (args, inputs) => ({ axes: axesOf(args, "axes", inputs), normalize: args.flag("normalize") }),
  },
  {
    name: "Merge",
    function: "merge",
    signatures: {
      keras1:
        "layers=None, mode='sum', concat_axis=-1, dot_axes=-1, output_shape=None, output_mask=None, arguments=None, node_indices=None, tensor_indices=None",
    },
    torch: "what its `mode` asks for",
    notes: "`mode='cos'` and functions are reported, and so are axes of dot products counted from the front",
    rule: modeOf,
    options: (args, inputs) => {
      const axes = args.value("dot_axes");
      // Keras 1 counted from the end what was given as a positive number.
      const known = axes.kind !== "num" || (axes.value ?? 0) < 0;
      return {
        axis: axisOf(args.value("concat_axis"), inputs[0]),
        axes: known ? axesOf(args, "dot_axes", inputs) : undefined,
      };
    },
  },
];

interface MergeConstruct extends Construct {
  readonly merge: MergeEntry;
}

/** The entry of a layer of several inputs; undefined for other layers. */
export function mergeOf(layer: Value | undefined): MergeEntry | undefined {
  return layer?.kind === "object" ? (layer.construct as MergeConstruct).merge : undefined;
}

/** The rule of such a layer, and what its arguments say. */
export function ruleOfMerge(
  entry: MergeEntry,
  args: Arguments,
  inputs: readonly TensorType[],
): { readonly rule: MergeRule; readonly options: MergeOptions } {
  const rule: MergeRule = RULES[entry.rule(args)];
  return { rule, options: entry.options?.(args, inputs) ?? {} };
}

const shapeOf =
  (entry: MergeEntry): NonNullable<Construct["merges"]> =>
  (bound, inputs, machine) => {
    const args = new Arguments(bound, machine.module, machine, (expr) => machine.source(expr));
    try {
      const { rule, options } = ruleOfMerge(entry, args, inputs);
      if (inputs.length < 2 || (rule.inputs ?? inputs.length) !== inputs.length) return undefined;
      return rule.shape(inputs, options);
    } catch (error) {
      if (error instanceof Unsupported) return undefined;
      throw error;
    }
  };

const COMMON = "name=None, dtype=None, trainable=True";

/** `concatenate([a, b])` makes the layer and calls it. */
const makes =
  (layer: MergeConstruct): NonNullable<Construct["result"]> =>
  ({ machine, call, args }) => {
    const from = tensorsIn(machine, args.given.get("inputs")?.value ?? UNKNOWN);
    const object: KerasObject = { kind: "object", construct: layer, args, node: call };
    return (from && stepOf(machine, object, call, call, from, true)) ?? UNKNOWN;
  };

export const mergeConstructs: readonly Construct[] = MERGES.flatMap((entry): Construct[] => {
  const signatures = (before: string) =>
    Object.fromEntries(
      Object.entries(entry.signatures).map(([version, text]) => [
        version,
        [before, text.replace("layers=None, ", before ? "" : "layers=None, "), before ? "" : "*", COMMON]
          .filter((part) => part !== "")
          .join(", "),
      ]),
    );
  const layer: MergeConstruct = {
    path: `keras.layers.${entry.name}`,
    kind: "layer",
    signatures: signatures(""),
    merges: shapeOf(entry),
    merge: entry,
  };
  if (!entry.function) return [layer];
  return [
    layer,
    {
      path: `keras.layers.${entry.function}`,
      kind: "function",
      signatures: signatures("inputs"),
      result: makes(layer),
    },
  ];
});
