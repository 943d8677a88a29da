/** Arrays made anew: of constants, counts, one-hot rows and random numbers. */
import { type ArrayValue, array, isTexts, type Num, type Value } from "../../src/analysis/values.ts";
import {
  atom,
  dtypeKind,
  dtypeName,
  type Given,
  isData,
  isGiven,
  NotNumPy,
  numberOf,
  operand,
  type Pieces,
  plain,
  typeOf,
} from "./operands.ts";
import { type Api, backend, callOf, ops, type Row, tf } from "./row.ts";
import { method, torchCastOf, torchMade, torchShaped } from "./torch.ts";

/** The sizes in a shape, where they are known; -1 is worked out by NumPy. */
export function sizes(value: Value): ArrayValue["shape"] {
  if (value.kind === "num") return [sizeOf(value)];
  if ((value.kind !== "tuple" && value.kind !== "list") || value.open) return undefined;
  return value.elements.map((one) => (one.kind === "num" ? sizeOf(one) : undefined));
}

function sizeOf(value: Num): Num | undefined {
  return value.value !== undefined && value.value < 0 ? undefined : value;
}

/** A shape as NumPy takes it: a number, a tuple or a list. */
export function shapeArgument(given: Given, name: string): Pieces {
  const value = given.value(name);
  if (value.kind !== "num" && value.kind !== "tuple" && value.kind !== "list" && !isData(value))
    throw new NotNumPy();
  return [{ arg: name }];
}

/** `zeros` and `ones`; 32-bit floats where nothing is said. */
const filled = (name: string): Row => ({
  apis: [tf(name, "shape, dtype=None"), ops(name, "shape, dtype=None")],
  data: [],
  form: (given) =>
    callOf(`np.${name}`, [shapeArgument(given, "shape")], {
      dtype: [`"${dtypeName(given, "dtype", "float32")}"`],
    }),
  torch: torchMade(() => callOf(`torch.${name}`, [[{ arg: "shape" }]])),
  type: (given) =>
    array(sizes(given.value("shape")), dtypeKind(dtypeName(given, "dtype", "float32")), "tensor"),
});

const like = (name: string): Row => ({
  apis: [tf(name, "input:x"), backend(name, "x"), ops(name, "x")],
  data: ["x"],
  torch: torchShaped((given) => {
    if (!given.kind("x").tensor) throw new NotNumPy();
    return [`torch.${name}(`, { arg: "x" }, ")"];
  }),
  form: (given) => callOf(`np.${name}`, [operand(given, "x")]),
  type: (given) => ({ ...typeOf(given.value("x")), container: "tensor" }),
});

/** A copy of the data, as TensorFlow makes one. */
const constant = (fallback: string | undefined, ...apis: Api[]): Row => ({
  apis,
  data: [],
  form: (given) => {
    const value = given.value("x");
    // Texts are bytes in TensorFlow.
    if (isTexts(value) && value.kind !== "array" && !isGiven(given, "dtype"))
      return ["np.array([text.encode() for text in ", { arg: "x" }, "], dtype=object)"];
    if (!isData(value)) throw new NotNumPy();
    const known = isGiven(given, "dtype") ? dtypeName(given, "dtype") : fallback;
    if (known !== undefined) return callOf("np.array", [[{ arg: "x" }]], { dtype: [`"${known}"`] });
    const stays = value.kind === "unknown" || (value.kind === "array" && value.container !== "list");
    if (stays) return callOf("np.array", [[{ arg: "x" }]]);
    const { dtype } = typeOf(value);
    if (dtype !== "float" && dtype !== "int" && dtype !== "bool") throw new NotNumPy();
    return callOf("np.array", [[{ arg: "x" }]], dtype === "bool" ? {} : { dtype: [`"${dtype}32"`] });
  },
  type: (given) => {
    const value = given.value("x");
    if (!isData(value) && !isTexts(value)) throw new NotNumPy();
    const own = typeOf(value);
    return array(
      own.shape,
      isGiven(given, "dtype") ? dtypeKind(dtypeName(given, "dtype")) : fallback ? "float" : own.dtype,
      "tensor",
    );
  },
});

