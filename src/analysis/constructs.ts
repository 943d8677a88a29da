/**
 * What the analysis is told about Keras: constructs by dotted path, with the signatures of each
 * Keras version. The tables that hold them live in `transforms/`; nothing here knows an API name.
 */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import type { Machine } from "./machine.ts";
import type { TensorType } from "./model.ts";
import type { Value } from "./values.ts";

export type KerasVersion = "keras1" | "keras2" | "keras3";

/** A release of the package that a script gets Keras from, as `keras==2.2.4` names it. */
export interface KerasRelease {
  readonly package: "keras" | "tensorflow";
  readonly major: number;
  readonly minor: number;
}

/** What a call of a construct makes or is. */
export type ConstructKind =
  | "layer"
  | "model"
  | "optimizer"
  | "schedule"
  | "loss"
  | "metric"
  | "callback"
  | "activation"
  | "initializer"
  | "regularizer"
  | "constraint"
  | "function"
  | "method"
  | "constant";

export interface BoundArg {
  /** undefined for a default, and for what came in through `*` or `**`. */
  readonly node: Argument | undefined;
  readonly expr: Expr | undefined;
  readonly value: Value;
  /** How it is written, where it comes out of a mapping: `options["lr"]` for `**options`. */
  readonly text?: string;
}

/** Arguments by parameter name, in the order of the signature. */
export interface BoundArgs {
  readonly version: KerasVersion;
  /** What was written; defaults are not in it. */
  readonly given: ReadonlyMap<string, BoundArg>;
  /** Arguments that no parameter takes, or `*` and `**` that hide what is given. */
  readonly unbound: readonly Argument[];
  /** Keras's setting for the order of axes when the call was made: true for channels-first; undefined where it is not known. */
  readonly channelsFirst?: boolean | undefined;
  /** The signature's default where nothing was given; undefined where there is no such parameter. */
  default(name: string): Value | undefined;
}

/** A call of a construct, as a table's own functions see it. */
export interface CallContext {
  readonly machine: Machine;
  readonly call: Call;
  readonly args: BoundArgs;
  readonly receiver: Value | undefined;
}

export interface Construct {
  /** Canonical dotted path: `keras.layers.Dense`, or `Model.fit` for a method. */
  readonly path: string;
  readonly kind: ConstructKind;
  readonly signatures: Partial<Record<KerasVersion, string>>;
  /** Whether arguments that fit a version's signature can be meant so; they can where it is left out. */
  readonly accepts?: (args: BoundArgs) => boolean;
  /** The value of a call; an object of the construct where this is absent. */
  readonly result?: (context: CallContext) => Value;
  /** What a call does besides giving its value: it may note which model a file holds. */
  readonly effect?: (context: CallContext) => void;
  /** For layers: the output for an input, batch axis left out; undefined where it cannot be known. */
  readonly shape?: (args: BoundArgs, input: TensorType, machine: Machine) => TensorType | undefined;
  /** For layers that take several tensors: the output for them. */
  readonly merges?: (
    args: BoundArgs,
    inputs: readonly TensorType[],
    machine: Machine,
  ) => TensorType | undefined;
  /** For layers: whether a call of it gives the tensor that a functional model starts from. */
  readonly givesTensor?: boolean;
  /** Whether it is the call of a model itself: of a symbolic tensor that gives another. */
  readonly callsModel?: boolean;
  /** For layers: axes of the one sample that they take, the batch left out, where they take no other. */
  readonly rank?: number;
  /** Axes of a sample that it takes nearly always, where it takes others too: it has to fail on those. */
  readonly usualRank?: number;
  /** Whether it makes one axis of all, however many there are. */
  readonly flattens?: true;
  /** Whether it takes every shape and gives the same. */
  readonly keepsShape?: boolean;
  /** For layers: scripts use the object itself, by its name, besides what models do with it. */
  readonly stands?: true;
  /** The input that a first layer declares for its model. */
  readonly declaredInput?: (args: BoundArgs, machine: Machine) => TensorType | undefined;
}

/** All constructs that the tables know. */
export interface Registry {
  /** Canonical path of an imported name: `tensorflow.python.keras.layers.core.Dense` is `keras.layers.Dense`. */
  canonical(path: string): string;
  find(path: string): Construct | undefined;
  /** A method or attribute of an object of Keras, such as `Model.fit`. */
  member(owner: string, name: string): Construct | undefined;
  /** Names that `from module import *` brings. */
  exports(module: string): readonly string[];
  isKeras(path: string): boolean;
  /** Defaults by argument that a construct had in that release and has no more, as a signature writes them. */
  formerDefaults(path: string, release: KerasRelease): ReadonlyMap<string, string> | undefined;
}
