/** Crossentropies of Keras inside functions of the script that are given tensors. */
import { NotNumPy, type Pieces } from "./operands.ts";
import { backend, type Row } from "./row.ts";
import { receiver, type TorchGiven, torchShape, torchShaped } from "./torch.ts";

/** On tensors only. */
const onTensors = (paths: readonly string[], signature: string, torch: Row["torch"]): Row => ({
  apis: [{ paths, signature }],
  data: ["y_true"],
  torch,
  form: () => {
    throw new NotNumPy();
  },
  type: () => {
    throw new NotNumPy();
  },
});

const inModules = (names: string): string[] =>
  names.split(" ").flatMap((name) => [`keras.losses.${name}`, `keras.metrics.${name}`]);

const plain = (given: TorchGiven): void => {
  if (!given.kind("y_true").tensor || !given.kind("y_pred").tensor) throw new NotNumPy();
  // With options it is another function.
  for (const name of ["from_logits", "label_smoothing", "axis"]) if (given.expr(name)) throw new NotNumPy();
};

const OPTIONS = "from_logits=False, label_smoothing=0, axis=-1";

const binary = (end: string) =>
  torchShaped((given): Pieces => {
    plain(given);
    const clipped: Pieces = [...receiver(given, "y_pred"), ".clamp(1e-7, 1 - 1e-7)"];
    return ["F.binary_cross_entropy(", ...clipped, ", ", { arg: "y_true" }, `, reduction="none")${end}`];
  });

const categorical = torchShaped((given): Pieces => {
  plain(given);
  if (given.expr("y_pred")?.type !== "Name" || given.expr("y_true")?.type !== "Name") throw new NotNumPy();
  const scaled: Pieces = ["(", { arg: "y_pred" }, " / ", { arg: "y_pred" }, ".sum(-1, keepdim=True))"];
  return ["-(", { arg: "y_true" }, " * ", ...scaled, ".clamp(1e-7, 1 - 1e-7).log()).sum(-1)"];
});

export const ENTROPIES: readonly Row[] = [
  onTensors(inModules("binary_crossentropy"), `y_true, y_pred, ${OPTIONS}`, binary(".mean(-1)")),
  onTensors(["keras.backend.binary_crossentropy"], `target:y_true, output:y_pred, ${OPTIONS}`, binary("")),
  onTensors(inModules("categorical_crossentropy"), `y_true, y_pred, ${OPTIONS}`, categorical),
  onTensors(
    ["keras.backend.categorical_crossentropy"],
    `target:y_true, output:y_pred, ${OPTIONS}`,
    categorical,
  ),
  {
    ...onTensors([], "", torchShape),
    apis: [backend("int_shape", "x")],
    data: ["x"],
  },
];
