/** What the arguments of a layer say about one of its weights: initializer, regularizer, constraint. */

import type { Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { FunctionValue } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { constraintLines } from "../constraints.ts";
import { type Fans, fansOf } from "../initializers.ts";
import type { LayerContext, Module } from "../layer.ts";
import { penaltyTerms } from "../regularizers.ts";
import type { Dim } from "../sizes.ts";
import { inferFunction } from "../tensors/inference.ts";
import { axisIn, fromKeras, type WeightForm } from "../weights.ts";

/** Where a weight of Keras's is kept. */
export interface Place {
  /** The module's parameter. */
  readonly torch: string;
  readonly form: WeightForm;
  /** Axes of Keras's array. */
  readonly rank: number;
  /** Their sizes, where PyTorch counts no fans, or others. */
  readonly shape?: readonly Dim[];
  readonly fans?: Fans;
  /** The last part of the weight's name in Keras, where it is not that of the arguments. */
  readonly keras?: string;
}

/** Forms whose fans PyTorch counts as Keras does; those of vectors and maps it counts in another way, or not at all. */
const KERNELS: ReadonlySet<WeightForm> = new Set([
  "transpose",
  "kernel",
  "deconvolution",
  "depthwise",
  "gru-kernel",
  "cudnn-lstm-kernel",
  "cudnn-gru-kernel",
]);
const OTHERS = { in: undefined, out: undefined };

export type Said = Required<Pick<Module, "initialize" | "penalties" | "constraints" | "weights">>;

/** @param name what the arguments begin with: `kernel` of `kernel_initializer` */
export function parameterOf(context: LayerContext, name: string, place: Place): Said {
  const { args } = context;
  const { torch, form, rank, keras } = place;
  const counted = place.shape && fansOf(place.shape.map((dim) => dim?.value));
  const fans = place.fans ?? counted ?? (KERNELS.has(form) ? undefined : OTHERS);
  return {
    initialize:
      ownInitializer(context, name, place) ?? context.initializer(`${name}_initializer`, torch, fans),
    penalties:
      ownPenalty(context, name, place) ??
      orthogonalPenalty(context, `${name}_regularizer`, place) ??
      penaltyTerms(args, `${name}_regularizer`, torch),
    constraints:
      ownConstraint(context, name, place) ??
      constraintLines(
        args,
        `${name}_constraint`,
        torch,
        (axis) => axisIn(form, rank, axis),
        (helper) => context.helper(helper),
      ),
    weights: [{ keras: keras ?? name, torch: [torch], form, rank }],
  };
}

/** The term of `OrthogonalRegularizer`, over the rows of Keras's matrix or over its columns. */
function orthogonalPenalty(
  context: LayerContext,
  argument: string,
  place: Place,
): readonly string[] | undefined {
  const value = context.args.value(argument);
  const path = "keras.regularizers.OrthogonalRegularizer";
  const matrix = place.rank === 2 && ["transpose", "same"].includes(place.form);
  if (value.kind !== "object" || value.construct.path !== path || !matrix || value.args.unbound.length > 0)
    return undefined;
  const own = context.args.of(value.args, value.node);
  const columns = own.option("mode") === "columns";
  const weight = `{}.${place.torch}${columns === (place.form === "transpose") ? "" : ".T"}`;
  return [`${context.helper("orthogonal_penalty")}(${weight}, ${own.factor("factor") ?? "0.01"})`];
}

/** The term of a regularizer that is a function of the script: it gets the weight in Keras's layout. */
function ownPenalty(context: LayerContext, name: string, place: Place): readonly string[] | undefined {
  const argument = `${name}_regularizer`;
  const own = context.weightFunction(context.args.value(argument), context.args.expr(argument));
  if (!own) return undefined;
  const at = context.args.argument(argument) ?? context.node;
  if (!own.scalar) throw new Unsupported(at, "what this regularizer gives is not known to be one number");
  return [own.on(laidOut(place, at))];
}

/** A constraint that is a function of the script. */
function ownConstraint(context: LayerContext, name: string, place: Place): readonly string[] | undefined {
  const argument = `${name}_constraint`;
  const { args } = context;
  const own = context.weightFunction(args.value(argument), args.expr(argument));
  if (!own) return undefined;
  const at = args.argument(argument) ?? context.node;
  const shape = Array<undefined>(place.rank).fill(undefined);
  const { elementwise } = inferFunction(args.machine, own.rule, { shape: shape.slice(1), dtype: "float" });
  const weight = `{}.${place.torch}`;
  if (elementwise) return [`${weight}.copy_(${own.on(weight)})`];
  const { torch, form, rank } = place;
  const text = own.on(laidOut(place, at));
  const [back] =
    fromKeras({ keras: "", torch: [torch], form, rank }, own.name === undefined ? `(${text})` : text) ?? [];
  if (back === undefined) throw new Unsupported(at, "a constraint of the script's own is not supported here");
  return [`${weight}.copy_(${back})`];
}

/** The line of an initializer that is a function of the script: it gets the shape that Keras's array has. */
function ownInitializer(context: LayerContext, name: string, place: Place): readonly string[] | undefined {
  const argument = `${name}_initializer`;
  const { args } = context;
  const own = context.makingFunction(args.value(argument), args.expr(argument));
  if (!own) return undefined;
  const at = args.argument(argument) ?? context.node;
  const weight = `{}.${place.torch}`;
  const made = (shaped: string) => {
    const text = own.on(`${shaped}.shape`);
    return own.tensor ? text : `torch.as_tensor(${text})`;
  };
  // Keras makes the bias of an LSTM gate by gate, both of a GRU at once.
  const alike = drawsCells(own.rule);
  const inParts = name === "bias" && args.takes("unit_forget_bias") && !alike;
  if (inParts || place.form === "gru-bias")
    throw new Unsupported(at, "an initializer of the script's own is not supported for this weight");
  if (alike) return [`${weight}.data.copy_(${made(weight)})`];
  const { torch, form, rank } = place;
  const [back] = fromKeras({ keras: "", torch: [torch], form, rank }, made(laidOut(place, at))) ?? [];
  if (back === undefined)
    throw new Unsupported(at, "an initializer of the script's own is not supported here");
  return [`${weight}.data.copy_(${back})`];
}

/** Calls whose cells are all drawn alike: only the number of cells matters to them. */
const DRAWS = ["random_normal", "random_uniform", "normal", "uniform", "zeros", "ones"];

/** Whether a function of a shape only draws cells of that shape, each like the others. */
export function drawsCells({ node, self }: FunctionValue): boolean {
  const [shape] = node.params.slice(self ? 1 : 0);
  const [statement, ...others] =
    node.type === "Lambda" ? [] : node.body.filter((one) => one.type !== "ExprStmt");
  const given = node.type === "Lambda" ? node.body : statement?.type === "Return" && statement.value;
  if (others.length > 0 || !given || given.type !== "Call") return false;
  const { func, args } = given;
  const uses = args.filter(({ value }) => mentions(value, shape?.name ?? ""));
  return (
    func.type === "Attribute" &&
    DRAWS.includes(func.attr) &&
    uses.length === 1 &&
    uses[0]?.value.type === "Name"
  );
}

function mentions(node: Node, name: string): boolean {
  let found = false;
  walk(node, (one) => {
    found ||= one.type === "Name" && one.id === name;
    return !found;
  });
  return found;
}

/** The parameter as Keras's array lies. */
function laidOut({ torch, form, rank }: Place, at: Node): string {
  const weight = `{}.${torch}`;
  if (form === "same") return weight;
  if (form === "transpose") return `${weight}.T`;
  if (form === "kernel") {
    const axes = Array.from({ length: rank - 2 }, (_, i) => i + 2);
    return `${weight}.permute(${[...axes, 1, 0].join(", ")})`;
  }
  throw new Unsupported(
    at,
    "an initializer, regularizer or constraint of the script's own is not supported for this weight",
  );
}

/** What is said about several weights of one module. */
export function together(...all: readonly Said[]): Said {
  return {
    initialize: all.flatMap((one) => one.initialize),
    penalties: all.flatMap((one) => one.penalties),
    constraints: all.flatMap((one) => one.constraints),
    weights: all.flatMap((one) => one.weights),
  };
}

/** A bias, or another vector. */
export function biasPlace(units: Dim, torch = "bias"): Place {
  return { torch, form: "same", rank: 1, shape: [units] };
}

/** Reads what is said of a bias that is not there: it means nothing. */
export function withoutBias(args: Arguments): void {
  for (const what of ["bias_initializer", "bias_regularizer", "bias_constraint"]) args.value(what);
}
