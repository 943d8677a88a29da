/**
 * What an entry of the layer table says: signatures, shape rule, channel order, emission and
 * initialization of one Keras layer.
 */
import type { Expr, Node } from "../grammars/nodes.ts";
import type { BoundArgs, Construct, KerasVersion } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import type { TensorType } from "../src/analysis/model.ts";
import type { FunctionValue, Num, Value } from "../src/analysis/values.ts";
import type { ActivationEntry } from "./activations.ts";
import { Arguments } from "./arguments.ts";
import type { Fans } from "./initializers.ts";
import type { MakingFunction, WeightFunction } from "./own-terms.ts";
import type { ModelPlan } from "./plan.ts";
import type { Rewriter } from "./rewriter.ts";
import type { WeightMap } from "./weights.ts";

/**
 * Where the channel axis of a batch stands inside the PyTorch model: `last` is Keras's own order,
 * `first` is (N, C, ...), `frames` is (N, T, C, ...): maps step by step. Batches of vectors (N, C)
 * are `last` and `first`.
 */
export type Layout = "last" | "first" | "frames";

/** What channel order means to a layer. */
export type LayoutRule =
  /** Works on (N, C, ...): convolutions, pooling. */
  | "spatial"
  /** Works on maps step by step, (N, T, C, ...). */
  | "frames"
  /** Works on the last axis: Linear, recurrent layers, LayerNorm. */
  | "last-axis"
  /** Does not care: activations, dropout. */
  | "elementwise"
  /** Moves or merges axes; the emission says what it takes and gives. */
  | "reorders";

export interface Module {
  /** The module's constructor call. */
  readonly code: string;
  /** A model that stands there as a layer, and its expression, which is written before this one. */
  readonly nested?: { readonly plan: ModelPlan; readonly expr: Expr };
  /** Why it stands there, where the reader may wonder. */
  readonly note?: string;
  /** A helper class that it needs, and the optional arguments that it passes. */
  readonly helper?: string;
  readonly keywords?: readonly string[];
  /** Helper classes inside its arguments. */
  readonly inner?: readonly { readonly helper: string; readonly keywords: readonly string[] }[];
  /** The modules that it may be, where a name of the script stands for the class. */
  readonly chosen?: readonly Module[];
  /** Rule of `init_weights` that its parameters need. */
  readonly init?: InitRule;
  /** More of them, where modules of another type stand in it. */
  readonly inits?: readonly InitRule[];
  /** It is called with the mask of its input. */
  readonly takesMask?: true;
  /** It normalizes batches: by statistics that follow them in training, or that are held still. */
  readonly statistics?: "followed" | "held";
  /** It changes images at random, also where a model is called without `training`. */
  readonly augments?: true;
  /** It keeps a state from batch to batch. */
  readonly stateful?: true;
  /** Switches of the helpers that it needs on. */
  readonly switches?: readonly string[];
  /** What its regularizers add to the loss: `{}` is the module. */
  readonly penalties?: readonly string[];
  /** What its constraints do to it after each step of the optimizer: `{}` is the module. */
  readonly constraints?: readonly string[];
  /** Initializers that the script asks for: `{}` is the module. */
  readonly initialize?: readonly string[];
  /** The same of what a loop adds, over `module`: said of all modules of its type among those that loops add. */
  readonly each?: readonly string[];
  /** It brings its weights with it: an initialization of all modules of its type would overwrite them. */
  readonly pretrained?: string;
  /** Keras's weights that its parameters and buffers hold, in the order of the layer's own list. */
  readonly weights?: readonly WeightMap[];
}

/** Keras's default initialization of one PyTorch module. */
export interface InitRule {
  /** As `isinstance` takes it: `nn.Linear`. */
  readonly type: string;
  readonly lines: readonly string[];
}

export interface Emission {
  readonly modules: readonly Module[];
  /** Channel order of what comes out; that of the input where it is left out. */
  readonly layout?: Layout;
  /** Whether what comes out has a mask, where the layer makes one or uses it. */
  readonly masked?: boolean;
  /** Which steps the mask that it makes keeps, over its input `x`. */
  readonly keeps?: string;
  /**
   * Flattened maps stay in PyTorch's order (C, H, W): the rows of the next kernel are in another order
   * than Keras's. The sizes (H, W, C) as Keras flattens them.
   */
  readonly reordered?: TensorType["shape"];
}

