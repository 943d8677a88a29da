/** What the table of losses is made of. */
import type { Node } from "../grammars/nodes.ts";
import type { KerasVersion } from "../src/analysis/constructs.ts";
import { type Arguments, Unsupported } from "./arguments.ts";

/** The last activation of a model, as the crossentropies of Keras 2 and 3 look through it. */
export type LastActivation = "softmax" | "sigmoid" | "other";

/** What the outputs of a model are, as far as it changes how a loss is computed. */
export interface LossContext {
  readonly at: Node;
  readonly version: KerasVersion;
  /** Options of a loss object; undefined for a name or function. */
  readonly options: Arguments | undefined;
  /** Outputs are logits: of the loss's own accord, or because the last activation is left out. */
  readonly logits: boolean;
  /** The last activation of the model, whether it is left out or not. */
  readonly last: LastActivation;
  /** Number of axes besides the batch. */
  readonly rank: number;
  /** Size of the last axis, in Keras's order; undefined where it is not known. */
  readonly units: number | undefined;
  /** Classes stand second: maps in PyTorch's order. */
  readonly classesSecond: boolean;
  /** Targets of classes need not sum to 1, where Keras's gradient takes them to. */
  readonly loose: boolean;
}

/** A loss in PyTorch, in its forms. */
export interface LossForm {
  /** A class of `torch.nn`, and the same as a function; a helper where there is neither. */
  readonly module?: string;
  readonly functional?: string;
  readonly helper?: string;
  readonly keywords?: Readonly<Record<string, string>>;
  /** What is done to outputs and targets, with `{}` in their place. */
  readonly outputs?: string;
  readonly targets?: string;
  /** Where the function of the script stands that it is. */
  readonly measure?: number;
  readonly switches?: readonly string[];
  /** What it is multiplied by: the number of losses that its mean is taken of, where their sum is wanted. */
  readonly times?: string;
  /** Its mean is divided by something else than the number of all losses where samples have weights. */
  readonly partial?: boolean;
  /** One number of a whole batch, which no weight of a sample reaches. */
  readonly whole?: boolean;
}

export interface LossEntry {
  /** Names of the string, function and class, in lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Targets are class indices, or floats in the shape of the output. */
  readonly targets: "index" | "float";
  /** Whether it is computed from logits: a softmax or sigmoid before it is left out. */
  readonly logits: boolean;
  /** Whether it compares classes, not each element: a row of outputs has one loss. */
  readonly classes: boolean;
  readonly form: (context: LossContext) => LossForm;
}

/** A number among the options, spelled as the script does; undefined where it says the default. */
export function option({ options }: LossContext, name: string, fallback: number): string | undefined {
  const value = options?.value(name);
  if (!options || (value?.kind === "num" && value.value === fallback)) return undefined;
  if (value?.kind !== "num") throw options.unknown(name);
  return options.text(name);
}

export function keyword(name: string, text: string | undefined): Record<string, string> {
  return text === undefined ? {} : { [name]: text };
}

export function isZero(text: string | undefined): boolean {
  return text === undefined || Number(text) === 0;
}

export function onLastAxis({ options, rank }: LossContext): void {
  const axis = options?.value("axis");
  if (options && !(axis?.kind === "num" && (axis.value === -1 || axis.value === rank)))
    throw new Unsupported(options.argument("axis") ?? options.node, "`axis` of a loss is not supported yet");
}

export function unusual({ options, at }: LossContext, name: string): Unsupported {
  return new Unsupported(options?.argument(name) ?? at, `\`${name}\` of this loss is not supported here yet`);
}
