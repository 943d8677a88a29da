/**
 * Ranks, sizes and containers of arrays through NumPy, pandas and scikit-learn: as much as the
 * boundary of a model needs. What is not known stays unknown.
 */
import type { Attribute, Call, Expr, Subscript } from "../../grammars/nodes.ts";
import type { Machine } from "./machine.ts";
import * as symbolic from "./symbolic.ts";
import {
  ANY_FLOAT,
  ANY_INT,
  type ArrayValue,
  array,
  type Dtype,
  external,
  int,
  join,
  NONE,
  type Num,
  tuple,
  UNKNOWN,
  type Value,
} from "./values.ts";

type Shape = ArrayValue["shape"];

const UNKNOWN_ARRAY = array(undefined);

export function arrayAttribute(m: Machine, owner: ArrayValue, name: string, node: Attribute): Value {
  switch (name) {
    case "shape":
      if (!owner.shape) return { kind: "tuple", elements: [], open: true, node: undefined };
      return tuple(owner.shape.map((dim, i) => (dim && isReadable(m, dim) ? dim : sizeByName(m, node, i))));
    case "T":
      return { ...owner, shape: owner.shape && [...owner.shape].reverse() };
    case "values":
      return { ...owner, container: "ndarray" };
    case "ndim":
      return owner.shape ? int(owner.shape.length) : ANY_INT;
    case "size":
      return ANY_INT;
    case "loc":
    case "iloc":
      return { ...owner, container: owner.container === "series" ? "series" : "dataframe" };
    default:
      // A column of a table, or a property such as `dtype` or `columns`.
      return owner.container === "dataframe" ? array(undefined, undefined, undefined) : external("numpy");
  }
}

/** Whether a size is a number, or every name in it still means the same: `x = x.reshape(1, x.shape[1])` ends that. */
function isReadable(m: Machine, size: Num): boolean {
  return size.value !== undefined || (size.sym !== undefined && symbolic.isCurrent(size.sym, m.time));
}

function sizeByName(m: Machine, shape: Attribute, index: number): Num {
  const sym = m.atomOf(shape);
  if (!sym) return ANY_INT;
  const text = `${m.source(shape)}[${index}]`;
  return { kind: "num", value: undefined, isFloat: false, sym: symbolic.atom(text, symbolic.usesOf(sym)) };
}

/** A display of numbers, or lists of numbers, as NumPy reads it. */
export function arrayOf(value: Value | undefined): ArrayValue {
  if (value === undefined) return UNKNOWN_ARRAY;
  if (value.kind === "array") return { ...value, container: "ndarray" };
  if (value.kind === "list" || value.kind === "tuple") {
    const [first] = value.elements;
    if (!first) return UNKNOWN_ARRAY;
    const isCell = first.kind === "num" || first.kind === "bool" || first.kind === "str";
    const inner = isCell ? array([], dtypeOf(value.elements)) : arrayOf(first);
    const known =
      first.kind === "list" || first.kind === "tuple" || first.kind === "array" || inner.shape?.length === 0;
    if (!known || !inner.shape) return UNKNOWN_ARRAY;
    return array([value.open ? undefined : int(value.elements.length), ...inner.shape], inner.dtype);
  }
  return UNKNOWN_ARRAY;
}

function dtypeOf(values: readonly Value[]): Dtype | undefined {
  if (values.every((value) => value.kind === "num")) {
    return values.some((value) => value.kind === "num" && value.isFloat) ? "float" : "int";
  }
  if (values.every((value) => value.kind === "str")) return "str";
  return values.every((value) => value.kind === "bool") ? "bool" : undefined;
}

export function indexArray(owner: ArrayValue, index: Value, node: Subscript): Value {
  const part = partOf(owner, index, node);
  if (part.kind !== "array" || part.container !== "ndarray") return part;
  return owner.backwards ? { ...part, backwards: true } : backwards(index, part);
}

/** What a slice of an array is: an array that goes backwards where a step is negative, or may be. */
export function backwards(index: Value, part: Value): Value {
  const steps = index.kind === "tuple" ? index.elements : [index];
  if (!steps.some(goesBack)) return part;
  return { ...(part.kind === "array" ? part : UNKNOWN_ARRAY), backwards: true };
}

function goesBack(index: Value): boolean {
  const step = index.kind === "slice" ? index.step : undefined;
  return step?.kind === "num"
    ? !(step.value !== undefined && step.value > 0)
    : (step ?? NONE).kind !== "none";
}

