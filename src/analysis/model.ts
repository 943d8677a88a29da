/** Sequential models as the analysis sees them: layers with types, and every use. */
import type { Call, Expr, FunctionDef, Lambda, Node } from "../../grammars/nodes.ts";
import type { BoundArgs } from "./constructs.ts";
import type { Scope } from "./scope.ts";
import type { KerasObject, KerasTensor, ModelValue, Num, Value } from "./values.ts";

/** A batch of tensors, the batch axis left out, in Keras's own axis order. */
export interface TensorType {
  readonly shape: readonly (Num | undefined)[];
  readonly dtype: "float" | "int";
  /** Of any number of axes, which are flattened: the one size is that of all together. */
  readonly flat?: true;
}

export interface LayerUse {
  /** undefined where the analysis does not know what is added. */
  readonly layer: KerasObject | ModelValue | undefined;
  /** All that it may be, `layer` among them, where one call makes a layer of one of several classes. */
  readonly choices?: readonly KerasObject[];
  /** The layer's own expression. */
  readonly expr: Expr;
  /** The `add` call; undefined for an element of the list given to `Sequential`. */
  readonly add: Call | undefined;
  /** undefined where the rank is not known. */
  input: TensorType | undefined;
  output: TensorType | undefined;
  readonly time: number;
}

/** A method call on a model or an attribute read. */
export interface ModelUse {
  readonly name: string;
  readonly node: Expr;
  readonly call: Call | undefined;
  readonly args: BoundArgs | undefined;
  /** The function that the use stands in; undefined at module level. */
  readonly owner: FunctionDef | Lambda | undefined;
  /** Where the names of a call's arguments are looked up. */
  readonly scope?: Scope;
  readonly time: number;
}

/** A place where a model leaves what the analysis follows. */
export interface Escape {
  readonly node: Node;
  readonly how: string;
}

/** Layers that are called one after the other, from an input on. */
export interface Chain {
  readonly input: KerasTensor;
  readonly steps: readonly KerasTensor[];
}

/** Layers that are called on what others give. */
export interface Graph {
  readonly inputs: readonly KerasTensor[];
  /** What the calls give, in their order. */
  readonly steps: readonly KerasTensor[];
  readonly output: KerasTensor;
}

/** A model of the first layers of another one. */
export interface Part {
  readonly of: Model;
  /** How many layers are before each of its outputs. */
  readonly ends: readonly number[];
  /** Whether it gives a list. */
  readonly listed: boolean;
  /** The expression that names the outputs. */
  readonly outputs: Expr | undefined;
  /** Whether it is a function of the backend, which takes a list. */
  isFunction: boolean;
}

export class Model {
  readonly node: Call;
  readonly owner: FunctionDef | Lambda | undefined;
  readonly time: number;
  readonly layers: LayerUse[] = [];
  readonly uses: ModelUse[] = [];
  readonly escapes: Escape[] = [];
  /** The calls of scikit-learn estimators that build and train it. */
  readonly estimators: (ModelUse & { readonly call: Call })[] = [];
  /** Whether the script may read it back from a file without having made it, in a run before. */
  loaded = false;
  /** Whether there may be more than one object of it: read back from a file, or copied. */
  hasTwins = false;
  /** The calls of its layers, where it is a functional model of layers that are called one after the other. */
  chain: Chain | undefined;
  /** The same of one that branches. */
  graph: Graph | undefined;
  /** The model whose first layers it is made of, where it is a part of another one. */
  part: Part | undefined;
  /** Whether it is a layer of another model. */
  nested = false;
  /** Why the layers are not known one by one, where they are not. */
  unclear: { node: Node; reason: string } | undefined;
  /** What the next layer gets. */
  current: TensorType | undefined;
  /** What the first layer gets: declared, or taken from the data that it is fitted on. */
  input: TensorType | undefined;

  constructor(node: Call, owner: FunctionDef | Lambda | undefined, time: number) {
    this.node = node;
    this.owner = owner;
    this.time = time;
  }

  get output(): TensorType | undefined {
    return this.current;
  }

  last(value: string): ModelUse | undefined {
    return this.uses.findLast((use) => use.name === value);
  }
}

/** The layers that one call makes, of one class or another: `cell(32)`, where `cell` is `LSTM` or `GRU`. */
export function choicesIn(value: Value): readonly KerasObject[] | undefined {
  const all = value.kind === "union" ? value.values : [];
  const layers = all.filter((one) => one.kind === "object" && isLayer(one) && !one.construct.stands);
  const [first] = layers as KerasObject[];
  const one = first !== undefined && layers.every((layer) => (layer as KerasObject).node === first.node);
  return one && layers.length === all.length ? (layers as KerasObject[]) : undefined;
}

export function isLayer(value: Value): value is KerasObject | ModelValue {
  return value.kind === "model" || (value.kind === "object" && value.construct.kind === "layer");
}
