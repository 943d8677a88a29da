/** Errors and accuracies as functions of Keras: one number a row, of arrays and inside functions that are given tensors. */
import { array, type Num, type Value } from "../../src/analysis/values.ts";
import { atom, type Given, isGiven, NotNumPy, operand, type Pieces, reduced, typeOf } from "./operands.ts";
import { callOf, type Row } from "./row.ts";
import { receiver, type TorchGiven, torchError, torchShaped } from "./torch.ts";

const api = (names: string, modules: readonly string[], own = "") => ({
  paths: modules.flatMap((module) => names.split(" ").map((name) => `keras.${module}.${name}`)),
  signature: `y_true, y_pred${own === "" ? "" : `, ${own}`}`,
});

const BOTH = ["losses", "metrics"];
const LAST: Num = { kind: "num", value: -1, isFloat: false, sym: undefined };

const rows: Row["type"] = (given) =>
  array(reduced(typeOf(given.value("y_pred")).shape, LAST, false), "float", "tensor");

const rankOf = (value: Value): number | undefined => typeOf(value).shape?.length;

/** Targets beside outputs: Keras 3 gives the shorter one the other's axes. */
function pair(given: Given): readonly [Pieces, Pieces] {
  const [y, p] = [given.value("y_true"), given.value("y_pred")];
  const [a, b] = [rankOf(y), rankOf(p)];
  // Keras 2 reckons with whole numbers as such.
  if (given.version !== "keras3") {
    const { dtype } = typeOf(p);
    if (dtype !== undefined && dtype !== "float") throw new NotNumPy();
  } else if (a === undefined || a !== b) {
    if (b === undefined || b < 2 || given.expr("y_pred")?.type !== "Name") throw new NotNumPy();
    const turned: Pieces = ["np.reshape(", { arg: "y_true" }, ", ", { arg: "y_pred" }, ".shape)"];
    return [turned, atom(given, "y_pred")];
  }
  return [atom(given, "y_true"), atom(given, "y_pred")];
}

/** What the errors of two arrays come to along the last axis. */
const error = (names: string, numpy: string): Row => ({
  apis: [api(names, BOTH)],
  data: ["y_true", "y_pred"],
  torch: torchError(`.${numpy.slice("np.".length)}()`),
  form: (given) => {
    const [y, p] = pair(given);
    return callOf("np.mean", [callOf(numpy, [[...y, " - ", ...p]])], { axis: ["-1"] });
  },
  type: rows,
});

/** Both are tensors; the outputs are named where they are read more than once. */
function tensors(given: TorchGiven, named: "y_true" | "y_pred" | undefined): void {
  if (!given.kind("y_true").tensor || !given.kind("y_pred").tensor) throw new NotNumPy();
  if (named && given.expr(named)?.type !== "Name") throw new NotNumPy();
}

/** Of tensors alone. */
const onTensors = (
  names: string,
  own: string,
  named: "y_true" | "y_pred" | undefined,
  pieces: (y: Pieces, p: Pieces, given: TorchGiven) => Pieces,
  modules: readonly string[] = BOTH,
): Row => ({
  apis: [api(names, modules, own)],
  data: ["y_true", "y_pred"],
  torch: torchShaped((given) => {
    tensors(given, named);
    return pieces(receiver(given, "y_true"), receiver(given, "y_pred"), given);
  }),
  form: () => {
    throw new NotNumPy();
  },
  type: rows,
});

const largest = (name: string): Pieces => ["np.argmax(", { arg: name }, ", axis=-1)"];

const k = (given: Given): Pieces => (isGiven(given, "k") ? [{ arg: "k" }] : ["5"]);

/** Whether few outputs are larger than that of the wanted class. */
const among = (p: Pieces, wanted: Pieces, given: Given): Pieces => [
  "((",
  ...p,
  " > ",
  ...p,
  ".gather(-1, ",
  ...wanted,
  ")).sum(-1) < ",
  ...k(given),
  ").float()",
];

