/** Products and lengths of arrays. */
import { array } from "../../src/analysis/values.ts";
import { type Given, isGiven, NotNumPy, operand, type Pieces, plain, reduced, typeOf } from "./operands.ts";
import { type Api, axisKeyword, backend, callOf, ops, type Row, tf } from "./row.ts";

/** Functions of `tf` that stand in `tf.linalg`, too. */
const linalg = (names: string, signature: string): Api => ({
  paths: names.split(" ").map((name) => `tensorflow.linalg.${name}`),
  signature: `${signature}, name=None`,
});

function requireFloats(given: Given): void {
  if (typeOf(given.value("x")).dtype !== "float") throw new NotNumPy();
}

const square = (name: string, rank: number): Row => ({
  apis: [linalg(name, "input:x"), ops(`linalg.${name}`, "x")],
  data: ["x"],
  form: (given) => {
    requireFloats(given);
    return callOf(`np.linalg.${name}`, [operand(given, "x")]);
  },
  type: (given) => array(typeOf(given.value("x")).shape?.slice(0, rank), "float", "tensor"),
});

/** Numbers, or lists of axes. */
const over = (given: Given, name: string): Pieces => {
  const { kind } = given.value(name);
  return kind === "list" || kind === "tuple" ? [{ arg: name }] : plain(given, name);
};

const product = (numpy: string, apis: readonly Api[], extra?: string): Row => ({
  apis,
  data: ["a", "b"],
  form: (given) =>
    callOf(numpy, [
      operand(given, "a"),
      operand(given, "b"),
      ...(extra === undefined ? [] : [over(given, extra)]),
    ]),
  type: (given) => array(undefined, typeOf(given.value("a")).dtype, "tensor"),
});

const NORM = "tensor:x, ord=None, axis=None, keepdims=None";

export const LINEAR: readonly Row[] = [
  square("inv", 2),
  square("det", 0),
  {
    // The length of all numbers together, or of those along an axis.
    apis: [tf("norm", NORM), linalg("norm", NORM)],
    data: ["x"],
    form: (given) => {
      requireFloats(given);
      const { shape } = typeOf(given.value("x"));
      const ranked = isGiven(given, "axis") ? given.value("axis").kind === "num" : shape && shape.length <= 2;
      if (!ranked || isGiven(given, "ord") || isGiven(given, "keepdims")) throw new NotNumPy();
      return callOf("np.linalg.norm", [operand(given, "x")], axisKeyword(given));
    },
    type: (given) =>
      array(reduced(typeOf(given.value("x")).shape, given.value("axis"), false), "float", "tensor"),
  },
  product("np.tensordot", [tf("tensordot", "a, b, axes"), ops("tensordot", "x1:a, x2:b, axes=2")], "axes"),
  product("np.dot", [backend("dot", "x:a, y:b"), ops("dot", "x1:a, x2:b")]),
  {
    ...product("np.matmul", [tf("matmul", "a, b"), linalg("matmul", "a, b"), ops("matmul", "x1:a, x2:b")]),
    type: (given) => {
      const [a, b] = [typeOf(given.value("a")), typeOf(given.value("b"))];
      const known = a.shape?.length === 2 && b.shape?.length === 2;
      return array(known ? [a.shape?.[0], b.shape?.[1]] : undefined, a.dtype, "tensor");
    },
  },
];
