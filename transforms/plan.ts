/** What the passes have decided about a model before they write anything. */
import type { Call } from "../grammars/nodes.ts";
import type { LayerUse, Model, TensorType } from "../src/analysis/model.ts";
import type { Layout, Module } from "./layer.ts";
import type { LastActivation, LossEntry, LossForm } from "./losses.ts";

export interface PlannedLayer {
  readonly use: LayerUse;
  readonly modules: Module[];
}

/** All models that one `Sequential(...)` in the source makes. */
export interface ModelPlan {
  readonly node: Call;
  readonly models: readonly Model[];
  readonly layers: PlannedLayer[];
  readonly input: TensorType;
  /** Channel order in which the model reads its input; `first` where the data are turned before it. */
  readonly inputLayout: Layout;
  readonly output: TensorType | undefined;
  readonly outputLayout: Layout;
  readonly last: LastActivation;
  /** Whether `last` tells all: the last layer is a model, or stands in a loop or conditional, otherwise. */
  readonly lastIsKnown: boolean;
  /** Whether it is made in the place of a layer of another model, which finishes it. */
  inline: boolean;
  /** The functions that turn its data and targets into what it reads, where models differ in them. */
  readonly boundary: Map<string, string>;
  compile: CompilePlan | undefined;
  /** The softmax or sigmoid that is left out of the model. */
  dropped: LastActivation | undefined;
  /** The softmax or sigmoid stays, and the loss is computed before it. */
  logitsBeforeLast: boolean;
}

export interface CompilePlan {
  readonly loss: LossEntry;
  readonly lossForm: LossForm;
  /** Log name and helper; `activation` where the metric is computed from probabilities. */
  readonly metrics: readonly { readonly name: string; readonly code: string; readonly helper: string }[];
  /** How its parts are reached where the model is trained. */
  names: CompiledNames;
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
