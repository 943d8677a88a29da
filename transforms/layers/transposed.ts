/** Transposed convolutions. */

import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type LayerCases, type LayerEntry, layer, type Module } from "../layer.ts";
import { call, sizes, tuple } from "../python.ts";
import { type Dim, minus, plus, times } from "../sizes.ts";
import { BIAS_NOTE } from "./added-bias.ts";
import { kernelDims, kernelText } from "./convolutional.ts";
import { activationOf, activityPenalty, kernelAndBias } from "./core.ts";
import { DECONVOLUTION, firstCases, givenSizes, namesOutput, paddingTo } from "./deconvolution.ts";
import {
  channelsOf,
  mapShape,
  padModule,
  requireRank,
  resized,
  spatialLayout,
  spatialOf,
  unlessZero,
} from "./spatial.ts";
import { standIn } from "./stand-in.ts";

const TAIL =
  "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None";

/**
 * valid: h * s + max(k - s, 0); same: h * s; with an output padding o: (h - 1) * s + k - 2p + o, p being
 * k // 2 for same.
 */
function transposedShape(args: Arguments, input: TensorType, axes: number): TensorType | undefined {
  if (args.takes("output_shape")) {
    const spatial = resized(args, input, axes, (_, i) => givenSizes(args)[i]);
    return (
      spatial && { dtype: "float", shape: mapShape(args, args.size("filters"), spatialOf(args, spatial)) }
    );
  }
  const padding = args.value("padding");
  if (padding.kind !== "str") return undefined;
  const same = padding.value.toLowerCase() === "same";
  const [kernel, stride, dilation, output] = [
    "kernel_size",
    "strides",
    "dilation_rate",
    "output_padding",
  ].map((name) => args.perAxis(name, axes)) as [Dim[], Dim[], Dim[], Dim[]];
  const given = !args.isNone("output_padding");
  const spatial = resized(args, input, axes, (dim, i) => {
    const [k, s] = [extent(kernel[i]?.value, dilation[i]?.value), stride[i]];
    if (given) {
      if (k === undefined) return undefined;
      const fixed = plus(int(k - 2 * (same ? Math.floor(k / 2) : 0)), output[i]);
      return plus(times(minus(dim, int(1)), s), fixed);
    }
    const grown = times(dim, s);
    if (same) return grown;
    return k === undefined || s?.value === undefined ? undefined : plus(grown, int(Math.max(k - s.value, 0)));
  });
  return spatial && { dtype: "float", shape: mapShape(args, args.size("filters"), spatialOf(args, spatial)) };
}

/** The cells that a dilated kernel spans. */
function extent(kernel: number | undefined, dilation: number | undefined): number | undefined {
  return kernel === undefined || dilation === undefined ? undefined : (kernel - 1) * dilation + 1;
}

/**
 * PyTorch's padding and output padding for Keras's, and how many cells to cut off the end.
 *
 * Both sides lose t / 2 cells: t = k - s for same, 2 * (k // 2) - o where an output padding is given.
 */
function transposedPadding(
  kernel: number,
  stride: number,
  same: boolean,
  output: number | undefined,
): { padding: number; output: number; cut: number } {
  if (!same) return { padding: 0, output: output ?? Math.max(stride - kernel, 0), cut: 0 };
  const t = output === undefined ? kernel - stride : 2 * Math.floor(kernel / 2) - output;
  return t >= 0 ? { padding: Math.floor(t / 2), output: 0, cut: t % 2 } : { padding: 0, output: -t, cut: 0 };
}

function transposed(axes: number): LayerEntry["emit"] {
  return (context) => {
    const { args, input, layout } = context;
    requireRank(context, axes);
    const padding = args.option("padding");
    if (padding !== "same" && padding !== "valid") throw args.unknown("padding");
    const known = (name: string, dims = args.perAxis(name, axes)) =>
      dims.map((dim) => {
        if (dim?.value === undefined) throw args.unknown(name);
        return dim.value;
      });
    const kernel = known("kernel_size", kernelDims(args, axes));
    const [stride, dilation] = [known("strides"), known("dilation_rate")];
    const first = args.takes("output_shape");
    if (dilation.some((step) => step !== 1)) {
      const at = args.argument("dilation_rate") ?? context.node;
      if (stride.some((step) => step !== 1))
        throw new Unsupported(at, "Keras takes no strides and a dilation at once");
      // `import keras` may be either: the same script is another model there.
      if (axes === 3 && args.version !== "keras3")
        throw new Unsupported(
          at,
          "Keras 2 takes this dilation and does not use it, Keras 3 does",
          "Leave it out, or convert for Keras 3 where it is meant.",
        );
    }
    const output = args.isNone("output_padding") ? undefined : known("output_padding");
    const pads = first
      ? paddingTo(context, kernel, stride, padding === "same")
      : kernel.map((size, i) => {
          const cells = extent(size, dilation[i]) ?? size;
          return transposedPadding(cells, stride[i] ?? 1, padding === "same", output?.[i]);
        });
    const place = first ? ({ form: "deconvolution", fans: "swapped" } as const) : {};
    const { bias, ...said } = kernelAndBias(context, `nn.ConvTranspose${axes}d`, place);
    const channels = context.size(channelsOf(args, input));
    const code = call(
      channels === undefined ? `nn.LazyConvTranspose${axes}d` : `nn.ConvTranspose${axes}d`,
      [channels, args.required("filters"), kernelText(args, axes)],
      {
        stride: stride.every((step) => step === 1) ? undefined : args.text("strides"),
        padding: unlessZero(pads.map((pad) => pad.padding)),
        output_padding: unlessZero(pads.map((pad) => pad.output)),
        bias: bias ? undefined : "False",
        dilation: dilation.every((step) => step === 1) ? undefined : sizes(dilation),
      },
    );
    const cuts = pads.map((pad) => [0, -pad.cut] as const);
    const cut: Module[] = pads.every((pad) => pad.cut === 0)
      ? []
      : [
          {
            code: padModule(cuts),
            note: first ? "as large as it is said to be" : '"same" leaves out the last cells',
          },
        ];
    return {
      modules: [
        { code, ...said },
        ...cut,
        ...activationOf(context, context.output, layout),
        ...activityPenalty(context),
      ],
    };
  };
}

