/** Random numbers of a shape. */
import { array } from "../../src/analysis/values.ts";
import { shapeArgument, sizes } from "./made.ts";
import {
  dtypeKind,
  dtypeName,
  type Given,
  isGiven,
  NotNumPy,
  numberOf,
  type Pieces,
  plain,
} from "./operands.ts";
import { callOf, type Row } from "./row.ts";
import { type TorchGiven, torchMade } from "./torch.ts";

/** Random numbers come from PyTorch's generator, which the script's seed sets. */
const random = (
  names: readonly string[],
  signature: string,
  form: (given: Given) => Pieces,
  torch: (given: TorchGiven) => Pieces,
): Row => ({
  apis: [{ paths: names, signature }],
  torch: torchMade(torch),
  data: [],
  form: (given) => [...form(given), ".numpy()"],
  type: (given) =>
    array(sizes(given.value("shape")), dtypeKind(dtypeName(given, "dtype", "float32")), "tensor"),
});

const number = (given: Given, name: string): Pieces =>
  isGiven(given, name) ? plain(given, name) : [String(numberOf(given, name))];
/** A number of a distribution where tensors are computed. */
const torchNumber = (given: TorchGiven, name: string): Pieces => {
  if (given.kind(name).tensor) throw new NotNumPy();
  return isGiven(given, name) ? [{ arg: name }] : [String(numberOf(given, name))];
};
const torchNormal = (given: TorchGiven): Pieces =>
  isGiven(given, "mean") || isGiven(given, "stddev")
    ? callOf("torch.normal", [torchNumber(given, "mean"), torchNumber(given, "stddev"), [{ arg: "shape" }]])
    : callOf("torch.randn", [[{ arg: "shape" }]]);
const torchUniform = (given: TorchGiven): Pieces =>
  isGiven(given, "minval") || isGiven(given, "maxval")
    ? [
        ...callOf("torch.empty", [[{ arg: "shape" }]]),
        ...callOf(".uniform_", [torchNumber(given, "minval"), torchNumber(given, "maxval")]),
      ]
    : callOf("torch.rand", [[{ arg: "shape" }]]);
/** Its seed is left out, as those of layers are. */
const isFloat32 = (given: Given): void => {
  if (dtypeName(given, "dtype", "float32") !== "float32") throw new NotNumPy();
};

export const RANDOM: readonly Row[] = [
  random(
    [
      "tensorflow.random.normal",
      "tensorflow.random_normal",
      "tensorflow.compat.v1.random_normal",
      "tensorflow.compat.v1.random.normal",
    ],
    "shape, mean=0.0, stddev=1.0, dtype=None, seed=None, name=None",
    (given) => {
      isFloat32(given);
      if (!isGiven(given, "mean") && !isGiven(given, "stddev"))
        return callOf("torch.randn", [shapeArgument(given, "shape")]);
      return callOf("torch.normal", [
        number(given, "mean"),
        number(given, "stddev"),
        shapeArgument(given, "shape"),
      ]);
    },
    torchNormal,
  ),
  random(
    ["tensorflow.random.truncated_normal", "tensorflow.truncated_normal"],
    "shape, *, dtype=None, seed=None",
    (given) => {
      isFloat32(given);
      return callOf("nn.init.trunc_normal_", [callOf("torch.empty", [shapeArgument(given, "shape")])]);
    },
    () => callOf("nn.init.trunc_normal_", [callOf("torch.empty", [[{ arg: "shape" }]])]),
  ),
  random(
    ["keras.random.normal", "keras.backend.random_normal"],
    "shape, mean=0.0, stddev=1.0, dtype=None, seed=None",
    (given) => {
      isFloat32(given);
      if (!isGiven(given, "mean") && !isGiven(given, "stddev"))
        return callOf("torch.randn", [shapeArgument(given, "shape")]);
      return callOf("torch.normal", [
        number(given, "mean"),
        number(given, "stddev"),
        shapeArgument(given, "shape"),
      ]);
    },
    torchNormal,
  ),
  random(
    [
      "tensorflow.random.uniform",
      "tensorflow.random_uniform",
      "tensorflow.compat.v1.random_uniform",
      "tensorflow.compat.v1.random.uniform",
      "keras.random.uniform",
      "keras.backend.random_uniform",
    ],
    "shape, minval=0, maxval=1, dtype=None, seed=None, name=None",
    (given) => {
      const dtype = dtypeName(given, "dtype", "float32");
      if (dtype === "int32" || dtype === "int64")
        return callOf(
          "torch.randint",
          [number(given, "minval"), number(given, "maxval"), shapeArgument(given, "shape")],
          dtype === "int32" ? { dtype: ["torch.int32"] } : {},
        );
      isFloat32(given);
      if (!isGiven(given, "minval") && !isGiven(given, "maxval"))
        return callOf("torch.rand", [shapeArgument(given, "shape")]);
      return [
        ...callOf("torch.empty", [shapeArgument(given, "shape")]),
        ...callOf(".uniform_", [number(given, "minval"), number(given, "maxval")]),
      ];
    },
    torchUniform,
  ),
];
