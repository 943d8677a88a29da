/** Numbers from numbers: elementwise functions, comparisons, reductions. */
import { arrayBinOp } from "../../src/analysis/arrays.ts";
import { array, type Dtype } from "../../src/analysis/values.ts";
import { atom, dtypeKind, dtypeName, isGiven, operand, plain, reduced, typeOf } from "./operands.ts";
import { ANY, type Api, axisKeyword, backend, callOf, ops, type Row, reduction, tf, unary } from "./row.ts";
import { torchArg, torchCast, torchClip, torchUnary } from "./torch.ts";
import { TORCH } from "./torch-names.ts";

/** NumPy's name, then TensorFlow's, Keras's backend's and Keras 3's; "" where there is none. */
type Columns = readonly [numpy: string, tf: string, backend: string, ops: string];

const UNARY: readonly Columns[] = [
  ["np.abs", "abs", "abs", "abs absolute"],
  ["np.square", "square", "square", "square"],
  ["np.sqrt", "sqrt", "", "sqrt"],
  ["np.exp", "exp", "exp", "exp"],
  ["np.log", "log", "log", "log"],
  ["np.log1p", "log1p", "", "log1p"],
  ["np.sign", "sign", "sign", "sign"],
  ["np.round", "round", "round", "round"],
  ["np.floor", "floor", "", "floor"],
  ["np.ceil", "ceil", "", "ceil"],
  ["np.negative", "negative", "", "negative"],
  ["np.sin", "sin", "sin", "sin"],
  ["np.cos", "cos", "cos", "cos"],
  ["np.tan", "tan", "", "tan"],
  ["np.tanh", "tanh", "tanh", "tanh"],
  ["np.logical_not", "logical_not", "", "logical_not"],
];

const BINARY: readonly Columns[] = [
  ["np.add", "add", "", "add"],
  ["np.subtract", "subtract", "", "subtract"],
  ["np.multiply", "multiply", "", "multiply"],
  ["np.divide", "divide truediv", "", "divide true_divide"],
  ["np.floor_divide", "floordiv", "", "floor_divide"],
  ["np.mod", "mod floormod", "", "mod"],
  ["np.power", "pow", "pow", "power"],
  ["np.maximum", "maximum", "maximum", "maximum"],
  ["np.minimum", "minimum", "minimum", "minimum"],
];

const COMPARISONS: readonly Columns[] = [
  ["np.equal", "equal", "equal", "equal"],
  ["np.not_equal", "not_equal", "not_equal", "not_equal"],
  ["np.greater", "greater", "greater", "greater"],
  ["np.greater_equal", "greater_equal", "greater_equal", "greater_equal"],
  ["np.less", "less", "less", "less"],
  ["np.less_equal", "less_equal", "less_equal", "less_equal"],
  ["np.logical_and", "logical_and", "", "logical_and"],
  ["np.logical_or", "logical_or", "", "logical_or"],
];

const isNamed = (api: Api) => !api.paths.some((path) => path.endsWith("."));

const unaryRow = ([numpy, inTf, inBackend, inOps]: Columns): Row => ({
  ...unary(
    numpy,
    numpy === "np.logical_not" ? "bool" : undefined,
    ...[tf(inTf, "x"), backend(inBackend, "x"), ops(inOps, "x")].filter(isNamed),
  ),
  torch: TORCH[numpy],
});

const binaryRow =
  (dtype: Dtype | undefined) =>
  ([numpy, inTf, inBackend, inOps]: Columns): Row => ({
    apis: [
      tf(inTf, "x:a, y:b"),
      backend(inBackend, inBackend === "pow" ? "x:a, a:b" : "x:a, y:b"),
      ops(inOps, "x1:a, x2:b"),
    ].filter(isNamed),
    elementwise: true,
    data: ["a", "b"],
    form: (given) => callOf(numpy, [operand(given, "a"), operand(given, "b")]),
    torch: TORCH[numpy],
    type: (given) => {
      const result = arrayBinOp("*", typeOf(given.value("a")), typeOf(given.value("b")));
      return result.kind === "array"
        ? array(result.shape, dtype ?? result.dtype, "tensor")
        : array(undefined, dtype, "tensor");
    },
  });

/** Older spellings of `axis` and `keepdims` by keyword. */
const REDUCE =
  "input_tensor:x, axis=None, keepdims=False, *, reduction_indices:axis=None, keep_dims:keepdims=False";
const OVER = "x, axis=None, keepdims=False";