export const SCORES: readonly Row[] = [
  error("mean_squared_error mse MSE", "np.square"),
  error("mean_absolute_error mae MAE", "np.abs"),
  {
    ...onTensors("categorical_accuracy", "", undefined, (y, p) => [
      "(",
      ...p,
      ".argmax(-1) == ",
      ...y,
      ".argmax(-1)).float()",
    ]),
    form: (given) => {
      if (rankOf(given.value("y_true")) === 0) throw new NotNumPy();
      return ["(", ...largest("y_true"), " == ", ...largest("y_pred"), ').astype("float32")'];
    },
  },
  {
    ...onTensors("sparse_categorical_accuracy", "", "y_pred", (y, p) => [
      "(",
      ...p,
      ".argmax(-1) == ",
      ...y,
      ".reshape(",
      ...p,
      ".shape[:-1])).float()",
    ]),
    form: (given) => {
      if (rankOf(given.value("y_pred")) !== 2) throw new NotNumPy();
      const classes: Pieces = ["np.ravel(", { arg: "y_true" }, ")"];
      return ["(", ...classes, " == ", ...largest("y_pred"), ').astype("float32")'];
    },
  },
  {
    ...onTensors("binary_accuracy", "threshold=0.5", undefined, (y, p, given) => [
      "((",
      ...p,
      " > ",
      ...(isGiven(given, "threshold") ? [{ arg: "threshold" }] : ["0.5"]),
      ") == ",
      ...y,
      ").float().mean(-1)",
    ]),
    // Keras 3 tells of each output.
    form: (given) => {
      const [a, b] = [rankOf(given.value("y_true")), rankOf(given.value("y_pred"))];
      if (given.version === "keras3" && (a === undefined || a !== b)) throw new NotNumPy();
      const threshold: Pieces = isGiven(given, "threshold") ? [{ arg: "threshold" }] : ["0.5"];
      const hits: Pieces = [
        "(",
        ...operand(given, "y_pred"),
        " > ",
        ...threshold,
        ") == ",
        ...operand(given, "y_true"),
      ];
      if (given.version === "keras3") return ["(", ...hits, ').astype("float32")'];
      return callOf("np.mean", [hits], { axis: ["-1"] });
    },
    type: (given) => (given.version === "keras3" ? array(undefined, "float", "tensor") : rows(given)),
  },
  onTensors("top_k_categorical_accuracy", "k=5", "y_pred", (y, p, given) =>
    among(p, [...y, ".argmax(-1, keepdim=True)"], given),
  ),
  onTensors("sparse_top_k_categorical_accuracy", "k=5", "y_pred", (y, p, given) =>
    among(p, [...y, ".long().reshape(*", ...p, ".shape[:-1], 1)"], given),
  ),
  onTensors("mean_absolute_percentage_error mape MAPE", "", "y_true", (y, p) => [
    "(100 * (",
    ...y,
    " - ",
    ...p,
    ").abs() / ",
    ...y,
    ".abs().clamp(min=1e-7)).mean(-1)",
  ]),
  onTensors("mean_squared_logarithmic_error msle MSLE", "", undefined, (y, p) => [
    "(",
    ...y,
    ".clamp(min=1e-7).log1p() - ",
    ...p,
    ".clamp(min=1e-7).log1p()).square().mean(-1)",
  ]),
  onTensors("kl_divergence kullback_leibler_divergence kld KLD", "", undefined, (y, p) => [
    "F.kl_div(",
    ...p,
    ".clamp(1e-7, 1).log(), ",
    ...y,
    '.clamp(1e-7, 1), reduction="none").sum(-1)',
  ]),
  onTensors("huber", "delta=1.0", undefined, (y, p, given) => [
    "F.huber_loss(",
    ...y,
    ", ",
    ...p,
    ', reduction="none"',
    ...(isGiven(given, "delta") ? [", delta=", { arg: "delta" }] : []),
    ").mean(-1)",
  ]),
  onTensors("poisson", "", undefined, (y, p) => [
    "F.poisson_nll_loss(",
    ...p,
    ", ",
    ...y,
    ', log_input=False, eps=1e-7, reduction="none").mean(-1)',
  ]),
  onTensors(
    "cosine_similarity",
    "axis=-1",
    undefined,
    (y, p, given) => [
      "F.cosine_similarity(",
      ...y,
      ", ",
      ...p,
      ", dim=",
      ...(isGiven(given, "axis") ? [{ arg: "axis" }] : ["-1"]),
      ", eps=1e-6).neg()",
    ],
    ["losses"],
  ),
];