function partOf(owner: ArrayValue, index: Value, node: Subscript): Value {
  // `frame["a"]` is a column, `frame[["a", "b"]]` a table; `loc` and `iloc` take rows first.
  if (owner.container === "dataframe") return indexTable(index, node);
  if (!owner.shape) return array(undefined, owner.dtype, owner.container);
  const parts = index.kind === "tuple" && node.index.type === "Tuple" ? index.elements : [index];
  const written = node.index.type === "Tuple" ? node.index.elements : [node.index];
  const shape: (Num | undefined)[] = [];
  let axis = 0;
  for (const [i, part] of parts.entries()) {
    const expr = written[i];
    if (expr?.type === "Constant" && expr.value === "...") {
      const rest = parts.slice(i + 1).filter((one, at) => !addsAxis(one, written[i + 1 + at])).length;
      while (axis < owner.shape.length - rest) shape.push(owner.shape[axis++]);
    } else if (addsAxis(part, expr)) shape.push(int(1));
    else if (part.kind === "slice") {
      shape.push(sliceSize(owner.shape[axis], part));
      axis++;
    } else if (part.kind === "num") axis++;
    else if (part.kind === "array" && part.dtype === "bool" && part.shape && part.shape.length > 1) {
      return array(undefined, owner.dtype, owner.container);
    } else if (part.kind === "array" && part.shape) {
      shape.push(...part.shape.map((dim, at) => (at === 0 && part.dtype === "bool" ? undefined : dim)));
      axis++;
    } else if (part.kind === "list") {
      shape.push(part.open ? undefined : int(part.elements.length));
      axis++;
    } else return array(undefined, owner.dtype, owner.container);
  }
  while (axis < owner.shape.length) shape.push(owner.shape[axis++]);
  if (shape.length === 0) return owner.dtype === "float" ? ANY_FLOAT : external("numpy");
  return array(shape, owner.dtype, owner.container === "list" ? "ndarray" : owner.container);
}

/** Rows and columns of a table by `iloc`, or columns by a list of their names. */
function indexTable(index: Value, node: Subscript): ArrayValue {
  const unknown = array(undefined, undefined, undefined);
  const two = array([undefined, undefined], undefined, "dataframe");
  const byPlace = node.value.type === "Attribute" && node.value.attr === "iloc";
  if (node.value.type === "Attribute" && node.value.attr === "loc") return unknown;
  if (!byPlace) return index.kind === "list" ? two : unknown;
  const parts = index.kind === "tuple" && node.index.type === "Tuple" ? index.elements : [index];
  const kept = (part: Value) =>
    part.kind === "slice" || part.kind === "list" ? 1 : part.kind === "num" ? 0 : -2;
  const [rows, columns] = [parts[0], parts[1]].map((part) => (part ? kept(part) : 1));
  if (rows === 1 && columns === 1) return two;
  return rows === 1 && columns === 0 ? array([undefined], undefined, "series") : unknown;
}

function addsAxis(index: Value, expr: Expr | undefined): boolean {
  return index.kind === "none" || (expr?.type === "Attribute" && expr.attr === "newaxis");
}

function sliceSize(dim: Num | undefined, slice: Extract<Value, { kind: "slice" }>): Num | undefined {
  if (!slice.lower && !slice.upper && !slice.step) return dim;
  if (slice.step) return undefined;
  const bound = (value: Value | undefined, fallback: number | undefined) => {
    if (value === undefined || value.kind === "none") return fallback;
    if (value.kind !== "num" || value.value === undefined) return undefined;
    if (value.value >= 0) return dim?.value === undefined ? value.value : Math.min(value.value, dim.value);
    return dim?.value === undefined ? undefined : Math.max(dim.value + value.value, 0);
  };
  const [lower, upper] = [bound(slice.lower, 0), bound(slice.upper, dim?.value)];
  // Without the size of the axis an upper bound may lie beyond its end.
  if (lower === undefined || upper === undefined || dim?.value === undefined) return undefined;
  return int(Math.max(upper - lower, 0));
}

/** The shape of `a @ b`: the last axis of the one meets the last but one, or only, axis of the other. */
function matrixProduct(a: Shape, b: Shape): Shape {
  if (!a || !b || a.length === 0 || b.length === 0 || a.length > 2 || b.length > 2) return undefined;
  return [...a.slice(0, -1), ...(b.length === 2 ? b.slice(1) : [])];
}

