/** Arithmetic and comparison of known values, as Python does them. */
import * as symbolic from "./symbolic.ts";
import { bool, type Num, type Str, same, UNKNOWN, type Value } from "./values.ts";

const FLOAT_OPERATIONS: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => ((a % b) + b) % b,
  "**": (a, b) => a ** b,
};

export function numericBinOp(op: string, a: Num, b: Num): Num {
  const operation = FLOAT_OPERATIONS[op];
  const known = operation && a.value !== undefined && b.value !== undefined;
  const value = known ? operation(a.value as number, b.value as number) : undefined;
  return {
    kind: "num",
    value: value !== undefined && Number.isFinite(value) ? value : undefined,
    isFloat: a.isFloat || b.isFloat || op === "/" || (op === "**" && (b.value ?? 0) < 0),
    sym: a.sym && b.sym ? symbolicBinOp(op, a.sym, b.sym) : undefined,
  };
}

function symbolicBinOp(op: string, a: symbolic.Sym, b: symbolic.Sym): symbolic.Sym | undefined {
  switch (op) {
    case "+":
      return symbolic.add(a, b);
    case "-":
      return symbolic.subtract(a, b);
    case "*":
      return symbolic.multiply(a, b);
    case "//":
      return symbolic.floorDivide(a, b);
    default:
      return undefined;
  }
}

const ORDER: Record<string, (a: number, b: number) => boolean> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

export function compare(op: string, a: Value, b: Value): Value {
  if (a.kind === "num" && b.kind === "num") {
    const order = ORDER[op];
    return order && a.value !== undefined && b.value !== undefined ? bool(order(a.value, b.value)) : UNKNOWN;
  }
  if (op === "in" || op === "not in") {
    if ((b.kind !== "list" && b.kind !== "tuple") || b.open || !isPlain(a)) return UNKNOWN;
    if (!b.elements.every(isPlain)) return UNKNOWN;
    return bool(b.elements.some((element) => same(a, element)) === (op === "in"));
  }
  if (!isPlain(a) || !isPlain(b)) return UNKNOWN;
  if (op === "==" || op === "is") return bool(same(a, b));
  if (op === "!=" || op === "is not") return bool(!same(a, b));
  return UNKNOWN;
}

/** Values whose equality is known from their spelling. */
function isPlain(value: Value): value is Num | Str {
  return (
    value.kind === "str" ||
    value.kind === "bool" ||
    value.kind === "none" ||
    (value.kind === "num" && value.value !== undefined)
  );
}