export interface NestedModel {
  readonly module: Module;
  readonly inputLayout: Layout;
  readonly outputLayout: Layout;
}

export interface LayerContext {
  readonly args: Arguments;
  readonly version: KerasVersion;
  readonly input: TensorType;
  readonly output: TensorType | undefined;
  /** Channel order of the input, after the permutes that the layout rule asked for. */
  readonly layout: Layout;
  readonly node: Node;
  /** A size as Python source, undefined where only the data tell it. */
  size(dim: Num | undefined): string | undefined;
  /** The module of an activation given as an argument; none for None and `linear`. */
  activation(value: Value, shape: TensorType, layout: Layout, at: Node): readonly Module[];
  /** The row of the table for an activation given by its name or as a function. */
  activationEntry(value: Value): ActivationEntry | undefined;
  /** A function of the script, given as an argument, on tensors: its text. */
  ownFunction(value: FunctionValue, expr: Expr): string;
  /** What the script itself calls with a weight, in functions that stand before its own; undefined where it is Keras's. */
  weightFunction(value: Value, expr: Expr | undefined): WeightFunction | undefined;
  /** The same of what makes initial weights of a shape. */
  makingFunction(value: Value, expr: Expr | undefined): MakingFunction | undefined;
  /** A model given as an argument, as a module: in the channel order that it reads, and the one that it gives. */
  nestedModel(value: Value, expr: Expr, input: TensorType): NestedModel;
  /** Lines that apply an initializer given as an argument to a parameter of the module `{}`. */
  initializer(name: string, parameter: string, fans?: Fans): readonly string[];
  /** The parameter of a builder that says a flag, which is now true and now false; undefined where it is known. */
  flagParameter(name: string): string | undefined;
  /** Asks for a helper function that the module's arguments name; its name in this script. */
  helper(name: string): string;
  /** Tells of a small difference at the layer, once. */
  note(message: string): void;
  /** Whether some steps of the input are masked. */
  readonly masked: boolean;
  /** `trainable=False`: its weights stay as they are. */
  readonly frozen: boolean;
  /** Whether torchvision's pretrained weights may stand for Keras's. */
  readonly torchvisionWeights: boolean;
  /** Whether anything after this layer can tell the order of its output's features. */
  readonly orderObserved: boolean;
}

/**
 * Cases of an entry's test: every combination of the arguments, on every input. The tests run each
 * in Keras and, converted, in PyTorch: outputs, gradients, inferred shape.
 */
export interface LayerCases {
  /** Shapes of the input without the batch axis; those of indices end in their number: `[5, "<", 20]`. */
  readonly inputs: readonly (readonly (number | "<")[])[];
  /** Values of each argument, as Python source; "" leaves it out. */
  readonly args: Readonly<Record<string, readonly string[]>>;
  /** Layers around it, where it cannot stand alone, as Python source. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** Versions of Keras that have it: 2 and 3 where it is left out. */
  readonly versions?: readonly KerasVersion[];
  /**
   * Layers that TensorFlow runs on GPUs only, with the channels first: Keras gets the same model with
   * the channels last, and data turned to fit.
   */
  readonly twin?: true;
  /** The layer that Keras runs instead, of these arguments, where no Keras of today has it or runs it on a CPU. */
  readonly stand?: (args: Readonly<Record<string, string>>) => string;
  /** Random in training: evaluation is compared, and of training the statistics. */
  readonly random?: true;
  /** Random in training, by numbers that both frameworks are given: outputs are compared, no gradients. */
  readonly draws?: true;
  /** Training differs in a way that is known: only evaluation is compared. */
  readonly evaluation?: true;
  /** A piece of the emitted code and a wrong one for it, which the test has to notice. */
  readonly mutant?: readonly [string, string];
}