export function arrayBinOp(op: string, left: Value, right: Value): Value {
  if (op === "@") {
    const [a, b] = [left, right].map((side) => (side.kind === "array" ? side.shape : undefined));
    return array(matrixProduct(a, b), "float");
  }
  if (left.kind === "array" && right.kind === "array") {
    const [a, b] = [left.shape, right.shape];
    if (!a || !b) return array(undefined, undefined, left.container ?? right.container);
    const [long, short] = a.length >= b.length ? [a, b] : [b, a];
    const shape = long.map((dim, i) => {
      const other = short[i - (long.length - short.length)];
      if (i < long.length - short.length) return dim;
      if (other?.value === 1) return dim;
      if (dim?.value === 1) return other;
      return dim ?? other;
    });
    return array(shape, left.dtype === right.dtype && op !== "/" ? left.dtype : "float", left.container);
  }
  const [known, other] = left.kind === "array" ? [left, right] : [right as ArrayValue, left];
  const scalar = other.kind === "num" || other.kind === "bool";
  const isFloat = op === "/" || (scalar && other.kind === "num" && other.isFloat);
  return array(scalar ? known.shape : undefined, isFloat ? "float" : known.dtype, known.container);
}

/** Methods of tables that give tables. */
const TABLES = new Set([
  "drop",
  "dropna",
  "drop_duplicates",
  "head",
  "tail",
  "sample",
  "sort_values",
  "rename",
  "sort_index",
  "set_index",
]);

/** Methods that keep the shape. */
const SAME_SHAPE = new Set([
  "copy",
  "astype",
  "fillna",
  "round",
  "clip",
  "reset_index",
  "map",
  "apply",
  "replace",
  "shuffle",
  "to",
  "float",
  "abs",
]);
/** Methods of tables that give a NumPy array. */
const TO_NUMPY = new Set(["to_numpy", "as_matrix"]);

const DTYPES: Record<string, Dtype> = {
  float32: "float",
  float64: "float",
  float: "float",
  int: "int",
  int32: "int",
  int64: "int",
  uint8: "uint8",
  bool: "bool",
};

export function arrayMethod(
  m: Machine,
  owner: ArrayValue,
  name: string,
  node: Call,
  args: readonly Value[],
): Value {
  if (name === "reshape") {
    const given = node.args.filter((arg) => arg.name === null);
    const sizes = given.length === 1 ? args[0] : tuple(args.slice(0, given.length) as Value[]);
    return { ...owner, shape: sizes && shapeOf(m, sizes, node) };
  }
  if (name === "astype") return { ...owner, dtype: dtypeNamed(args[0]), backwards: undefined };
  if (name === "flatten" || name === "ravel") return { ...owner, shape: [undefined] };
  if (name === "transpose") {
    return {
      ...owner,
      shape:
        owner.shape && (args.length === 0 ? [...owner.shape].reverse() : owner.shape.map(() => undefined)),
    };
  }
  if (name === "copy") return { ...owner, backwards: undefined };
  if (SAME_SHAPE.has(name)) return owner;
  if (name === "numpy") return { ...owner, container: "ndarray" };
  if (TO_NUMPY.has(name)) return { ...owner, container: "ndarray" };
  if (name === "tolist") return { ...owner, container: "list" };
  if (owner.container === "dataframe" && owner.shape && TABLES.has(name))
    return array([undefined, undefined], undefined, "dataframe");
  if (owner.container === "dataframe" && name === "pop") return array([undefined], undefined, "series");
  if (owner.container === "dataframe" || owner.container === "series")
    return array(undefined, undefined, undefined);
  return external("numpy");
}

function dtypeNamed(value: Value | undefined): Dtype | undefined {
  if (value?.kind === "str") return DTYPES[value.value];
  if (value?.kind === "ref") return DTYPES[value.path.slice(value.path.lastIndexOf(".") + 1)];
  return undefined;
}

function shapeOf(m: Machine, value: Value, node: Call): Shape {
  if (value.kind === "num") return [knownSize(value)];
  if ((value.kind === "tuple" || value.kind === "list") && !value.open) {
    const written =
      value.node?.type === "Tuple" || value.node?.type === "List"
        ? value.node.elements
        : node.args.map((arg) => arg.value);
    return value.elements.map((element, i) => {
      const known = m.sizeOf(element, written[i]);
      return known && knownSize(known);
    });
  }
  return undefined;
}

