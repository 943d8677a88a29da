/** Arrays from arrays and from sizes: what NumPy has under the same or another name. */

import { type ArrayValue, alternatives, array, int, type Value } from "../../src/analysis/values.ts";
import { shapeArgument, sizes } from "./made.ts";
import {
  axes,
  type Given,
  isData,
  isGiven,
  NotNumPy,
  numberOf,
  operand,
  type Pieces,
  typeOf,
} from "./operands.ts";
import { type Api, axisKeyword, backend, callOf, ops, type Row, tf } from "./row.ts";
import { flipped } from "./selection.ts";
import { method, torchShape, torchShaped, torchSize, torchSqueeze, torchWhere } from "./torch.ts";

/** Of the same data, in another shape. */
const shaped = (
  row: Omit<Row, "type" | "data"> & {
    readonly shape?: (shape: NonNullable<ArrayValue["shape"]>, given: Given) => ArrayValue["shape"];
  },
): Row => ({
  apis: row.apis,
  data: ["x"],
  views: true,
  form: row.form,
  torch: row.torch,
  type: (given) => {
    const { shape, dtype } = typeOf(given.value("x"));
    return array(shape && row.shape?.(shape, given), dtype, "tensor");
  },
});

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

export const SHAPES: readonly Row[] = [
  shaped({
    apis: [backend("flatten", "x")],
    torch: torchShaped((given) => method(given, "x", ".flatten()")),
    form: (given) => callOf("np.ravel", [operand(given, "x")]),
    shape: () => [undefined],
  }),
  shaped({
    apis: [backend("batch_flatten", "x")],
    torch: torchShaped((given) => method(given, "x", ".flatten(1)")),
    form: (given) => callOf("np.reshape", [operand(given, "x"), ["(len(", { arg: "x" }, "), -1)"]]),
    shape: () => [undefined, undefined],
  }),
  shaped({
    apis: [
      tf("squeeze", "input:x, axis=None, *, squeeze_dims:axis=None"),
      backend("squeeze", "x, axis"),
      ops("squeeze", "x, axis=None"),
    ],
    torch: torchSqueeze("squeeze", ""),
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
    torch: torchSqueeze("unsqueeze", "-1"),
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
    torch: torchShaped((given) => [...method(given, "x", ".reshape("), { arg: "shape" }, ")"]),
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
    torch: torchShaped((given) => {
      if (!isGiven(given, "perm")) throw new NotNumPy();
      return [...method(given, "x", ".permute("), { arg: "perm" }, ")"];
    }),
    form: (given) =>
      callOf("np.transpose", [operand(given, "x"), ...(isGiven(given, "perm") ? [axes(given, "perm")] : [])]),
    shape: (shape, given) => {
      const perm = given.value("perm");
      if (!isGiven(given, "perm")) return shape.toReversed();
      if (perm.kind !== "tuple" && perm.kind !== "list") return shape.map(() => undefined);
      return perm.elements.map((at) =>
        at.kind === "num" && at.value !== undefined ? shape[at.value] : undefined,
      );
    },
  }),
  shaped({
    apis: [tf("reverse", "tensor:x, axis"), backend("reverse", "x, axes:axis"), ops("flip", "x, axis")],
    torch: torchShaped((given) => {
      const axis = given.value("axis");
      if (axis.kind === "num") return [...method(given, "x", ".flip("), { arg: "axis" }, ")"];
      if (axis.kind !== "list" && axis.kind !== "tuple") throw new NotNumPy();
      return [...method(given, "x", ".flip("), { arg: "axis" }, ")"];
    }),
    form: (given) => flipped(operand(given, "x"), axisKeyword(given)),
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
    torch: torchWhere,
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
  {
    apis: [backend("eval get_value", "x"), ops("convert_to_numpy", "x")],
    data: ["x"],
    form: (given) => {
      // What is asked for its value may be a variable of a model or an optimizer.
      if (alternatives(given.value("x")).some((one) => one.kind === "unknown" && one.library !== "numpy"))
        throw new NotNumPy();
      return operand(given, "x");
    },
    type: (given) => ({ ...typeOf(given.value("x")), container: "ndarray" }),
  },
  {
    apis: [tf("shape", "input:x"), backend("shape", "x")],
    data: ["x"],
    torch: torchShape,
    form: (given) => callOf("np.array", [callOf("np.shape", [operand(given, "x")])]),
    type: () => array([undefined], "int", "tensor"),
  },
  {
    apis: [tf("rank", "input:x"), backend("ndim", "x"), ops("ndim", "x")],
    data: ["x"],
    form: (given) => callOf("np.ndim", [operand(given, "x")]),
    type: () => array([], "int", "tensor"),
  },
  {
    apis: [tf("size", "input:x"), ops("size", "x")],
    torch: torchSize,
    data: ["x"],
    form: (given) => callOf("np.size", [operand(given, "x")]),
    type: () => array([], "int", "tensor"),
  },
];