export interface LayerEntry {
  /** Names in `keras.layers`. */
  readonly names: readonly string[];
  /** What it becomes, for the table of supported layers. */
  readonly torch?: string;
  /** What a user should know of differences and limits, for the same table. */
  readonly notes?: string;
  /** Arguments that are reported where they are given, with an example of a value. */
  readonly reports?: Readonly<Record<string, string>>;
  readonly cases?: () => readonly LayerCases[];
  readonly signatures: Partial<Record<KerasVersion, string>>;
  /** Where the arguments decide about it, a function of them; reported where they are not known. */
  readonly layout: LayoutRule | ((args: Arguments, input: TensorType) => LayoutRule);
  /** Whether it takes maps step by step, (N, T, C, ...), as they are. */
  readonly frames?: true;
  readonly shape: (args: Arguments, input: TensorType) => TensorType | undefined;
  readonly emit: (context: LayerContext) => Emission;
  /**
   * For layers that scripts use by their names besides what models do with them (`adapt`): what stands
   * in the place where such a layer is made, whatever it is given.
   */
  readonly stands?: (args: Arguments, rewriter: Rewriter) => Module;
  /**
   * It turns what models are given, no tensors yet, into their inputs, all data at once: only the first
   * layer can. What is left to do batch by batch, modules do in its place.
   */
  readonly prepares?: (args: Arguments, rewriter: Rewriter) => readonly Module[];
  /** What it gives are indices, which an `Embedding` takes. */
  readonly indices?: true;
  /** Arguments without meaning in PyTorch. */
  readonly ignores?: readonly string[];
  readonly declaredInput?: (args: BoundArgs, machine: Machine) => TensorType | undefined;
  /** Whether a call of it gives the tensor that a functional model starts from. */
  readonly givesTensor?: boolean;
  /** Axes of what it takes, the batch left out, where it takes no other. */
  readonly rank?: number;
  /** Axes of what it takes nearly always: its size is that of the data's second axis, and it fails on others. */
  readonly usualRank?: number;
  /** Whether it makes one axis of all, however many there are. */
  readonly flattens?: true;
  /** Whether it takes every shape and gives the same; those that work on each number by itself do. */
  readonly keepsShape?: boolean;
  /** Whether arguments that fit a version's signature can be meant so. */
  readonly accepts?: NonNullable<Construct["accepts"]>;
}

export interface LayerConstruct extends Construct {
  readonly kind: "layer";
  readonly entry: LayerEntry;
}

/** Arguments that every layer takes and that say nothing about its function. */
const COMMON =
  "name=None, dtype=None, trainable=True, input_shape=None, batch_input_shape=None, input_dim=None, input_length=None, input_dtype=None, batch_size=None, weights=None, autocast=True";
export const COMMON_IGNORED: readonly string[] = [
  "name",
  "input_shape",
  "batch_input_shape",
  "input_dim",
  "input_length",
  "input_dtype",
  "batch_size",
  "autocast",
];

export function ignoredBy(entry: LayerEntry): ReadonlySet<string> {
  return new Set([...COMMON_IGNORED, ...(entry.ignores ?? [])]);
}

/** The constructs of an entry: one a name. */
export function constructsOf(entry: LayerEntry): LayerConstruct[] {
  const signatures = Object.fromEntries(
    Object.entries(entry.signatures).map(([version, text]) => {
      const own = new Set(text.split(",").map((part) => part.split("=")[0]?.split(":").at(-1)?.trim()));
      const common = COMMON.split(", ").filter((part) => !own.has(part.split("=")[0]));
      return [version, `${text}, *, ${common.join(", ")}`];
    }),
  );
  return entry.names.map((name) => {
    const construct: LayerConstruct = {
      path: `keras.layers.${name}`,
      kind: "layer",
      signatures,
      entry,
      shape: (args, input, machine) =>
        entry.shape(new Arguments(args, machine.module, machine, (expr) => machine.source(expr)), input),
      ...(entry.givesTensor && { givesTensor: true }),
      ...(entry.declaredInput && { declaredInput: entry.declaredInput }),
      ...(entry.rank !== undefined && { rank: entry.rank }),
      ...(entry.usualRank !== undefined && { usualRank: entry.usualRank }),
      ...(entry.flattens && { flattens: true as const }),
      keepsShape: entry.keepsShape ?? entry.layout === "elementwise",
      ...(entry.accepts && { accepts: entry.accepts }),
      ...(entry.stands && { stands: true as const }),
    };
    return construct;
  });
}

/** What channel order means to a layer with these arguments. */
export function layoutRule(entry: LayerEntry, args: Arguments, input: TensorType): LayoutRule {
  return typeof entry.layout === "function" ? entry.layout(args, input) : entry.layout;
}

export function layer(entry: LayerEntry): LayerEntry {
  return entry;
}