/** `-1` in a shape stands for a size that NumPy works out. */
function knownSize(value: Num): Num | undefined {
  return value.value !== undefined && value.value < 0 ? undefined : value;
}

type Rule = (m: Machine, args: readonly Value[], node: Call) => Value;

const ofFirst: Rule = (_m, [first]) => arrayOf(first);
const copyOf: Rule = (_m, [first]) => ({ ...arrayOf(first), backwards: undefined });
const filled: Rule = (m, [sizes], node) => array(sizes && shapeOf(m, sizes, node), "float");
/** Arrays turned around are views of their memory. */
const turned: Rule = (_m, [first]) => ({ ...arrayOf(first), backwards: true });
const vector: Rule = (_m, args) =>
  array([args[0]?.kind === "num" && args.length === 1 ? knownSize(args[0]) : undefined]);
const randomOf: Rule = (m, args, node) =>
  array(args.length === 0 ? [] : shapeOf(m, tuple([...args]), node), "float");
const table: Rule = () => array([undefined, undefined], undefined, "dataframe");

/** Index of the argument that gives the output's shape for NumPy's random generators. */
const sized: Rule = (m, args, node) => {
  const at = node.args.findIndex((arg) => arg.name === "size");
  const sizes = at >= 0 ? args[at] : node.args.length === 3 ? args[2] : undefined;
  return sizes ? array(shapeOf(m, sizes, node)) : UNKNOWN_ARRAY;
};

const random =
  (rule: Rule): Rule =>
  (m, args, node) => {
    const value = rule(m, args, node);
    return value.kind === "array" ? { ...value, random: true } : value;
  };

/** scikit-learn's generators of samples and their targets. */
const MADE = ["moons", "circles", "classification", "blobs", "regression"] as const;

const RULES: Record<string, Rule> = {
  "numpy.array": copyOf,
  "numpy.ascontiguousarray": copyOf,
  "numpy.copy": copyOf,
  "numpy.asarray": ofFirst,
  "numpy.abs": ofFirst,
  "numpy.sin": ofFirst,
  "numpy.cos": ofFirst,
  "numpy.exp": ofFirst,
  "numpy.log": ofFirst,
  "numpy.sqrt": ofFirst,
  "numpy.zeros_like": ofFirst,
  "numpy.ones_like": ofFirst,
  "numpy.round": ofFirst,
  "numpy.zeros": filled,
  "numpy.ones": filled,
  "numpy.empty": filled,
  "numpy.full": filled,
  "numpy.arange": vector,
  "numpy.linspace": () => array([undefined], "float"),
  "numpy.random.random": random(filled),
  "numpy.random.random_sample": random(filled),
  "numpy.random.rand": random(randomOf),
  "numpy.random.randn": random(randomOf),
  "numpy.random.randint": sized,
  "numpy.random.normal": sized,
  "numpy.random.uniform": sized,
  "numpy.random.permutation": () => array([undefined], "int"),
  "numpy.reshape": (m, [first, sizes], node) => ({
    ...arrayOf(first),
    shape: sizes && shapeOf(m, sizes, node),
  }),
  "numpy.expand_dims": (_m, [first, axis]) => {
    const source = arrayOf(first);
    const at = axis?.kind === "num" ? axis.value : undefined;
    if (!source.shape || at === undefined) return { ...source, shape: undefined };
    const shape = [...source.shape];
    shape.splice(at < 0 ? shape.length + 1 + at : at, 0, int(1));
    return { ...source, shape };
  },
  "numpy.concatenate": (_m, args, node) => {
    const joined = stacked(args[0], false);
    const at = axisOf(args, node);
    if (at === 0) return joined;
    const rank = joined.shape?.length ?? 0;
    const grows = (axis: number) => at === undefined || at === axis || at === axis - rank;
    return { ...joined, shape: joined.shape?.map((dim, axis) => (grows(axis) ? undefined : dim)) };
  },
  "numpy.vstack": (_m, [first]) => stacked(first, false),
  "numpy.append": (_m, [first]) => ({ ...arrayOf(first), shape: undefined }),
  "numpy.hstack": (_m, [first]) => {
    const joined = stacked(first, false);
    return { ...joined, shape: joined.shape?.map(() => undefined) };
  },
  "numpy.stack": (_m, args, node) => {
    const joined = stacked(args[0], true);
    return axisOf(args, node) === 0 ? joined : { ...joined, shape: joined.shape?.map(() => undefined) };
  },
  "numpy.transpose": (_m, args) => {
    const source = arrayOf(args[0]);
    return {
      ...source,
      shape:
        source.shape && (args.length === 1 ? [...source.shape].reverse() : source.shape.map(() => undefined)),
    };
  },
  "numpy.flip": turned,
  "numpy.fliplr": turned,
  "numpy.flipud": turned,
  "numpy.rot90": (m, args, node) => ({ ...(turned(m, args, node) as ArrayValue), shape: undefined }),
  "numpy.argmax": () => external("numpy"),
  "numpy.loadtxt": () => array([undefined, undefined], "float"),
  "numpy.genfromtxt": () => array([undefined, undefined], "float"),
  "pandas.read_csv": table,
  "pandas.read_excel": table,
  "pandas.DataFrame": table,
  "pandas.read_table": table,
  "pandas.concat": table,
  "pandas.get_dummies": table,
  "sklearn.model_selection.train_test_split": split,
  "sklearn.cross_validation.train_test_split": split,
  ...Object.fromEntries(
    MADE.map((name) => [
      `sklearn.datasets.make_${name}`,
      () => tuple([array([undefined, undefined], "float"), array([undefined])]),
    ]),
  ),
  "sklearn.preprocessing.LabelBinarizer": () => external(BINARIZER),
  "sklearn.utils.shuffle": (_m, args) => tuple(args.filter((arg) => arg.kind === "array").map(rowsOf)),
};

