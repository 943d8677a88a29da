/** Layers that prepare data inside a model. */
import { Unsupported } from "../arguments.ts";
import { layer } from "../layer.ts";
import { call } from "../python.ts";

export const preprocessingLayers = [
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