const oneHot: Row = {
  apis: [
    tf("one_hot", "indices:x, depth:classes, on_value=None, off_value=None, axis=None, dtype=None"),
    backend("one_hot", "indices:x, num_classes:classes"),
    ops("one_hot", "x, num_classes:classes, axis=-1, dtype=None"),
  ],
  data: ["x"],
  torch: {
    pieces: (given) => {
      const odd = ["on_value", "off_value"].some((name) => isGiven(given, name));
      if (odd || (isGiven(given, "axis") && numberOf(given, "axis") !== -1)) throw new NotNumPy();
      const cast = torchCastOf(dtypeName(given, "dtype", "float32"));
      return [
        "F.one_hot(",
        ...method(given, "x", ".long()"),
        ", ",
        { arg: "classes" },
        cast === "long" ? ")" : `).${cast}()`,
      ];
    },
    kind: () => ({ tensor: true }),
  },
  form: (given) => {
    if (["on_value", "off_value"].some((name) => isGiven(given, name))) throw new NotNumPy();
    if (isGiven(given, "axis") && numberOf(given, "axis") !== -1) throw new NotNumPy();
    const dtype = dtypeName(given, "dtype", "float32");
    const value = given.value("x");
    // Bytes are no negative indices, and Keras's own labels are below the number of classes.
    if (value.kind === "array" && value.dtype === "uint8" && value.shape?.length === 1)
      return ["np.eye(", { arg: "classes" }, `, dtype="${dtype}")[`, { arg: "x" }, "]"];
    // An index outside the classes gives zeros.
    return [
      "(",
      ...atom(given, "x"),
      "[..., None] == np.arange(",
      ...plain(given, "classes"),
      `)).astype("${dtype}")`,
    ];
  },
  type: (given) => {
    const { shape } = typeOf(given.value("x"));
    const classes = given.value("classes");
    return array(
      shape && [...shape, classes.kind === "num" ? classes : undefined],
      dtypeKind(dtypeName(given, "dtype", "float32")),
      "tensor",
    );
  },
};

/** A whole number that NumPy holds, such as a size. */
const isCount = (value: Value): boolean => value.kind === "unknown" && value.library === "numpy";

/** Counts up in whole numbers, or by fractions as TensorFlow rounds them. */
const range: Row = {
  apis: [tf("range", "start, limit=None, delta=None, dtype=None")],
  data: ["start"],
  form: (given) => {
    const bounds = ["start", "limit", "delta"].filter((name) => isGiven(given, name));
    const values = bounds.map((name) => given.value(name));
    const counts = values.every((value) => value.kind === "num" && !value.isFloat);
    if (isGiven(given, "dtype")) {
      if (!counts && !values.every((value) => value.kind === "num" || isCount(value))) throw new NotNumPy();
      return callOf(
        "np.arange",
        bounds.map((name): Pieces => [{ arg: name }]),
        { dtype: [`"${dtypeName(given, "dtype")}"`] },
      );
    }
    const whole = values.every((value) => value.kind === "num" && Number.isInteger(value.value));
    if (!counts && !whole) {
      const [first] = bounds.length === 1 ? [["0"] as Pieces] : [];
      const all = [...(first ? [first] : []), ...bounds.map((name) => plain(given, name))];
      const passed = ["start", "stop", ...(all.length > 2 ? ["step"] : [])];
      return [{ helper: "float_range", passes: passed }, ...callOf("", all)];
    }
    return callOf(
      "np.arange",
      bounds.map((name): Pieces => [{ arg: name }]),
      { dtype: [counts ? '"int32"' : '"float32"'] },
    );
  },
  type: (given) => {
    const start = given.value("start");
    const floats = ["start", "limit", "delta"].some((name) => {
      const value = given.value(name);
      return value.kind === "num" && value.isFloat;
    });
    const size = !floats && !isGiven(given, "limit") && start.kind === "num" ? start : undefined;
    const own = isGiven(given, "dtype") ? dtypeKind(dtypeName(given, "dtype")) : undefined;
    return array([size], own ?? (floats ? "float" : "int"), "tensor");
  },
};

export const MADE: readonly Row[] = [
  oneHot,
  range,
  filled("zeros"),
  filled("ones"),
  like("zeros_like"),
  like("ones_like"),
  constant(
    undefined,
    tf("constant", "value:x, dtype=None"),
    tf("convert_to_tensor", "value:x, dtype=None"),
    ops("convert_to_tensor array", "x, dtype=None"),
  ),
  constant("float32", backend("constant", "value:x, dtype=None")),
  // Of which nothing but its value is used: what changes variables is reported.
  constant(undefined, {
    paths: ["tensorflow.Variable"],
    signature: "initial_value:x, trainable=None, *, name=None, dtype=None",
  }),
];
