/** The form of the tables' rows, and the parts that rows have in common. */
import type { ArrayValue, Dtype } from "../../src/analysis/values.ts";
import { array } from "../../src/analysis/values.ts";
import {
  axes,
  type Given,
  isGiven,
  NotNumPy,
  operand,
  type Piece,
  type Pieces,
  plain,
  reduced,
  typeOf,
} from "./operands.ts";
import type { TorchForm } from "./torch.ts";

/** One meaning, under the names and signatures that TensorFlow and Keras have for it. */
export interface Row {
  readonly apis: readonly Api[];
  /** Parameters that must be known data. */
  readonly data: readonly string[];
  /** What stands for the call in NumPy; throws `NotNumPy` where that would mean something else. */
  readonly form: (given: Given) => Pieces;
  /** The array that the call gives. */
  readonly type: (given: Given) => ArrayValue;
  /** What stands for the call in PyTorch, where it is given tensors. */
  readonly torch?: TorchForm | undefined;
  /** What NumPy gives looks into what it is given. */
  readonly views?: true;
  /** Each cell of what it gives depends on one cell of what it gets. */
  readonly elementwise?: true;
}

export interface Api {
  readonly paths: readonly string[];
  readonly signature: string;
}

type Names = string | readonly string[];

const under = (modules: readonly string[], names: Names): string[] =>
  (typeof names === "string" ? names.split(" ") : names).flatMap((name) =>
    modules.map((module) => `${module}.${name}`),
  );

/** Functions of TensorFlow; each also takes a name for its node of the graph. */
export const tf = (names: Names, signature: string): Api => ({
  paths: under(["tensorflow", "tensorflow.math", "tensorflow.compat.v1", "tensorflow.compat.v2"], names),
  signature: `${signature}, name=None`,
});
export const backend = (names: Names, signature: string): Api => ({
  paths: under(["keras.backend"], names),
  signature,
});
export const ops = (names: Names, signature: string): Api => ({
  paths: under(["keras.ops"], names),
  signature,
});

/** A call with positional arguments, then keywords. */
export function callOf(
  callee: string,
  positional: readonly Pieces[],
  keywords: Readonly<Record<string, Pieces>> = {},
): Pieces {
  const named = Object.entries(keywords).map(([name, pieces]): Pieces => [`${name}=`, ...pieces]);
  const args = [...positional, ...named].flatMap((pieces, i): Piece[] =>
    i === 0 ? [...pieces] : [", ", ...pieces],
  );
  return [`${callee}(`, ...args, ")"];
}

/** `axis=...` where it is given, and the function's own default where it is not. */
export function axisKeyword(given: Given, fallback?: string): Record<string, Pieces> {
  if (isGiven(given, "axis")) return { axis: axes(given, "axis") };
  return fallback === undefined ? {} : { axis: [fallback] };
}

/** Elementwise: the shape stays. */
export const unary = (numpy: string, dtype: Dtype | undefined, ...apis: Api[]): Row => ({
  apis,
  elementwise: true,
  data: ["x"],
  form: (given) => callOf(numpy, [operand(given, "x")]),
  type: (given) => {
    const { shape, dtype: own } = typeOf(given.value("x"));
    return array(shape, dtype ?? own, "tensor");
  },
});

/** Data types for which NumPy's and TensorFlow's results agree. */
export const ANY = "any";

/**
 * A mean, a sum and the like over axes.
 *
 * @param dtypes what the function may be given: TensorFlow's mean of integers is an integer, and
 * its sum of bytes wraps around, where NumPy's are not
 */
export const reduction = (
  numpy: string,
  dtypes: readonly Dtype[] | typeof ANY,
  gives: Dtype | undefined,
  ...apis: Api[]
): Row => ({
  apis,
  data: ["x"],
  form: (given) => {
    const { dtype } = typeOf(given.value("x"));
    if (dtypes !== ANY && !(dtype && dtypes.includes(dtype))) throw new NotNumPy();
    const keepdims: Record<string, Pieces> = isGiven(given, "keepdims")
      ? { keepdims: plain(given, "keepdims") }
      : {};
    return callOf(numpy, [operand(given, "x")], { ...axisKeyword(given), ...keepdims });
  },
  type: (given) => {
    const { shape, dtype } = typeOf(given.value("x"));
    const keeps = given.value("keepdims");
    return array(
      reduced(shape, given.value("axis"), keeps.kind === "bool" && keeps.value),
      gives ?? dtype,
      "tensor",
    );
  },
});
