/** Arrays that are sorted, repeated, cut and picked from others, and simple ones made anew. */
import { type ArrayValue, array, type Dtype } from "../../src/analysis/values.ts";
import { shapeArgument, sizes } from "./made.ts";
import {
  atom,
  dtypeKind,
  dtypeName,
  type Given,
  isGiven,
  NotNumPy,
  numberOf,
  operand,
  type Pieces,
  plain,
  typeOf,
} from "./operands.ts";
import { type Api, axisKeyword, callOf, ops, type Row, tf } from "./row.ts";

/** Of the numbers of `x`, in some other order or number; `gives` where they are indices. */
const picked = (
  apis: readonly Api[],
  form: Row["form"],
  shape: (shape: NonNullable<ArrayValue["shape"]>) => ArrayValue["shape"] = (own) => own.map(() => undefined),
  gives?: Dtype,
): Row => ({
  apis,
  data: ["x"],
  form,
  type: (given) => {
    const own = typeOf(given.value("x"));
    return array(own.shape && shape(own.shape), gives ?? own.dtype, "tensor");
  },
});

/** PyTorch takes no array that is read backwards. */
export const flipped = (x: Pieces, axis: Record<string, Pieces>): Pieces => [
  ...callOf("np.flip", [x], axis),
  ".copy()",
];

const same = (shape: NonNullable<ArrayValue["shape"]>): ArrayValue["shape"] => shape;

/** Whether the largest come first. */
function falls(given: Given): boolean {
  const direction = given.value("direction");
  if (direction.kind === "none") return false;
  if (direction.kind !== "str") throw new NotNumPy();
  return direction.value === "DESCENDING";
}

/** `-x`, of numbers that have a negative. */
function negative(given: Given): Pieces {
  const { dtype } = typeOf(given.value("x"));
  if (dtype !== "float" && dtype !== "int") throw new NotNumPy();
  return ["-", ...atom(given, "x")];
}

const PADS: Readonly<Record<string, string>> = { REFLECT: "reflect", SYMMETRIC: "symmetric" };

function pad(given: Given): Pieces {
  const mode = given.value("mode");
  const listed = given.value("paddings").kind === "list" || given.value("paddings").kind === "tuple";
  const args = [operand(given, "x"), listed ? [{ arg: "paddings" }] : operand(given, "paddings")];
  if (mode.kind === "none" || (mode.kind === "str" && mode.value === "CONSTANT"))
    return callOf(
      "np.pad",
      args,
      isGiven(given, "constant_values") ? { constant_values: plain(given, "constant_values") } : {},
    );
  const known = mode.kind === "str" ? PADS[mode.value] : undefined;
  if (known === undefined) throw new NotNumPy();
  return callOf("np.pad", args, { mode: [`"${known}"`] });
}

/** The type that TensorFlow gives a number. */
function numberType(given: Given, name: string): string {
  const value = given.value(name);
  if (value.kind !== "num" && value.kind !== "bool") throw new NotNumPy();
  if (value.kind === "bool") return "bool";
  return value.isFloat ? "float32" : "int32";
}

export const SELECTION: readonly Row[] = [
  picked(
    [tf("sort", "values:x, axis=-1, direction=None"), ops("sort", "x, axis=-1")],
    (given) => {
      const sorted = callOf("np.sort", [operand(given, "x")], axisKeyword(given));
      return falls(given) ? flipped(sorted, axisKeyword(given, "-1")) : sorted;
    },
    same,
  ),
  picked(
    [tf("argsort", "values:x, axis=-1, direction=None, stable=False"), ops("argsort", "x, axis=-1")],
    (given) =>
      callOf("np.argsort", [falls(given) ? negative(given) : operand(given, "x")], {
        ...axisKeyword(given),
        kind: ['"stable"'],
      }),
    same,
    "int",
  ),
  picked([tf("repeat", "input:x, repeats, axis=None"), ops("repeat", "x, repeats, axis=None")], (given) =>
    callOf("np.repeat", [operand(given, "x"), operand(given, "repeats")], axisKeyword(given)),
  ),
  {
    ...picked([tf("split", "value:x, num_or_size_splits:n, axis=0")], (given) => {
      if (given.value("n").kind !== "num") throw new NotNumPy();
      return callOf("np.split", [operand(given, "x"), plain(given, "n")], axisKeyword(given));
    }),
    views: true,
    // A list of arrays.
    type: (given) => array(undefined, typeOf(given.value("x")).dtype, undefined),
  },
  picked([tf("pad", "tensor:x, paddings, mode=None, constant_values=0")], pad),
  picked(
    [tf("roll", "input:x, shift, axis"), ops("roll", "x, shift, axis=None")],
    (given) => callOf("np.roll", [operand(given, "x"), plain(given, "shift")], axisKeyword(given)),
    same,
  ),
  picked([tf("boolean_mask", "tensor:x, mask")], (given) => [
    ...atom(given, "x"),
    "[",
    ...operand(given, "mask"),
    "]",
  ]),
  picked(
    [{ paths: ["tensorflow.random.shuffle", "tensorflow.random_shuffle"], signature: "value:x, name=None" }],
    (given) => {
      if (given.expr("x")?.type !== "Name") throw new NotNumPy();
      return [...atom(given, "x"), "[torch.randperm(len(", { arg: "x" }, "))]"];
    },
    same,
  ),
  {
    ...picked(
      [tf("identity stop_gradient", "input:x"), ops("stop_gradient", "variable:x")],
      (given) => operand(given, "x"),
      same,
    ),
    views: true,
  },
  {
    apis: [tf("fill", "dims:shape, value")],
    data: [],
    form: (given) =>
      callOf("np.full", [shapeArgument(given, "shape"), plain(given, "value")], {
        dtype: [`"${numberType(given, "value")}"`],
      }),
    type: (given) => array(sizes(given.value("shape")), dtypeKind(numberType(given, "value")), "tensor"),
  },
  {
    apis: [tf("eye", "num_rows:n, num_columns:m=None, batch_shape=None, dtype=None")],
    data: ["n"],
    form: (given) => {
      if (isGiven(given, "batch_shape")) throw new NotNumPy();
      return callOf("np.eye", [plain(given, "n"), ...(isGiven(given, "m") ? [plain(given, "m")] : [])], {
        dtype: [`"${dtypeName(given, "dtype", "float32")}"`],
      });
    },
    type: (given) => array([undefined, undefined], dtypeKind(dtypeName(given, "dtype", "float32")), "tensor"),
  },
  {
    // Between integers the numbers would be 64-bit ones.
    apis: [tf("linspace lin_space", "start, stop, num, *, axis=0")],
    data: ["start"],
    form: (given) => {
      const start = given.value("start");
      if (start.kind !== "num" || !start.isFloat || isGiven(given, "axis")) throw new NotNumPy();
      const bounds = ["start", "stop", "num"].map((name) => plain(given, name));
      return callOf("np.linspace", bounds, { dtype: ['"float32"'] });
    },
    type: (given) => {
      const size = given.value("num");
      return array(
        [size.kind === "num" && numberOf(given, "num") !== undefined ? size : undefined],
        "float",
        "tensor",
      );
    },
  },
];
