/** Layers that prepare data inside a model. */
import { type Arguments, Unsupported } from "../arguments.ts";
import { layer, type Module } from "../layer.ts";
import { call, namesGiven } from "../python.ts";

/** Numbers as `torch.as_tensor` takes them. */
function normalization(args: Arguments): Module {
  const axis = args.value("axis");
  const last = axis.kind === "num" && axis.value === -1;
  if (!last && axis.kind !== "none")
    throw new Unsupported(
      args.argument("axis") ?? args.node,
      "`Normalization` is supported over the last axis or all",
    );
  if (args.isGiven("mean") !== args.isGiven("variance")) throw args.unknown("mean");
  const keywords = {
    mean: args.isGiven("mean") ? args.text("mean") : undefined,
    variance: args.isGiven("variance") ? args.text("variance") : undefined,
    // Only the data that it adapts to ask for it.
    axis: last || args.isGiven("mean") ? undefined : "None",
  };
  return {
    code: call("Normalization", [], keywords),
    helper: "Normalization",
    keywords: namesGiven(keywords),
  };
}

export const preprocessingLayers = [
  layer({
    names: ["Normalization"],
    signatures: { keras2: "axis=-1, mean=None, variance=None, invert=False" },
    // One number for all, or one for each of the last axis.
    layout: (args, input) => (input.shape.length === 1 || args.isNone("axis") ? "elementwise" : "last-axis"),
    keepsShape: true,
    torch: "`Normalization`, an own module with Keras's `adapt`",
    notes: "Over the last axis, or with `axis=None`; `adapt` takes arrays.",
    reports: { invert: "True" },
    shape: (_, input) => ({ ...input, dtype: "float" }),
    emit: ({ args }) => ({ modules: [normalization(args)] }),
    stands: (args, rewriter) => {
      const module = normalization(args);
      return { ...module, code: `${module.code}.to(${rewriter.helper("device")})` };
    },
    cases: () => [
      {
        inputs: [[2], [3, 2], [4, 3, 2]],
        args: { mean: ["[1.0, -2.0]"], variance: ["[0.25, 2.0]", "(4, 0.0)"] },
        mutant: ["variance=[0.25, 2.0]", "variance=[2.0, 0.25]"],
      },
      {
        inputs: [[3], [3, 2], [4, 3, 2]],
        args: { axis: ["None", "-1"], mean: ["0.5"], variance: ["4.0", "9"] },
        before: ["layers.Rescaling(2.0)"],
      },
      {
        inputs: [[5, 4, 2]],
        before: ["layers.Conv2D(2, 2)"],
        args: { mean: ["[1.0, -2.0]"], variance: ["[0.25, 2.0]"] },
        after: ["layers.Conv2D(2, 2)"],
      },
    ],
  }),
  layer({
    names: ["Rescaling"],
    signatures: { keras2: "scale, offset=0.0" },
    layout: "elementwise",
    torch: "`Rescaling`, an own module",
    notes: "One factor for all channels; a factor for each is reported.",
    shape: (_, input) => ({ ...input, dtype: "float" }),
    emit: ({ args, node }) => {
      if (args.value("scale").kind !== "num" || args.value("offset").kind !== "num")
        throw new Unsupported(node, "`Rescaling` is supported with one number for all channels");
      const offset = args.number("offset") === 0 ? undefined : args.text("offset");
      return {
        modules: [
          {
            code: call("Rescaling", [args.required("scale")], { offset }),
            helper: "Rescaling",
            keywords: offset === undefined ? [] : ["offset"],
          },
        ],
      };
    },
    cases: () => [
      {
        inputs: [[5], [4, 3], [3, 4, 2]],
        args: { scale: ["1 / 255", "2."], offset: ["", "-1", "0.5"] },
        mutant: ["offset=-1", "offset=1"],
      },
      { inputs: [[3, 4, 2]], args: { scale: ["1. / 127.5"] }, after: ["layers.Conv2D(2, 2)"] },
    ],
  }),
  layer({
    names: ["Identity"],
    signatures: { keras2: "" },
    layout: "elementwise",
    torch: "nothing",
    shape: (_, input) => input,
    emit: () => ({ modules: [] }),
    cases: () => [{ inputs: [[4, 3]], after: ["layers.Dense(2)"], args: {} }],
  }),
];
