/** EinsumDense: a kernel that follows an equation. */

import type { TensorType } from "../../src/analysis/model.ts";
import { int } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { fansOf, scalingLine } from "../initializers.ts";
import { type Emission, type LayerCases, type LayerContext, layer, type Module } from "../layer.ts";
import { call, string, tuple } from "../python.ts";
import type { Dim } from "../sizes.ts";
import { productOf } from "../sizes.ts";
import { requireOwnAxis } from "./added-bias.ts";
import { activationOf, activityPenalty, KERNEL_AND_BIAS, KERNEL_ONLY } from "./core.ts";
import { GLOROT } from "./first-start.ts";
import { parameterOf, together, withoutBias } from "./parameters.ts";
import { numbers } from "./spatial.ts";

interface Equation {
  readonly text: string;
  readonly input: string;
  readonly weight: string;
  readonly output: string;
  /** Where the axes stand that it does not name. */
  readonly elided: "left" | "right" | undefined;
}

const isLetters = (text: string) =>
  text.length > 0 && [...text].every((c) => c.toLowerCase() !== c.toUpperCase());

/** `ab,bc->ac`, `...a,ab->...b` or `ab...,bc->ac...`; undefined for what Keras takes not or otherwise. */
function parse(text: string): Equation | undefined {
  const [left = "", output = "", more] = text.split("->");
  const [input = "", weight = "", another] = left.split(",");
  if (more !== undefined || another !== undefined) return undefined;
  const elided = input.startsWith("...") ? "left" : input.endsWith("...") ? "right" : undefined;
  const named = (part: string) =>
    elided === "left" && part.startsWith("...")
      ? part.slice(3)
      : elided === "right" && part.endsWith("...")
        ? part.slice(0, -3)
        : part;
  const equation = { text, input: named(input), weight, output: named(output), elided } as const;
  const alike = (elided !== undefined) === output.includes("...");
  const all = [equation.input, weight, equation.output];
  if (!alike || !all.every((part) => isLetters(part) && new Set(part).size === part.length)) return undefined;
  // The batch comes first.
  return elided === "left" || equation.input[0] === equation.output[0] ? equation : undefined;
}

interface Sizes {
  readonly equation: Equation;
  readonly weight: readonly Dim[];
  readonly output: readonly Dim[];
  /** Whether each axis of the kernel is one of the output. */
  readonly gives: readonly boolean[];
  readonly ofOutput: (letter: string) => Dim;
  readonly elided: number;
}

function sizesOf(args: Arguments, input: TensorType): Sizes | undefined {
  const value = args.value("equation");
  const equation = value.kind === "str" ? parse(value.value) : undefined;
  const shape = args.dimensions("output_shape") ?? [args.size("output_shape")];
  if (!equation) return undefined;
  const inputs: readonly Dim[] = [undefined, ...input.shape];
  const elided = inputs.length - equation.input.length;
  if (elided < 0 || elided > 0 !== (equation.elided !== undefined)) return undefined;
  const before = equation.elided === "left" ? elided : 0;
  const outputs = [
    undefined,
    ...(before > 0 ? inputs.slice(1, elided) : []),
    ...shape,
    ...(equation.elided === "right" ? inputs.slice(inputs.length - elided) : []),
  ];
  const ofInput = (letter: string) => inputs[equation.input.indexOf(letter) + before];
  const ofOutput = (letter: string) => outputs[equation.output.indexOf(letter) + before] ?? ofInput(letter);
  const full = before + equation.output.length + (equation.elided === "right" ? elided : 0);
  if (outputs.length !== full) return undefined;
  const known = [...equation.weight].every((c) => equation.output.includes(c) || equation.input.includes(c));
  if (!known) return undefined;
  const gives = [...equation.weight].map((letter) => equation.output.includes(letter));
  const named = [...equation.output].map(ofOutput);
  return {
    equation,
    gives,
    elided,
    ofOutput,
    weight: [...equation.weight].map((letter, i) => (gives[i] ? ofOutput(letter) : ofInput(letter))),
    output: outputs.map((dim, i) => named[i - before] ?? dim).slice(1),
  };
}

/** Whether it is `Dense`: the last axis becomes another one, the others stay. */
function isDense({ input, weight, output }: Equation, biasAxes: string | undefined): boolean {
  const [from, to] = weight;
  return (
    weight.length === 2 &&
    input.endsWith(from as string) &&
    !input.includes(to as string) &&
    output === input.slice(0, -1) + to &&
    (biasAxes === undefined || biasAxes === to)
  );
}

