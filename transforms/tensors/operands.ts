/**
 * What a function of TensorFlow is given, and whether it is known to be NumPy data: only then does
 * NumPy's function of the same meaning take its place.
 */
import type { Expr } from "../../grammars/nodes.ts";
import { arrayOf } from "../../src/analysis/arrays.ts";
import type { KerasVersion } from "../../src/analysis/constructs.ts";
import {
  type ArrayValue,
  alternatives,
  array,
  type Dtype,
  type Num,
  type Value,
} from "../../src/analysis/values.ts";

/** Text of the output, with arguments of the call in it by parameter name, and helpers that it calls. */
export type Piece = string | { readonly arg: string } | HelperPiece;
/** The name of a helper, and the parameters that it is passed. */
export interface HelperPiece {
  readonly helper: string;
  readonly passes: readonly string[];
}
export type Pieces = readonly Piece[];

/** Thrown where NumPy's function may not mean the same: the call stays, and is reported. */
export class NotNumPy extends Error {}

/** The arguments of one call, as the analysis and the rewriting both see them. */
export interface Given {
  /** Which Keras the script is written for. */
  readonly version?: KerasVersion;
  value(name: string): Value;
  expr(name: string): Expr | undefined;
}

const KERAS: ReadonlySet<string> = new Set(["keras", "tensorflow"]);

/**
 * Whether a value is numbers in memory, before and after the conversion. One of which nothing is known is: where
 * code runs that is not of a model, TensorFlow reads no other, and what it made itself is an array by then.
 */
export function isData(value: Value): boolean {
  return alternatives(value).every((one) => {
    switch (one.kind) {
      case "array":
        return one.container !== "dataset";
      case "num":
      case "bool":
        return true;
      case "list":
      case "tuple":
        return one.elements.length > 0 && one.elements.every(isData);
      case "unknown":
        return true;
      case "ref":
        return !KERAS.has(one.path.split(".")[0] as string);
      default:
        return false;
    }
  });
}

/** The array that the value is, or that TensorFlow makes of it. */
export function typeOf(value: Value): ArrayValue {
  if (value.kind === "array") return value;
  if (value.kind === "num") return array([], value.isFloat ? "float" : "int");
  if (value.kind === "bool") return array([], "bool");
  return arrayOf(value);
}

/** An argument where an array is wanted: as it stands if it is one. */
export function operand(given: Given, name: string): Pieces {
  const value = given.value(name);
  if (!isData(value)) throw new NotNumPy();
  const wraps = new Set(alternatives(value).map(wrapOf));
  const [wrap] = wraps;
  // One of several containers: NumPy finds out which.
  if (wraps.size !== 1) return ["np.asarray(", { arg: name }, ")"];
  return wrap ? [wrap[0], { arg: name }, wrap[1]] : [{ arg: name }];
}

const ASARRAY = ["np.asarray(", ")"] as const;
/** Python's numbers become TensorFlow's 32-bit ones. */
const FLOAT32 = ["np.asarray(", ', dtype="float32")'] as const;
const INT32 = ["np.asarray(", ', dtype="int32")'] as const;

function wrapOf(value: Value): readonly [string, string] | undefined {
  switch (value.kind) {
    case "array":
      if (value.container === "ndarray" || value.container === "tensor") return undefined;
      return value.container === "list" ? wrapOfNumbers(value.dtype) : ASARRAY;
    case "unknown":
      return value.library === "numpy" ? undefined : ASARRAY;
    case "ref":
      return ASARRAY;
    case "list":
    case "tuple":
      return value.elements.some(hasArrays) ? undefined : wrapOfNumbers(arrayOf(value).dtype);
    default:
      return undefined;
  }
}

function hasArrays(value: Value): boolean {
  return value.kind === "array" || value.kind === "unknown" || value.kind === "ref"
    ? true
    : (value.kind === "list" || value.kind === "tuple") && value.elements.some(hasArrays);
}

