/**
 * What a function of the script makes of a batch: its shape, through the shapes that the table's rows
 * give. It looks only: nothing is recorded for the passes, which would take a tensor for data.
 */
import type { Call, Expr, Subscript } from "../../grammars/nodes.ts";
import { arrayBinOp, indexArray } from "../../src/analysis/arrays.ts";
import { evaluate } from "../../src/analysis/expressions.ts";
import type { Machine } from "../../src/analysis/machine.ts";
import type { TensorType } from "../../src/analysis/model.ts";
import { numericBinOp } from "../../src/analysis/operators.ts";
import { bindCall } from "../../src/analysis/signature.ts";
import {
  ANY_FLOAT,
  type ArrayValue,
  array,
  type FunctionValue,
  list,
  type Num,
  tuple,
  UNKNOWN,
  type Value,
} from "../../src/analysis/values.ts";
import { NotNumPy } from "./operands.ts";
import { ROWS_BY_PATH } from "./rows.ts";

/** What comes out for an input, the batch left out, and whether each cell depends on one cell alone. */
export interface Inferred {
  readonly output: TensorType | undefined;
  readonly elementwise: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set(["numpy.pi", "numpy.e", "math.pi", "math.e"]);
const SHAPES: ReadonlySet<string> = new Set(["tensorflow.shape", "keras.backend.shape", "keras.ops.shape"]);

/** The output of a function that is given a batch. */
export function inferFunction(m: Machine, value: FunctionValue, input: TensorType): Inferred {
  const inference = new Inference(m);
  const result = inference.run(value, [array([inference.batch, ...input.shape], input.dtype, "tensor")]);
  const shape = result.kind === "array" ? result.shape : undefined;
  if (result.kind !== "array" || !shape || shape[0] !== inference.batch || shape.length < 2)
    return { output: undefined, elementwise: false };
  const dtype = result.dtype === "int" ? "int" : "float";
  return { output: { shape: shape.slice(1), dtype }, elementwise: inference.elementwise };
}

/** What a function makes of samples or of batches of them, whose parts it is given one by one. */
export function inferSamples(
  m: Machine,
  value: FunctionValue,
  parts: readonly Value[],
  layer: LayerCall,
): Value {
  return new Inference(m, layer).run(value, parts);
}

/** What a call of something else than a function gives; undefined where that is not known. */
type LayerCall = (call: Call, callee: Value, x: Value) => Value | undefined;

class Inference {
  /** The number of samples, told from others by identity. */
  readonly batch: Num = { kind: "num", value: undefined, isFloat: false, sym: undefined };
  elementwise = true;
  private readonly m: Machine;
  private readonly layer: LayerCall;
  private readonly active: FunctionValue["node"][] = [];
  private names = new Map<string, Value>();
  private scope: FunctionValue["scope"];

  constructor(m: Machine, layer: LayerCall = () => undefined) {
    this.m = m;
    this.layer = layer;
    this.scope = m.scope;
  }

  run(value: FunctionValue, args: readonly Value[]): Value {
    const { node } = value;
    const own = node.params.slice(value.self ? 1 : 0);
    if (this.active.includes(node) || args.length > own.length) return UNKNOWN;
    const outer = { names: this.names, scope: this.scope };
    const names = new Map(own.map((one, i) => [one.name, args[i] ?? this.constant(one.default)]));
    this.names = names;
    this.scope = value.scope;
    this.active.push(node);
    const result = node.type === "Lambda" ? this.expr(node.body) : this.body(node.body);
    this.active.pop();
    this.names = outer.names;
    this.scope = outer.scope;
    return result;
  }