function emit(context: LayerContext): Emission {
  const { args, input, node } = context;
  const sizes = sizesOf(args, input);
  if (!sizes) throw new Unsupported(args.argument("equation") ?? node, "this equation is not known here");
  const { equation } = sizes;
  const axes = args.value("bias_axes");
  if (axes.kind !== "none" && axes.kind !== "str") throw args.unknown("bias_axes");
  const biasAxes = axes.kind === "str" ? axes.value : undefined;
  const dense = isDense(equation, biasAxes) && equation.elided !== "right";
  const weights = numbers(sizes.weight);
  if (!weights) throw new Unsupported(node, "the sizes of this layer's kernel are not known");
  const kernel = parameterOf(context, "kernel", {
    torch: "weight",
    form: dense ? "transpose" : "same",
    rank: weights.length,
    ...(!dense && { fans: countedFans(context, sizes, weights) }),
  });
  const biases = biasAxes === undefined ? undefined : biasSizes(sizes, biasAxes);
  if (biases && !numbers(biases)) throw new Unsupported(node, "the sizes of this layer's bias are not known");
  if (biases) requireOwnAxis(context, biases);
  else withoutBias(args);
  const rank = biases?.length ?? 1;
  const said = biases
    ? together(kernel, parameterOf(context, "bias", { torch: "bias", form: "same", rank, shape: biases }))
    : kernel;
  const made = scalingLine("{}.weight", GLOROT, countedFans(context, sizes, weights));
  const module: Module = dense
    ? {
        code: call("nn.Linear", weights.map(String), { bias: biases ? undefined : "False" }),
        init: { type: "nn.Linear", lines: biases ? KERNEL_AND_BIAS : KERNEL_ONLY },
        ...said,
      }
    : {
        code: call("EinsumDense", [string(equation.text), tuple(weights)], {
          bias: biases && tuple(numbers(biases) ?? []),
        }),
        helper: "EinsumDense",
        keywords: biases ? ["bias"] : [],
        ...said,
        initialize: [...(kernel.initialize.length === 0 && made ? [made.line] : []), ...said.initialize],
      };
  return { modules: [module, ...activationOf(context, context.output), ...activityPenalty(context)] };
}

/** A bias has sizes from the first of its axes on, 1 for those that share it. */
function biasSizes({ equation, ofOutput, elided }: Sizes, axes: string): Dim[] {
  const first = Math.min(...[...axes].map((letter) => equation.output.indexOf(letter)));
  const named = [...equation.output.slice(first)].map((letter) =>
    axes.includes(letter) ? ofOutput(letter) : int(1),
  );
  return [...named, ...Array<Dim>(equation.elided === "right" ? elided : 0).fill(int(1))];
}

/** Keras 3 counts the axes that are summed up and those that are given; before, the last two, as of any kernel. */
function countedFans({ version }: LayerContext, { gives }: Sizes, dims: readonly number[]) {
  if (version === "keras3")
    return {
      in: productOf(dims.filter((_, i) => !gives[i])),
      out: productOf(dims.filter((_, i) => gives[i])),
    };
  return fansOf(dims);
}

const usual = { activation: ["", "'relu'"] };
const cases: readonly LayerCases[] = [
  {
    inputs: [[5]],
    args: { equation: ["'ab,bc->ac'"], output_shape: ["3", "(3,)"], bias_axes: ["", "'c'"], ...usual },
    mutant: ["nn.Linear(5, 3)", "nn.Linear(5, 3, bias=False)"],
  },
  {
    inputs: [
      [4, 5],
      [2, 4, 5],
    ],
    args: { equation: ["'...x,xy->...y'"], output_shape: ["3"], bias_axes: ["", "'y'"], ...usual },
  },
  {
    inputs: [[4, 5]],
    args: {
      equation: ["'abc,cd->abd'"],
      output_shape: ["(4, 3)", "(None, 3)"],
      bias_axes: ["", "'d'"],
    },
  },
  {
    inputs: [[4, 5]],
    args: { equation: ["'abc,bd->adc'"], output_shape: ["(3, 5)"], bias_axes: ["", "'d'", "'dc'"] },
  },
  {
    inputs: [[4, 5]],
    args: { equation: ["'abc,bcd->ad'"], output_shape: ["3"], bias_axes: ["", "'d'"], ...usual },
    mutant: ['"abc,bcd->ad"', '"acb,bcd->ad"'],
  },
  {
    inputs: [[4, 6]],
    args: { equation: ["'abc,cde->abde'"], output_shape: ["(4, 2, 3)"], bias_axes: ["", "'de'", "'d'"] },
    mutant: ["bias=(2, 1)", "bias=(1, 3)"],
  },
  {
    inputs: [
      [4, 5],
      [4, 5, 2],
    ],
    args: { equation: ["'ab...,bc->ac...'"], output_shape: ["3"], bias_axes: ["", "'c'"] },
  },
  {
    inputs: [[5, 4, 2]],
    before: ["layers.Conv2D(3, 2)"],
    args: { equation: ["'abcd,de->abce'"], output_shape: ["(4, 3, 2)"], bias_axes: ["'e'"] },
  },
];

export const einsumLayer = [
  layer({
    names: ["EinsumDense"],
    signatures: {
      keras2:
        "equation, output_shape, activation=None, bias_axes=None, kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None",
      keras3:
        "equation, output_shape, activation=None, bias_axes=None, kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None, bias_constraint=None, lora_rank=None, lora_alpha=None, gptq_unpacked_column_size=None, quantization_config=None, activity_regularizer=None",
    },
    layout: "last-axis",
    torch: "`nn.Linear` where the equation is that; `EinsumDense` for others",
    notes:
      "Keras 3 adds a bias over one axis along the last or the first one where that is as long: reported.",
    reports: {
      lora_rank: "2",
      lora_alpha: "2",
      gptq_unpacked_column_size: "2",
      quantization_config: "{}",
    },
    shape: (args, input) => {
      const output = sizesOf(args, input)?.output;
      return output && { dtype: "float", shape: output };
    },
    emit,
    cases: () => cases,
  }),
];