function wrapOfNumbers(dtype: Dtype | undefined): readonly [string, string] {
  switch (dtype) {
    case "float":
      return FLOAT32;
    case "int":
      return INT32;
    case "bool":
      return ASARRAY;
    default:
      throw new NotNumPy();
  }
}

/** An operand that a method or an operator may follow. */
export function atom(given: Given, name: string): Pieces {
  const pieces = operand(given, name);
  if (pieces.length > 1) return pieces;
  if (given.value(name).kind !== "array") return ["np.asarray(", ...pieces, ")"];
  const type = given.expr(name)?.type;
  const postfix = type === "Name" || type === "Attribute" || type === "Subscript" || type === "Call";
  return postfix ? pieces : ["(", ...pieces, ")"];
}

/** Axes: NumPy wants a tuple where TensorFlow also takes a list. */
export function axes(given: Given, name: string): Pieces {
  const value = given.value(name);
  if (value.kind === "num" || value.kind === "tuple") return [{ arg: name }];
  if (
    value.kind === "list" &&
    !value.open &&
    value.elements.every((one) => one.kind === "num" && one.value !== undefined)
  ) {
    const numbers = value.elements.map((one) => (one.kind === "num" ? String(one.value) : ""));
    return [numbers.length === 1 ? (numbers[0] as string) : `(${numbers.join(", ")})`];
  }
  if (value.kind === "list") return ["tuple(", { arg: name }, ")"];
  throw new NotNumPy();
}

/** A flag or number that NumPy takes as it is. */
export function plain(given: Given, name: string): Pieces {
  const value = given.value(name);
  if (value.kind !== "num" && value.kind !== "bool") throw new NotNumPy();
  return [{ arg: name }];
}

export function isGiven(given: Given, name: string): boolean {
  return given.expr(name) !== undefined && given.value(name).kind !== "none";
}

/** A known number; undefined for any other value. */
export function numberOf(given: Given, name: string): number | undefined {
  const value = given.value(name);
  return value.kind === "num" ? value.value : undefined;
}

const DTYPES: Readonly<Record<string, string>> = {
  bool: "bool",
  float16: "float16",
  half: "float16",
  float32: "float32",
  float64: "float64",
  double: "float64",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  int64: "int64",
  uint8: "uint8",
  uint16: "uint16",
};

/** NumPy's name of a data type: `tf.float32`, `np.float32` and "float32" are all "float32". */
export function dtypeName(given: Given, name: string, fallback?: string): string {
  const value = given.value(name);
  if (value.kind === "none" && fallback !== undefined) return fallback;
  const written =
    value.kind === "str" ? value.value : value.kind === "ref" ? (value.path.split(".").at(-1) ?? "") : "";
  const known = DTYPES[written];
  if (known === undefined) throw new NotNumPy();
  return known;
}

/** The analysis's kind of a NumPy data type. */
export function dtypeKind(name: string): Dtype {
  if (name.startsWith("float")) return "float";
  return name === "bool" || name === "uint8" ? name : "int";
}

/** A shape without some of its axes, or with 1 in their place. */
export function reduced(shape: ArrayValue["shape"], axis: Value, keeps: boolean): ArrayValue["shape"] {
  if (axis.kind === "none") return keeps ? shape?.map(() => ONE) : [];
  const at =
    axis.kind === "num" ? [axis] : axis.kind === "list" || axis.kind === "tuple" ? axis.elements : [];
  if (!shape || at.length === 0 || at.some((one) => one.kind !== "num" || one.value === undefined))
    return undefined;
  const gone = new Set(
    at.map((one) => ((one as Num).value as number) + (((one as Num).value as number) < 0 ? shape.length : 0)),
  );
  return keeps ? shape.map((dim, i) => (gone.has(i) ? ONE : dim)) : shape.filter((_, i) => !gone.has(i));
}

const ONE: Num = { kind: "num", value: 1, isFloat: false, sym: undefined };
