/** `map` of a `tf.data` pipeline: functions that change each number of a sample by itself. */
import type { Call, Expr, FunctionDef, Lambda, Stmt } from "../grammars/nodes.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import { alternatives, type Batches, tuple, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { FOLDER_LOADER, isLoader, LOADER, owner, put, ROWS, written } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";

const ARITHMETIC = new Set(["+", "-", "*", "/"]);

/** What is given in the place of each part of a sample: as it was, or with other numbers. */
function parts(fn: FunctionDef | Lambda, element: Batches["element"]): Value | undefined {
  const result = fn.type === "Lambda" ? fn.body : returned(fn.body);
  const names = fn.params.map((one) => one.name);
  if (element.kind !== "tuple" || result?.type !== "Tuple") return undefined;
  if (element.elements.length !== names.length || names.length !== 2 || result.elements.length !== 2)
    return undefined;
  if (fn.params.some((one) => one.kind === "*" || one.kind === "**" || one.default)) return undefined;
  return tuple(
    result.elements.map((one) => {
      const own = element.elements[names.indexOf(nameIn(one) ?? "")] ?? UNKNOWN;
      const same = one.type === "Name" && (fn.type === "Lambda" || fn.body.length === 1);
      return own.kind === "array" && !same ? { ...own, dtype: undefined } : own;
    }),
  );
}

function returned(body: readonly Stmt[]): Expr | undefined {
  const last = body.at(-1);
  return last?.type === "Return" ? (last.value ?? undefined) : undefined;
}

/** The only name of a sample's part that an expression of the known forms reads. */
function nameIn(expr: Expr): string | undefined {
  if (expr.type === "Name") return expr.id;
  if (expr.type === "BinOp") return nameIn(expr.left.type === "Number" ? expr.right : expr.left);
  return expr.type === "Call" && expr.args[0] ? nameIn(expr.args[0].value) : undefined;
}

function mapped({ receiver, args }: CallContext): Value {
  const fn = args.given.get("map_func")?.value;
  if (receiver?.kind !== "batches" || fn?.kind !== "function") return UNKNOWN;
  const element = parts(fn.node, receiver.element);
  return element ? { ...receiver, element, attributes: new Map() } : UNKNOWN;
}

function unclear(node: Expr | Stmt): Unsupported {
  return new Unsupported(
    node,
    "what this function does to samples has no translation yet",
    "Scaling by numbers, `tf.cast` to float32 and arrays as they are have one.",
  );
}

/** Writes an expression of one part of a sample for PyTorch's tensors. */
function translate(rewriter: Rewriter, expr: Expr, names: ReadonlySet<string>): void {
  if (expr.type === "Name" && names.has(expr.id)) return;
  if (expr.type === "BinOp" && ARITHMETIC.has(expr.op)) {
    const [number, tensor] = expr.left.type === "Number" ? [expr.left, expr.right] : [expr.right, expr.left];
    if (number.type !== "Number") throw unclear(expr);
    translate(rewriter, tensor, names);
    return;
  }
  if (expr.type !== "Call") throw unclear(expr);
  const [fact] = rewriter.program.calls.get(expr) ?? [];
  if (fact?.construct.path !== "tensorflow.cast" || expr.args.length !== 2) throw unclear(expr);
  const [x, dtype] = expr.args;
  const type = dtype && rewriter.program.valueOf(dtype.value);
  const isFloat =
    (dtype?.value.type === "String" && dtype.value.value === "float32") ||
    (type?.kind === "ref" && type.path === "tensorflow.float32");
  if (!x || x.name !== null || x.star || !isFloat) throw unclear(expr);
  if (rewriter.edits.covers(expr.start, expr.end)) return;
  translate(rewriter, x.value, names);
  const text = rewriter.source(x.value);
  const inner = x.value.type === "BinOp" ? `(${text})` : text;
  rewriter.edits.absorb(rewriter.text, expr.start, expr.end);
  rewriter.edits.replace(expr.start, expr.end, `${inner}.float()`, "pipeline");
}

function translateFunction(rewriter: Rewriter, fn: FunctionDef | Lambda): void {
  const names = new Set(fn.params.map((one) => one.name));
  const result = fn.type === "Lambda" ? fn.body : returned(fn.body);
  if (fn.type === "FunctionDef") {
    if (fn.decorators.length > 0) throw unclear(fn);
    for (const statement of fn.body.slice(0, -1)) {
      if (statement.type === "ExprStmt" && statement.value.type === "String") continue;
      const [target] = statement.type === "Assign" ? statement.targets : [];
      // A name that is given anew stands for the same part.
      if (statement.type !== "Assign" || target?.type !== "Name" || nameIn(statement.value) !== target.id)
        throw unclear(statement);
      translate(rewriter, statement.value, names);
    }
  }
  if (result?.type !== "Tuple") throw unclear(fn.type === "Lambda" ? fn.body : fn);
  for (const part of result.elements) translate(rewriter, part, names);
}

function map(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const fn = args.value("map_func");
  const value = rewriter.program.valueOf(owner(call));
  const made = rewriter.program.valueOf(call);
  if (fn.kind !== "function" || !value || made?.kind !== "batches")
    throw new Unsupported(
      args.argument("map_func") ?? call,
      "only functions of `x, y` that give two such parts are supported here yet",
    );
  translateFunction(rewriter, fn.node);
  for (const name of ["num_parallel_calls", "deterministic", "name"]) args.value(name);
  args.finish("map", new Set());
  const helper = rewriter.helper(alternatives(value).every(isLoader) ? "MappedBatches" : "MappedRows");
  const passed = [rewriter.source(owner(call)), args.required("map_func")];
  return put(rewriter, call, written(rewriter, call, helper, passed));
}

export const MAPPED: readonly FunctionEntry[] = [
  {
    paths: [ROWS, LOADER, FOLDER_LOADER].map((made) => `${made}.map`),
    signature: "map_func, num_parallel_calls=None, deterministic=None, name=None",
    result: mapped,
    replace: map,
  },
];