const REDUCTIONS: readonly (readonly [
  ...Columns,
  dtypes: readonly Dtype[] | typeof ANY,
  gives: Dtype | undefined,
])[] = [
  ["np.mean", "reduce_mean", "mean", "", ["float"], "float"],
  ["np.mean", "", "", "mean average", ["float", "int", "uint8", "bool"], "float"],
  ["np.sum", "reduce_sum", "sum", "sum", ["float", "int"], undefined],
  ["np.prod", "reduce_prod", "prod", "prod", ["float", "int"], undefined],
  ["np.std", "reduce_std", "std", "std", ["float"], "float"],
  ["np.var", "reduce_variance", "var", "var", ["float"], "float"],
  ["np.max", "reduce_max", "max", "max amax", ANY, undefined],
  ["np.min", "reduce_min", "min", "min amin", ANY, undefined],
  ["np.any", "reduce_any", "any", "any", ["bool"], "bool"],
  ["np.all", "reduce_all", "all", "all", ["bool"], "bool"],
];

/** One over the root, of numbers too. */
const RSQRT: Row = {
  ...unary("", "float", tf("rsqrt", "x"), ops("rsqrt", "x")),
  form: (given) => ["(1 / ", ...callOf("np.sqrt", [operand(given, "x")]), ")"],
  torch: torchUnary(".rsqrt()"),
};

const arg = (numpy: string, fallback: string | undefined, ...apis: Api[]): Row => ({
  apis,
  data: ["x"],
  torch: torchArg(numpy.slice("np.".length), fallback),
  form: (given) => {
    // Along the only axis there is.
    const flat = !isGiven(given, "axis") && typeOf(given.value("x")).shape?.length === 1;
    const found = callOf(numpy, [operand(given, "x")], axisKeyword(given, flat ? undefined : fallback));
    return isGiven(given, "output_type")
      ? [...found, `.astype("${dtypeName(given, "output_type")}")`]
      : found;
  },
  type: (given) => {
    const { shape } = typeOf(given.value("x"));
    const axis = given.value("axis");
    const along = axis.kind === "none" && fallback !== undefined ? Number(fallback) : undefined;
    const at =
      along === undefined ? axis : ({ kind: "num", value: along, isFloat: false, sym: undefined } as const);
    return array(reduced(shape, at, false), "int", "tensor");
  },
});

const ARG_TF = "input:x, axis=None, output_type=None, *, dimension:axis=None";

export const ARITHMETIC: readonly Row[] = [
  RSQRT,
  ...UNARY.map(unaryRow),
  {
    ...unary("np.isnan", "bool", tf("is_nan", "x"), ops("isnan", "x")),
    torch: torchUnary(".isnan()", true),
  },
  {
    ...unary("np.isfinite", "bool", tf("is_finite", "x"), ops("isfinite", "x")),
    torch: torchUnary(".isfinite()", true),
  },
  {
    // The backend takes negative numbers for zero.
    ...unary("np.sqrt", undefined, backend("sqrt", "x")),
    torch: torchUnary(".clamp(min=0).sqrt()"),
    form: (given) => callOf("np.sqrt", [callOf("np.maximum", [operand(given, "x"), ["0"]])]),
  },
  ...BINARY.map(binaryRow(undefined)),
  ...COMPARISONS.map(binaryRow("bool")),
  ...REDUCTIONS.map(
    ([numpy, inTf, inBackend, inOps, dtypes, gives]): Row => ({
      ...reduction(
        numpy,
        dtypes,
        gives,
        ...[tf(inTf, REDUCE), backend(inBackend, OVER), ops(inOps, OVER)].filter(isNamed),
      ),
      torch: TORCH[numpy],
    }),
  ),
  arg("np.argmax", "0", tf("argmax arg_max", ARG_TF)),
  arg("np.argmin", "0", tf("argmin arg_min", ARG_TF)),
  arg("np.argmax", "-1", backend("argmax", "x, axis=-1")),
  arg("np.argmin", "-1", backend("argmin", "x, axis=-1")),
  arg("np.argmax", undefined, ops("argmax", "x, axis=None")),
  arg("np.argmin", undefined, ops("argmin", "x, axis=None")),
  {
    apis: [
      tf("clip_by_value", "t:x, clip_value_min:low, clip_value_max:high"),
      backend("clip", "x, min_value:low, max_value:high"),
      ops("clip", "x, x_min:low, x_max:high"),
    ],
    elementwise: true,
    data: ["x"],
    torch: torchClip,
    form: (given) => callOf("np.clip", [operand(given, "x"), plain(given, "low"), plain(given, "high")]),
    type: (given) => ({ ...typeOf(given.value("x")), container: "tensor" }),
  },
  {
    apis: [tf("cumsum", "x, axis=0"), backend("cumsum", "x, axis=0")],
    data: ["x"],
    form: (given) => callOf("np.cumsum", [operand(given, "x")], axisKeyword(given, "0")),
    type: (given) => ({ ...typeOf(given.value("x")), container: "tensor" }),
  },
  {
    apis: [tf("cast", "x, dtype"), backend("cast", "x, dtype"), ops("cast", "x, dtype")],
    elementwise: true,
    data: ["x"],
    torch: torchCast,
    form: (given) => [...atom(given, "x"), `.astype("${dtypeName(given, "dtype")}")`],
    type: (given) => array(typeOf(given.value("x")).shape, dtypeKind(dtypeName(given, "dtype")), "tensor"),
  },
];