function split(_m: Machine, args: readonly Value[], node: Call): Value {
  const arrays = args.filter((_, i) => node.args[i]?.name === null);
  return tuple(arrays.flatMap((value) => [rowsOf(value), rowsOf(value)]));
}

/** Some rows of an array: the same but for their number. */
function rowsOf(value: Value): Value {
  if (value.kind === "list") return array(undefined, undefined, "list");
  if (value.kind !== "array") return value.kind === "unknown" ? value : UNKNOWN;
  return { ...value, shape: value.shape && [undefined, ...value.shape.slice(1)] };
}

/** The axis that arrays are joined along; undefined where it is not known. */
function axisOf(args: readonly Value[], node: Call): number | undefined {
  const named = node.args.findIndex((arg) => arg.name === "axis");
  const axis = args[named >= 0 ? named : 1];
  if (!axis) return 0;
  return axis.kind === "num" ? axis.value : undefined;
}

function stacked(parts: Value | undefined, newAxis: boolean): ArrayValue {
  if ((parts?.kind !== "list" && parts?.kind !== "tuple") || parts.elements.length === 0)
    return UNKNOWN_ARRAY;
  const joined = parts.elements.map((part) => arrayOf(part)).reduce<Value>(join, arrayOf(parts.elements[0]));
  if (joined.kind !== "array" || !joined.shape) return UNKNOWN_ARRAY;
  return { ...joined, shape: newAxis ? [undefined, ...joined.shape] : [undefined, ...joined.shape.slice(1)] };
}

/** What a call of a library function gives. */
export function libraryCall(m: Machine, path: string, args: readonly Value[], node: Call): Value {
  const rule = RULES[path];
  if (rule) return rule(m, args, node);
  const [library = ""] = path.split(".");
  if (library === "numpy" || library === "np") return UNKNOWN_ARRAY;
  return external(library);
}

/** What makes columns of labels (n,). */
const BINARIZER = "sklearn.LabelBinarizer";

/** Methods of scikit-learn's scalers and encoders: rank stays, what kind of array comes out does not. */
const TRANSFORMS = new Set(["fit_transform", "transform", "inverse_transform"]);

/** What a method of a library's object gives. */
export function libraryMethod(library: string, name: string, args: readonly Value[]): Value {
  const [data] = args;
  if (library === BINARIZER && (name === "fit_transform" || name === "transform"))
    return array([data?.kind === "array" ? data.shape?.[0] : undefined, undefined], undefined, undefined);
  if (library !== "sklearn" || !TRANSFORMS.has(name)) return external(library);
  return array(data?.kind === "array" ? data.shape?.map(() => undefined) : undefined, undefined, undefined);
}
