/** What the passes have decided about a model before they write anything. */
import type { Call, Node } from "../grammars/nodes.ts";
import type { LayerUse, Model, TensorType } from "../src/analysis/model.ts";
import type { KerasTensor } from "../src/analysis/values.ts";
import type { Layout, Module } from "./layer.ts";
import type { LastActivation, LossEntry, LossForm } from "./loss.ts";
import type { Text } from "./merging/rules.ts";

export interface PlannedLayer {
  readonly use: LayerUse;
  readonly modules: Module[];
  /** Channel order of what comes out. */
  readonly layout: Layout;
  /** Whether flattened maps stay in PyTorch's order in what comes out. */
  readonly reordered: boolean;
}

/** The layer that turns data into the input of the first module. */
export interface Prepared {
  /** The layer, or the model that begins with it. */
  readonly use: LayerUse;
  readonly name: string;
  readonly input: TensorType;
  /** Whether it is a name of the function that makes the model. */
  readonly isLocal: boolean;
  /** The statement that makes it, where its name is new. */
  readonly made: string | undefined;
  readonly modules: readonly Module[];
}

/** The first modules of another model. */
export interface PlannedPart {
  readonly of: ModelPlan;
  readonly ends: readonly number[];
  readonly listed: boolean;
  readonly isFunction: boolean;
  /** What speaks of the layers on the way to the part, and goes with it. */
  readonly spans: readonly Node[];
}

/** An input of a model that branches. */
export interface PlannedInput {
  readonly tensor: KerasTensor;
  /** The parameter of `forward`. */
  readonly name: string;
  readonly type: TensorType;
  /** Channel order in which the model reads it. */
  readonly layout: Layout;
}

/** A layer that is called on what others give. */
export interface PlannedStep {
  readonly tensor: KerasTensor;
  readonly layer: PlannedLayer;
  /** For layers of several inputs: the expression that takes their place. */
  readonly merged?: (operands: readonly Text[]) => Text;
}

/** A class of the script's own, where layers are not just called one after the other. */
export interface PlannedGraph {
  readonly inputs: readonly PlannedInput[];
  readonly steps: readonly PlannedStep[];
  /** The module that each layer is, by its name in the class; those that leave none have no name. */
  readonly members: ReadonlyMap<PlannedLayer, string>;
  readonly className: string;
}

/** All models that one `Sequential(...)` in the source makes. */
export interface ModelPlan {
  readonly node: Call;
  readonly models: readonly Model[];
  readonly layers: PlannedLayer[];
  /** It is no row of layers. */
  readonly graph?: PlannedGraph;
  /** It has no layers of its own, but some of another model. */
  readonly part?: PlannedPart;
  readonly input: TensorType;
  /** Channel order in which the model reads its input; `first` where the data are turned before it. */
  readonly inputLayout: Layout;
  /** Whether the data have their channels first in Keras too. */
  readonly channelsFirst: boolean;
  /** What data go through before they are the input of the first module. */
  readonly prepared: Prepared | undefined;
  readonly output: TensorType | undefined;
  readonly outputLayout: Layout;
  /** Its outputs have a mask: which steps of the inputs `x` count in losses and metrics; "" where that is not known. */
  readonly keeps: string | undefined;
  readonly last: LastActivation;
  /** Whether `last` tells all: the last layer is a model, or stands in a loop or conditional, otherwise. */
  readonly lastIsKnown: boolean;
  /** Whether it is made in the place of a layer of another model, which finishes it. */
  inline: boolean;
  /** The functions that turn its data and targets into what it reads, by name or as expressions, where models differ in them. */
  readonly boundary: Map<string, string>;
  /** What its `compile` calls have in common: the first of them. */
  compile: CompilePlan | undefined;
  readonly compiles: Map<Call, CompilePlan>;
  /** Layers that keep the name which they had before they were added. */
  readonly kept: Map<string, PlannedLayer>;
  /** The softmax or sigmoid that is left out of the model. */
  dropped: LastActivation | undefined;
  /** The softmax or sigmoid stays, and the loss is computed before it. */
  logitsBeforeLast: boolean;
}

/** The modules of the layers of a model, in order. */
export function modulesIn({ layers }: { readonly layers: readonly PlannedLayer[] }): Module[] {
  return layers.flatMap(({ modules }) => modules);
}

/** The modules of the model that stands there as a layer. */
export function modulesInside({ nested }: Module): Module[] {
  return nested ? modulesIn(nested.plan) : [];
}

/** Whether some of these modules is such a one, or one in a model among them. */
export function someModule(modules: readonly Module[], test: (module: Module) => boolean): boolean {
  return modules.some((module) => test(module) || someModule(modulesInside(module), test));
}

export interface CompilePlan {
  readonly loss: LossEntry;
  readonly lossForm: LossForm;
  readonly metrics: readonly PlannedMetric[];
  /**
   * One target for several outputs of a sample: `own` where it is repeated for each, `broadcast` where
   * nobody knows how often, `batch` where each output meets the targets of the whole batch. The other way
   * round, `columns`: several targets for one output.
   */
  readonly lone: "own" | "broadcast" | "batch" | "columns" | undefined;
  /** What the loss is multiplied by. */
  readonly scale: string | undefined;
  /** How its parts are reached where the model is trained. */
  names: CompiledNames;
}

export interface PlannedMetric {
  /** Its name in the logs. */
  readonly name: string;
  readonly helper: string | undefined;
  /** A function of PyTorch, where no helper is needed. */
  readonly functional?: string | undefined;
  /** Parameters that are passed to the helper. */
  readonly keywords: readonly string[];
  /** The expression that computes it, with `{}` in the place of the function. */
  readonly code: string;
  /** The same where losses come one by one, of a helper that is a loss. */
  readonly weighted?: string;
  /** A number of all samples of an epoch, not a mean over samples. */
  readonly epoch: boolean;
  /** It may be one number a batch, and is then averaged over the batches. */
  readonly batch?: boolean;
  /** It is an object of a class of the script, which is updated batch by batch. */
  readonly running?: boolean;
  /** It is several numbers. */
  readonly several?: boolean;
  /** The helper that stands for `{through}` in its code. */
  readonly through?: string | undefined;
  readonly switches?: readonly string[] | undefined;
  /** Which of the metrics it is, where it is a function of the script. */
  readonly measure?: number;
}

/** The expressions that stand for what Keras keeps on the model. */
export type CompiledNames =
  | {
      readonly kind: "variables";
      readonly loss: string;
      readonly optimizer: string;
      readonly metrics: string;
    }
  /** As attributes of the module, where a model is trained in another function than it is compiled in. */
  | { readonly kind: "attributes" };