  private body(statements: Extract<FunctionValue["node"], { type: "FunctionDef" }>["body"]): Value {
    for (const statement of statements) {
      switch (statement.type) {
        case "Assign": {
          const value = this.expr(statement.value);
          for (const target of statement.targets) if (!this.bind(target, value)) return UNKNOWN;
          break;
        }
        case "AugAssign": {
          if (statement.target.type !== "Name") return UNKNOWN;
          const value = this.operation(statement.op, this.expr(statement.target), this.expr(statement.value));
          this.names.set(statement.target.id, value);
          break;
        }
        case "Return":
          return statement.value ? this.expr(statement.value) : UNKNOWN;
        case "ExprStmt":
        case "Pass":
          break;
        default:
          return UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  /** Whether a target is of a form that is followed. */
  private bind(target: Expr, value: Value): boolean {
    if (target.type === "Name") {
      this.names.set(target.id, value);
      return true;
    }
    if (target.type !== "Tuple" || value.kind !== "tuple" || value.elements.length !== target.elements.length)
      return false;
    return target.elements.every((one, i) => this.bind(one, value.elements[i] ?? UNKNOWN));
  }

  private constant(node: Expr | null | undefined): Value {
    return node ? this.expr(node) : UNKNOWN;
  }

  private expr(node: Expr): Value {
    switch (node.type) {
      case "Number":
      case "String":
      case "Constant":
        return evaluate(this.m, node);
      case "Name":
        return (
          this.names.get(node.id) ??
          this.scope.find(node.id)?.values.get(node.id) ??
          builtin(node.id) ??
          UNKNOWN
        );
      case "UnaryOp": {
        const value = this.expr(node.operand);
        if (value.kind !== "num" || value.value === undefined || node.op !== "-") return value;
        return { ...value, value: -value.value, sym: undefined };
      }
      case "BinOp":
        return this.operation(node.op, this.expr(node.left), this.expr(node.right));
      case "Compare": {
        const [left, right] = [this.expr(node.left), ...node.comparators.map((one) => this.expr(one))];
        const result = left && right ? this.operation("<", left, right) : UNKNOWN;
        return result.kind === "array" ? { ...result, dtype: "bool" } : UNKNOWN;
      }
      case "Tuple":
        return tuple(node.elements.map((one) => this.expr(one)));
      case "List":
        return list(node.elements.map((one) => this.expr(one)));
      case "Slice":
        return {
          kind: "slice",
          lower: node.lower ? this.expr(node.lower) : undefined,
          upper: node.upper ? this.expr(node.upper) : undefined,
          step: node.step ? this.expr(node.step) : undefined,
        };
      case "Subscript":
        return this.subscript(node);
      case "Attribute": {
        const owner = this.expr(node.value);
        if (owner.kind === "array" && node.attr === "shape") return sizesOf(owner);
        if (owner.kind === "ref" && NUMBERS.has(`${owner.path}.${node.attr}`)) return ANY_FLOAT;
        return owner.kind === "ref" ? { kind: "ref", path: `${owner.path}.${node.attr}` } : UNKNOWN;
      }
      case "Call":
        return this.call(node);
      default:
        return UNKNOWN;
    }
  }

  private operation(op: string, left: Value, right: Value): Value {
    if (left.kind === "num" && right.kind === "num") return numericBinOp(op, left, right);
    if (left.kind !== "array" && right.kind !== "array") return UNKNOWN;
    this.compare([left, right]);
    if (op === "@") return UNKNOWN;
    return arrayBinOp(op, left, right);
  }

  /** Tensors of different shapes are no longer taken cell by cell. */
  private compare(values: readonly Value[]): void {
    const shapes = values.flatMap((value) => (value.kind === "array" ? [value.shape] : []));
    const [first] = shapes;
    const alike = shapes.every(
      (shape) => shape?.length === first?.length && shape?.every((dim, i) => dim === first?.[i]),
    );
    const plain = values.every(
      (value) => value.kind === "array" || value.kind === "num" || value.kind === "bool",
    );
    if (!alike || !plain) this.elementwise = false;
  }

  private subscript(node: Subscript): Value {
    const owner = this.expr(node.value);
    const index = this.expr(node.index);
    if (owner.kind === "array") {
      this.elementwise = false;
      return { ...(indexArray(owner, index, node) as ArrayValue), container: "tensor" };
    }
    if (owner.kind !== "tuple" || index.kind !== "num" || index.value === undefined) return UNKNOWN;
    return owner.elements.at(index.value) ?? UNKNOWN;
  }

  private call(node: Call): Value {
    if (node.args.some((arg) => arg.star)) return UNKNOWN;
    const callee = this.expr(node.func);
    if (callee.kind === "function") {
      if (node.args.some((arg) => arg.name !== null)) return UNKNOWN;
      return this.run(
        callee,
        node.args.map((arg) => this.expr(arg.value)),
      );
    }
    if (callee.kind !== "ref")
      return (node.args[0] && this.layer(node, callee, this.expr(node.args[0].value))) ?? UNKNOWN;
    if (callee.path === "builtins.abs" && node.args[0]) return this.expr(node.args[0].value);
    if (callee.path.startsWith("numpy.") || callee.path.startsWith("math."))
      return node.args.every((arg) => this.expr(arg.value).kind === "num") ? ANY_FLOAT : UNKNOWN;
    const { registry, version } = this.m;
    const construct = registry.find(registry.canonical(callee.path));
    const row = construct && ROWS_BY_PATH.get(construct.path);
    if (construct?.path === "keras.backend.epsilon") return ANY_FLOAT;
    if (!row) return UNKNOWN;
    const bound = bindCall(construct, node, version, (expr) => this.expr(expr));
    const given = {
      value: (name: string): Value => bound.given.get(name)?.value ?? bound.default(name) ?? { kind: "none" },
      expr: (name: string) => bound.given.get(name)?.expr,
    };
    const x = given.value("x");
    if (SHAPES.has(construct.path) && x.kind === "array") return sizesOf(x);
    if (row.elementwise) this.compare(row.data.map((name) => given.value(name)));
    else this.elementwise = false;
    try {
      return this.batched(x, row.type(given));
    } catch (error) {
      if (error instanceof NotNumPy) return UNKNOWN;
      throw error;
    }
  }

  /** `reshape(x, (-1, 8))` of samples with 8 cells keeps them apart. */
  private batched(before: Value, after: ArrayValue): ArrayValue {
    const { shape } = after;
    if (before.kind !== "array" || !shape || shape.length === 0 || shape[0] !== undefined) return after;
    if (before.shape?.[0] !== this.batch) return after;
    const [ours, theirs] = [cells(before.shape), cells(shape)];
    return ours !== undefined && ours === theirs
      ? { ...after, shape: [this.batch, ...shape.slice(1)] }
      : after;
  }
}

function builtin(name: string): Value | undefined {
  return name === "abs" ? { kind: "ref", path: "builtins.abs" } : undefined;
}

function sizesOf({ shape }: ArrayValue): Value {
  return shape ? tuple(shape.map((dim) => dim ?? UNKNOWN)) : UNKNOWN;
}

/** Cells of a sample, where all sizes are known. */
function cells(shape: NonNullable<ArrayValue["shape"]>): number | undefined {
  return shape
    .slice(1)
    .reduce<number | undefined>(
      (product, dim) => (product === undefined || dim?.value === undefined ? undefined : product * dim.value),
      1,
    );
}
