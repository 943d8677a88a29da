import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scope } from "../../../src/analysis/scope.ts";
import * as symbolic from "../../../src/analysis/symbolic.ts";
import { int } from "../../../src/analysis/values.ts";

const { add, atom, constant, floorDivide, multiply, negate, render, subtract } = symbolic;
type Sym = symbolic.Sym;

const x = atom("x", []);
const y = atom("y", []);
const half = (sym: Sym) => floorDivide(sym, constant(2)) as Sym;

test.for<[string, Sym]>([
  ["0", constant(0)],
  ["-3", constant(-3)],
  ["x", add(x, constant(0))],
  ["0", subtract(x, x)],
  ["x * 2", add(x, x)],
  ["x * 6", multiply(multiply(constant(3), x), constant(2))],
  ["x - 2", subtract(x, constant(2))],
  ["2 - x", subtract(constant(2), x)],
  ["x * y", multiply(y, x)],
  ["x * y + x * 3", multiply(x, add(y, constant(3)))],
  ["(x - 2) // 2", half(subtract(x, constant(2)))],
  ["(x - 2) // 2 * 64", multiply(half(subtract(x, constant(2))), constant(64))],
  ["x // 2 // 2", half(half(x))],
  ["x // 2 + 1", add(half(x), constant(1))],
  ["x", half(multiply(x, constant(2)))],
  ["x * 2 + 3", half(add(multiply(x, constant(4)), constant(6)))],
  ["x // (y + 1)", floorDivide(x, add(y, constant(1))) as Sym],
  ["x // (y * 2)", floorDivide(x, multiply(y, constant(2))) as Sym],
  ["x // 2 * y", multiply(y, half(x))],
  ["x // 2 * (y // 2)", multiply(half(x), half(y))],
])("%s", ([text, sym]) => {
  expect(render(sym)).toBe(text);
});

test("a division by zero is not known", () => {
  expect(floorDivide(x, constant(0))).toBeUndefined();
});

test.for([
  [7, 2, 3],
  [-7, 2, -4],
  [7, -2, -4],
])("%i // %i rounds down to %i", ([a = 0, b = 0, quotient]) => {
  expect(symbolic.constantOf(floorDivide(constant(a), constant(b)) as Sym)).toBe(quotient);
});

describe("an expression can be written again", () => {
  test("until one of its names is bound again", () => {
    const scope = new Scope("module");
    scope.bind("n", int(3), 1);
    const sym = multiply(half(atom("n", [{ scope, name: "n", boundAt: 1 }])), constant(2));
    expect(symbolic.isCurrent(sym, 5)).toBe(true);
    scope.bind("n", int(4), 6);
    expect([5, 6].map((time) => symbolic.isCurrent(sym, time))).toEqual([true, false]);
  });
});

// Python's arithmetic on the text against arithmetic on the symbols

type Op = "+" | "-" | "*" | "//";
type Tree = { leaf: string | number } | { op: Op; left: Tree; right: Tree };

const NAMES = { a: 5, b: -3, c: 8 } as const;

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ leaf: fc.oneof(fc.constantFrom("a", "b", "c"), fc.integer({ min: -4, max: 6 })) }),
    fc.record({ op: fc.constantFrom<Op>("+", "-", "*", "//"), left: tie("tree"), right: tie("tree") }),
  ),
}));

function symbolOf(node: Tree): Sym | undefined {
  if ("leaf" in node) return typeof node.leaf === "number" ? constant(node.leaf) : atom(node.leaf, []);
  const [left, right] = [symbolOf(node.left), symbolOf(node.right)];
  if (!left || !right) return undefined;
  return { "+": add, "-": subtract, "*": multiply, "//": floorDivide }[node.op](left, right);
}

/** undefined where a division by zero is in it. */
function numberOf(node: Tree): number | undefined {
  if ("leaf" in node)
    return typeof node.leaf === "number" ? node.leaf : NAMES[node.leaf as keyof typeof NAMES];
  const [a, b] = [numberOf(node.left), numberOf(node.right)];
  if (a === undefined || b === undefined || (node.op === "//" && b === 0)) return undefined;
  return { "+": a + b, "-": a - b, "*": a * b, "//": Math.floor(a / b) }[node.op];
}

/** Evaluates sums, products, floor divisions and signs as Python does. */
function evaluate(text: string): number {
  const tokens = text.match(/\/\/|[-+*()]|\w+/g) ?? [];
  const atomic = (): number => {
    const token = tokens.shift() as string;
    if (token === "-") return -atomic();
    if (token === "(") {
      const value = sum();
      tokens.shift();
      return value;
    }
    return token in NAMES ? NAMES[token as keyof typeof NAMES] : Number(token);
  };
  const product = (): number => {
    let value = atomic();
    while (tokens[0] === "*" || tokens[0] === "//") {
      const op = tokens.shift();
      const right = atomic();
      value = op === "*" ? value * right : Math.floor(value / right);
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[0] === "+" || tokens[0] === "-") value += tokens.shift() === "+" ? product() : -product();
    return value;
  };
  return sum();
}

test("the text of an expression has its value", () => {
  fc.assert(
    fc.property(tree, (node) => {
      const [sym, value] = [symbolOf(node), numberOf(node)];
      fc.pre(sym !== undefined && value !== undefined && Math.abs(value) < 1e9);
      expect(evaluate(render(sym)) + 0).toBe(value + 0);
    }),
    { numRuns: 2000 },
  );
});

test("a negated quotient keeps its value", () => {
  expect(evaluate(render(negate(half(atom("a", [])))))).toBe(-2);
});
