/** What scripts do with metrics that they hold by name: `m = Accuracy()`, `m.update_state(y, p)`, `m.result().numpy()`. */
import type { Call, Node } from "../grammars/nodes.ts";
import type { Construct } from "../src/analysis/constructs.ts";
import { array, NONE } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import { noteClipping } from "./called-losses.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { derives } from "./passes/own-classes.ts";
import type { Rewriter } from "./rewriter.ts";
import { seesTensors } from "./tensors/callers.ts";
import { isData, typeOf } from "./tensors/operands.ts";

/** Means over elements in all versions, where others are over rows. */
export const OVER_ELEMENTS: ReadonlySet<string> = new Set(["Accuracy", "BinaryAccuracy"]);

/** Metrics that take values, not targets and outputs. */
export const OF_VALUES: ReadonlySet<string> = new Set(["Mean", "Sum"]);

/** Metrics that no `compile` is given, so that no other table has them. */
const OWN: readonly (readonly [string, string])[] = [
  ["Mean", "name='mean', dtype=None"],
  ["Sum", "name='sum', dtype=None"],
];

const OF_PAIRS =
  `Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy TopKCategoricalAccuracy
  SparseTopKCategoricalAccuracy MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError
  MeanSquaredLogarithmicError CosineSimilarity PearsonCorrelation ConcordanceCorrelation BinaryCrossentropy
  CategoricalCrossentropy SparseCategoricalCrossentropy Hinge SquaredHinge CategoricalHinge KLDivergence Poisson
  LogCoshError AUC Precision Recall TruePositives TrueNegatives FalsePositives
  FalseNegatives PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity F1Score
  FBetaScore MeanIoU IoU OneHotIoU OneHotMeanIoU BinaryIoU RootMeanSquaredError R2Score`.split(/\s+/);

export const STANDING_METRICS: readonly Construct[] = OWN.map(([name, signature]) => ({
  path: `keras.metrics.${name}`,
  kind: "metric",
  signatures: { keras2: signature },
}));

const number: NonNullable<Construct["result"]> = () => array([], "float", "tensor");

/** Whether it stands in a class of the script that derives from Keras's metric, which has its own rule. */
export function isInOwnMetric(rewriter: Rewriter, node: Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type !== "ClassDef") continue;
    for (const { cls } of rewriter.program.machine.prototypes.values())
      if (cls.node === at && derives(rewriter, cls, "keras.metrics.Metric")) return true;
  }
  return false;
}

/** An update: what it is given has to be data. */
const update =
  (called: boolean) =>
  (args: Arguments, rewriter: Rewriter, call: Call): Replacement => {
    const unsupported = (reason: string): Replacement => ({ kind: "unsupported", reason });
    if (isInOwnMetric(rewriter, call)) return { kind: "done" };
    if (call.args.some(({ star }) => star) || args.unbound.length > 0)
      return unsupported("what this metric is given is not known");
    const names = ["y_true", "y_pred", "values", "sample_weight"].filter((name) => args.isGiven(name));
    if (seesTensors(rewriter, call) || !names.every((name) => isData(args.value(name))))
      return unsupported(
        "a metric is updated with arrays only, so far: what this one is given is not known to be some",
      );
    const { receiver } = rewriter.program.calls.get(call)?.[0] ?? {};
    const made = receiver?.kind === "object" ? receiver : undefined;
    const logits = made?.args.given.get("from_logits")?.value;
    if (made?.construct.path.endsWith("Crossentropy") && !(logits?.kind === "bool" && logits.value))
      noteClipping(rewriter, call, args.value("y_pred"));
    if (called) rewriter.switches.set("STANDING_CALLS", true);
    if (args.has("sample_weight")) rewriter.switches.set("STANDING_WEIGHTS", true);
    const [y, p] = [args.value("y_true"), args.value("y_pred")].map((one) => typeOf(one).shape?.length);
    if (names.includes("y_true") && (y === undefined || y !== p))
      rewriter.switches.set("STANDING_RANKS", true);
    renameArguments(rewriter, args);
    return { kind: "done" };
  };

const PARAMETERS = [
  ["y_true", "targets"],
  ["y_pred", "outputs"],
] as const;

function renameArguments(rewriter: Rewriter, args: Arguments): void {
  for (const [name, own] of PARAMETERS) {
    const node = args.argument(name);
    if (node?.name) rewriter.edits.replace(node.start, node.start + node.name.length, own, "function");
  }
}

/** The old name of a method. */
const resets: FunctionEntry["replace"] = (_, rewriter, call) => {
  const { func } = call;
  if (isInOwnMetric(rewriter, call)) return { kind: "done" };
  if (func.type === "Attribute" && func.attr === "reset_states")
    rewriter.edits.replace(func.end - func.attr.length, func.end, "reset_state", "function");
  return { kind: "done" };
};

const members = (name: string, signature: string): FunctionEntry[] => {
  const path = `keras.metrics.${name}`;
  return [
    { paths: [`${path}.update_state`], signature, result: () => NONE, replace: update(false) },
    { paths: [`${path}.__call__`], signature, result: number, replace: update(true) },
    { paths: [`${path}.result`], signature: "", result: number, replace: () => ({ kind: "done" }) },
    {
      paths: [`${path}.reset_state`, `${path}.reset_states`],
      signature: "",
      result: () => NONE,
      replace: resets,
    },
  ];
};

export const CALLED_METRICS: readonly FunctionEntry[] = [
  ...[...OF_VALUES].flatMap((name) => members(name, "values, sample_weight=None")),
  ...OF_PAIRS.flatMap((name) => members(name, "y_true, y_pred, sample_weight=None")),
];
