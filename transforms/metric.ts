/** What the tables of metrics are made of. */
import type { Node } from "../grammars/nodes.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { LastActivation, LossEntry } from "./loss.ts";

export interface MetricContext {
  readonly at: Node;
  readonly loss: LossEntry;
  /** Options of a metric object; undefined for a name or function. */
  readonly options: Arguments | undefined;
  /** Size of the output's last axis; undefined where it is not known. */
  readonly units: number | undefined;
  /** The activation that was left out of the model: the outputs are its logits. */
  readonly dropped: LastActivation | undefined;
  /** Number of axes besides the batch. */
  readonly rank: number;
  /** Classes stand second: maps in PyTorch's order. */
  readonly classesSecond: boolean;
}

export interface MetricForm {
  readonly helper: string;
  readonly keywords?: Readonly<Record<string, string>>;
  /** Whether it means the same on logits as on probabilities. */
  readonly onLogits?: boolean;
  /** A number of all samples of an epoch, not a mean over samples. */
  readonly epoch?: boolean;
  /** What of outputs and targets it is computed from, such as `[:, 1]`. */
  readonly part?: string;
  /** What is done to outputs and targets before. */
  readonly outputs?: string;
  readonly targets?: string;
  /** Where it is the mean of one number for each column of the output. */
  readonly columns?: boolean;
  /** Where it has one number for each row, along the last axis: a sample of several rows has their mean. */
  readonly rows?: boolean;
  /** A helper that outputs go through first, with what else it is given. */
  readonly through?: { readonly helper: string; readonly given: string };
  /** Several numbers: one for each of these values of a parameter. */
  readonly each?: { readonly name: string; readonly values: string };
  /** Several numbers, as the helper gives them. */
  readonly several?: boolean;
  /** What people should know of it. */
  readonly note?: string;
}

export interface MetricEntry {
  /** In lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Objects are numbered: `auc`, `auc_1`. */
  readonly numbered?: boolean;
  /** Undefined where the meaning cannot be told. */
  readonly form: (context: MetricContext) => MetricForm | undefined;
}

/** Arguments of every metric. */
export const NAMED = "name=None, dtype=None";

/** Whether the targets are numbers in the shape of the output, not class indices. */
export const isFloat = ({ loss }: MetricContext): boolean => loss.targets === "float";

/** A number among the options, spelled as the script does; undefined where it says the default. */
export function numberOf(context: MetricContext, name: string, fallback: number): string | undefined {
  const { options } = context;
  const value = options?.value(name);
  if (!options || value?.kind === "none" || (value?.kind === "num" && value.value === fallback))
    return undefined;
  if (value?.kind === "num") return options.text(name);
  throw unusual(context, name);
}

/** An option that is reported where it differs from its default. */
export function unusual({ options, at }: MetricContext, name: string): Unsupported {
  return new Unsupported(options?.argument(name) ?? at, `this \`${name}\` of a metric is not supported yet`);
}
