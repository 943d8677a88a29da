/** Arrays from arrays and from sizes: what NumPy has under the same or another name. */
import { type ArrayValue, array, int, type Num, type Value } from "../../src/analysis/values.ts";
import {
  atom,
  axes,
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
import { type Api, axisKeyword, backend, callOf, ops, type Row, tf } from "./row.ts";

/** Of the same data, in another shape. */
const shaped = (
  row: Omit<Row, "type" | "data"> & {
    readonly shape?: (shape: NonNullable<ArrayValue["shape"]>, given: Given) => ArrayValue["shape"];
  },
): Row => ({
  apis: row.apis,
  data: ["x"],
  form: row.form,
  type: (given) => {
    const { shape, dtype } = typeOf(given.value("x"));
    return array(shape && row.shape?.(shape, given), dtype, "tensor");
  },
});

/** The sizes in a shape, where they are known; -1 is worked out by NumPy. */
function sizes(value: Value): ArrayValue["shape"] {
  if (value.kind === "num") return [sizeOf(value)];
  if ((value.kind !== "tuple" && value.kind !== "list") || value.open) return undefined;
  return value.elements.map((one) => (one.kind === "num" ? sizeOf(one) : undefined));
}

function sizeOf(value: Num): Num | undefined {
  return value.value !== undefined && value.value < 0 ? undefined : value;
}

/** A shape as NumPy takes it: a number, a tuple or a list. */
function shapeArgument(given: Given, name: string): Pieces {
  const value = given.value(name);
  if (value.kind !== "num" && value.kind !== "tuple" && value.kind !== "list" && !isData(value))
    throw new NotNumPy();
  return [{ arg: name }];
}

/** Several arrays in a list. */
function parts(given: Given): Pieces {
  const value = given.value("xs");
  if ((value.kind !== "list" && value.kind !== "tuple") || !isData(value)) throw new NotNumPy();
  return [{ arg: "xs" }];
}

function partType(given: Given): ArrayValue {
  const value = given.value("xs");
  return value.kind === "list" || value.kind === "tuple"
    ? typeOf(value.elements[0] as Value)
    : array(undefined);
}

const joining = (numpy: string, fallback: string, grows: number, ...apis: Api[]): Row => ({
  apis,
  data: ["xs"],
  form: (given) => callOf(numpy, [parts(given)], axisKeyword(given, fallback === "0" ? undefined : fallback)),
  type: (given) => {
    const { shape, dtype } = partType(given);
    return array(shape && Array.from({ length: shape.length + grows }, () => undefined), dtype, "tensor");
  },
});

/** `zeros` and `ones`; 32-bit floats where nothing is said. */
const filled = (name: string): Row => ({
  apis: [tf(name, "shape, dtype=None"), ops(name, "shape, dtype=None")],
  data: [],
  form: (given) =>
    callOf(`np.${name}`, [shapeArgument(given, "shape")], {
      dtype: [`"${dtypeName(given, "dtype", "float32")}"`],
    }),
  type: (given) =>
    array(sizes(given.value("shape")), dtypeKind(dtypeName(given, "dtype", "float32")), "tensor"),
});

const like = (name: string): Row => ({
  apis: [tf(name, "input:x"), backend(name, "x"), ops(name, "x")],
  data: ["x"],
  form: (given) => callOf(`np.${name}`, [operand(given, "x")]),
  type: (given) => ({ ...typeOf(given.value("x")), container: "tensor" }),
});

/** A copy of the data, as TensorFlow makes one. */
const constant = (fallback: string | undefined, ...apis: Api[]): Row => ({
  apis,
  data: ["x"],
  form: (given) => {
    const value = given.value("x");
    const known = isGiven(given, "dtype") ? dtypeName(given, "dtype") : fallback;
    if (known !== undefined) return callOf("np.array", [[{ arg: "x" }]], { dtype: [`"${known}"`] });
    if (value.kind === "array" && value.container !== "list") return callOf("np.array", [[{ arg: "x" }]]);
    const { dtype } = typeOf(value);
    if (dtype !== "float" && dtype !== "int" && dtype !== "bool") throw new NotNumPy();
    return callOf("np.array", [[{ arg: "x" }]], dtype === "bool" ? {} : { dtype: [`"${dtype}32"`] });
  },
  type: (given) => {
    const own = typeOf(given.value("x"));
    return array(
      own.shape,
      isGiven(given, "dtype") ? dtypeKind(dtypeName(given, "dtype")) : fallback ? "float" : own.dtype,
      "tensor",
    );
  },
});

/** Random numbers come from PyTorch's generator, which the script's seed sets. */
const random = (names: readonly string[], signature: string, form: (given: Given) => Pieces): Row => ({
  apis: [{ paths: names, signature }],
  data: [],
  form: (given) => [...form(given), ".numpy()"],
  type: (given) => array(sizes(given.value("shape")), "float", "tensor"),
});

const number = (given: Given, name: string): Pieces =>
  isGiven(given, name) ? plain(given, name) : [String(numberOf(given, name))];
const isFloat32 = (given: Given): void => {
  if (dtypeName(given, "dtype", "float32") !== "float32" || isGiven(given, "seed")) throw new NotNumPy();
};

const oneHot: Row = {
  apis: [
    tf("one_hot", "indices:x, depth:classes, on_value=None, off_value=None, axis=None, dtype=None"),
    backend("one_hot", "indices:x, num_classes:classes"),
    ops("one_hot", "x, num_classes:classes, axis=-1, dtype=None"),
  ],
  data: ["x"],
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

/** Counts up in 32-bit integers; steps of floats may end one number apart. */
const range: Row = {
  apis: [tf("range", "start, limit=None, delta=None")],
  data: ["start"],
  form: (given) => {
    const bounds = ["start", "limit", "delta"].filter((name) => isGiven(given, name));
    const values = bounds.map((name) => given.value(name));
    if (!values.every((value) => value.kind === "num" && !value.isFloat)) throw new NotNumPy();
    return callOf(
      "np.arange",
      bounds.map((name) => plain(given, name)),
      { dtype: ['"int32"'] },
    );
  },
  type: (given) => {
    const start = given.value("start");
    return array([!isGiven(given, "limit") && start.kind === "num" ? start : undefined], "int", "tensor");
  },
};

export const SHAPES: readonly Row[] = [
  shaped({
    apis: [
      tf("squeeze", "input:x, axis=None, *, squeeze_dims:axis=None"),
      backend("squeeze", "x, axis"),
      ops("squeeze", "x, axis=None"),
    ],
    form: (given) => callOf("np.squeeze", [operand(given, "x")], axisKeyword(given)),
    shape: (shape, given) => {
      const at = isGiven(given, "axis") ? numberOf(given, "axis") : undefined;
      if (at !== undefined) return shape.filter((_, i) => i !== (at < 0 ? at + shape.length : at));
      // The number of samples may be 1 only where it is not known; all other sizes must be.
      return !isGiven(given, "axis") && shape.slice(1).every((dim) => dim?.value !== undefined)
        ? shape.filter((dim) => dim?.value !== 1)
        : undefined;
    },
  }),
  shaped({
    apis: [
      tf("expand_dims", "input:x, axis, *, dim:axis=None"),
      backend("expand_dims", "x, axis=-1"),
      ops("expand_dims", "x, axis"),
    ],
    form: (given) => callOf("np.expand_dims", [operand(given, "x")], axisKeyword(given, "-1")),
    shape: (shape, given) => {
      const at = isGiven(given, "axis") ? numberOf(given, "axis") : -1;
      return at === undefined ? undefined : shape.toSpliced(at < 0 ? at + shape.length + 1 : at, 0, int(1));
    },
  }),
  shaped({
    apis: [
      tf("reshape", "tensor:x, shape"),
      backend("reshape", "x, shape"),
      ops("reshape", "x, newshape:shape"),
    ],
    form: (given) => callOf("np.reshape", [operand(given, "x"), shapeArgument(given, "shape")]),
    shape: (_, given) => sizes(given.value("shape")),
  }),
  shaped({
    apis: [
      tf("transpose", "a:x, perm=None"),
      backend("transpose", "x"),
      backend("permute_dimensions", "x, pattern:perm"),
      ops("transpose", "x, axes:perm=None"),
    ],
    form: (given) =>
      callOf("np.transpose", [operand(given, "x"), ...(isGiven(given, "perm") ? [axes(given, "perm")] : [])]),
    shape: (shape, given) => (isGiven(given, "perm") ? shape.map(() => undefined) : shape.toReversed()),
  }),
  shaped({
    apis: [tf("reverse", "tensor:x, axis"), backend("reverse", "x, axes:axis"), ops("flip", "x, axis")],
    form: (given) => callOf("np.flip", [operand(given, "x")], axisKeyword(given)),
    shape: (shape) => shape,
  }),
  shaped({
    apis: [tf("tile", "input:x, multiples:n"), backend("tile", "x, n")],
    form: (given) => callOf("np.tile", [operand(given, "x"), shapeArgument(given, "n")]),
    shape: (shape) => shape.map(() => undefined),
  }),
  shaped({
    apis: [
      tf("gather", "params:x, indices, validate_indices=None, axis=None"),
      backend("gather", "reference:x, indices"),
      ops("take", "x, indices, axis"),
    ],
    form: (given) =>
      callOf("np.take", [operand(given, "x"), operand(given, "indices")], axisKeyword(given, "0")),
    shape: (shape) => shape.map(() => undefined),
  }),
  joining("np.concatenate", "0", 0, tf("concat", "values:xs, axis"), ops("concatenate", "xs, axis=0")),
  joining("np.concatenate", "-1", 0, backend("concatenate", "tensors:xs, axis=-1")),
  joining(
    "np.stack",
    "0",
    1,
    tf("stack", "values:xs, axis=0"),
    backend("stack", "x:xs, axis=0"),
    ops("stack", "x:xs, axis=0"),
  ),
  {
    apis: [
      tf("where", "condition, x=None, y=None"),
      backend("switch", "condition, then_expression:x, else_expression:y"),
      ops("where", "condition, x1:x, x2:y"),
    ],
    data: ["condition"],
    form: (given) =>
      isGiven(given, "x") || isGiven(given, "y")
        ? callOf("np.where", [operand(given, "condition"), operand(given, "x"), operand(given, "y")])
        : callOf("np.argwhere", [operand(given, "condition")]),
    type: (given) => {
      if (!isGiven(given, "x")) return array([undefined, undefined], "int", "tensor");
      const [condition, x] = [typeOf(given.value("condition")), typeOf(given.value("x"))];
      return array(condition.shape, x.dtype, "tensor");
    },
  },
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
  {
    apis: [backend("eval get_value", "x"), ops("convert_to_numpy", "x")],
    data: ["x"],
    form: (given) => operand(given, "x"),
    type: (given) => ({ ...typeOf(given.value("x")), container: "ndarray" }),
  },
  {
    apis: [tf("shape", "input:x"), backend("shape", "x")],
    data: ["x"],
    form: (given) => callOf("np.array", [callOf("np.shape", [operand(given, "x")])]),
    type: () => array([undefined], "int", "tensor"),
  },
  {
    apis: [tf("size", "input:x"), ops("size", "x")],
    data: ["x"],
    form: (given) => callOf("np.size", [operand(given, "x")]),
    type: () => array([], "int", "tensor"),
  },
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
      isFloat32(given);
      if (!isGiven(given, "minval") && !isGiven(given, "maxval"))
        return callOf("torch.rand", [shapeArgument(given, "shape")]);
      return [
        ...callOf("torch.empty", [shapeArgument(given, "shape")]),
        ...callOf(".uniform_", [number(given, "minval"), number(given, "maxval")]),
      ];
    },
  ),
];