function signatures(axes: number): LayerEntry["signatures"] {
  const one = axes === 1 ? "1" : tuple(Array<number>(axes).fill(1));
  const head = `filters, kernel_size, strides=${one}, padding='valid'`;
  const tail = `dilation_rate=${one}, activation=None, use_bias=True, ${TAIL}`;
  const usual = `${head}, output_padding=None, data_format=None, ${tail}`;
  return {
    ...(axes === 2 && { keras1: DECONVOLUTION }),
    keras2: usual,
    ...(axes === 3 && { keras3: `${head}, data_format=None, output_padding=None, ${tail}` }),
  };
}

/** TensorFlow dilates sequences on GPUs, and on CPUs where it compiles. */
function compiled(args: Readonly<Record<string, string>>): string {
  return `cudnn.Compiled(${standIn("layers.Conv1DTranspose")(args)})`;
}

/** On CPUs TensorFlow takes no even kernel with an output padding of 0, and a dilation in Keras 2 and images only. */
function casesFor(axes: number): LayerCases[] {
  const map = [5, 4, 3].slice(0, axes);
  const grow = axes === 3 ? ["(1, 2, 1)"] : axes === 2 ? ["(1, 2)"] : ["4"];
  return [
    {
      inputs:
        axes === 3
          ? [[...map, 2]]
          : [
              [...map, 2],
              [...map.map((size) => size + 1), 2],
            ],
      args: {
        filters: ["3"],
        kernel_size: axes === 3 ? ["2", "3"] : ["1", "2", "3", "4", "5"],
        strides: ["", "2", ...grow],
        padding: ["", "'same'"],
      },
      mutant:
        axes === 1
          ? ["nn.ConstantPad1d((0, -1), 0.0)", "nn.ConstantPad1d((-1, 0), 0.0)"]
          : [`nn.ZeroPad${axes}d((0, -1, 0, -1`, `nn.ZeroPad${axes}d((-1, 0, -1, 0`],
    },
    {
      inputs: [[...map, 2]],
      args: {
        filters: ["3"],
        kernel_size: ["3", "5"],
        strides: ["2"],
        padding: ["", "'same'"],
        output_padding: ["1"],
        use_bias: ["False"],
        activation: ["'softmax'"],
      },
    },
    ...(axes === 2 ? firstCases() : []),
    ...(axes === 3
      ? []
      : [
          {
            inputs: [[...map, 2]],
            args: { filters: ["3"], kernel_size: ["3", "2"], padding: ["", "'same'"], dilation_rate: ["2"] },
            versions: ["keras2"] as const,
            mutant: ["dilation=", "stride="] as const,
            ...(axes === 1 && { stand: compiled }),
          },
        ]),
    {
      inputs: [[2, ...map]],
      args: {
        filters: ["3"],
        kernel_size: ["3"],
        strides: ["2"],
        padding: ["", "'same'"],
        data_format: ["'channels_first'"],
      },
      twin: true,
    },
  ];
}

export const transposedLayers = ([1, 2, 3] as const).map((axes) =>
  layer({
    names: [`Conv${axes}DTranspose`],
    signatures: signatures(axes),
    layout: spatialLayout,
    rank: axes + 1,
    torch: `\`nn.ConvTranspose${axes}d\`, with the last cells cut off where "same" is uneven`,
    ...(axes === 2 && { accepts: namesOutput }),
    notes:
      axes === 3 ? `\`dilation_rate\` in Keras 3; Keras 2 takes and ignores it. ${BIAS_NOTE}` : BIAS_NOTE,
    ...(axes === 3 && {
      reports: { dilation_rate: "2" },
    }),
    shape: (args, input) => transposedShape(args, input, axes),
    emit: transposed(axes),
    cases: () => casesFor(axes),
  }),
);
