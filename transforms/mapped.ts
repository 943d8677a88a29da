/** `map` of a `tf.data` pipeline: functions that change each number of a sample by itself. */
import type { Argument, Call, Expr, FunctionDef, Lambda, Stmt } from "../grammars/nodes.ts";
import { outerSpan, walk } from "../grammars/walk.ts";
import type { CallContext } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import type { Scope } from "../src/analysis/scope.ts";
import {
  type ArrayValue,
  alternatives,
  array,
  type Batches,
  type FunctionValue,
  int,
  type KerasObject,
  tuple,
  UNKNOWN,
  type Value,
} from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import { augmentCall, augmented, isAugmentation } from "./augmented.ts";
import type { FunctionEntry, Replacement } from "./functions.ts";
import { FOLDER_LOADER, isLoader, LOADER, owner, pipeline, put, ROWS, written } from "./pipelines.ts";
import type { Rewriter } from "./rewriter.ts";
import { isAdapted, isTextLayer, isTextPart, pickedPart } from "./text-samples.ts";

const ARITHMETIC = new Set(["+", "-", "*", "/"]);

/** What is given in the place of each part of a sample: as it was, or with other numbers. */
function parts(machine: Machine, { node: fn, scope }: FunctionValue, of: Batches): Value | undefined {
  const { element, made } = of;
  const result = fn.type === "Lambda" ? fn.body : returned(fn.body);
  const names = fn.params.filter((one) => !one.default).map((one) => one.name);
  if (element.kind !== "tuple" || !result || result.type === "List") return undefined;
  const results = result.type === "Tuple" ? result.elements : [result];
  if (element.elements.length !== names.length || results.length > 2) return undefined;
  if (fn.params.some((one) => one.kind === "*" || one.kind === "**")) return undefined;
  return tuple(
    results.map((one) => {
      const own = element.elements[names.indexOf(nameIn(one) ?? "")] ?? UNKNOWN;
      const same = one.type === "Name" && (fn.type === "Lambda" || fn.body.length === 1);
      if (own.kind !== "array" || same) return own;
      const layer = one.type === "Call" && one.func.type === "Name" ? named(scope, one.func.id) : undefined;
      if (isTextPart(own)) {
        if (one.type !== "Call" || !isTextLayer(layer)) return array(undefined, undefined, "tensor");
        return ofTextLayer(machine, one, layer, own);
      }
      // A function of rows sees them without the axis that the array has first.
      const lead = made === ROWS ? 1 : 0;
      const changed = fn.type === "Lambda" || fn.body.length === 1 ? shapeOf(one, own, lead) : undefined;
      return { ...own, dtype: undefined, shape: changed ?? (isPlain(fn) ? own.shape : undefined) };
    }),
  );
}

const named = (scope: Scope, name: string): Value | undefined => scope.find(name)?.values.get(name);

/** What a layer gives for texts. */
function ofTextLayer(machine: Machine, call: Call, layer: KerasObject, texts: Value): Value {
  const member = machine.registry.member(layer.construct.path, "__call__");
  const given = new Map([["inputs", { value: texts, expr: undefined, node: undefined }]]);
  const args = { version: layer.args.version, given, unbound: [], default: () => undefined };
  return member?.result?.({ machine, call, args, receiver: layer }) ?? UNKNOWN;
}

/** Whether no statement of a function but its last changes axes. */
function isPlain(fn: FunctionDef | Lambda): boolean {
  let plain = true;
  walk(fn, (node) => {
    if (node.type === "Subscript" || (node.type === "Call" && RESHAPES.has(lastName(node.func))))
      plain = false;
    return plain;
  });
  return plain;
}

function lastName(func: Expr): string {
  return func.type === "Attribute" ? func.attr : func.type === "Name" ? func.id : "";
}

/** The shape of an expression of the known forms, of an array whose first axes the function does not see. */
function shapeOf(expr: Expr, own: ArrayValue, lead: number): ArrayValue["shape"] {
  if (expr.type === "Name") return own.shape;
  if (expr.type === "BinOp") return shapeOf(expr.left.type === "Number" ? expr.right : expr.left, own, lead);
  if (expr.type === "Call") {
    const shape = expr.args[0] && shapeOf(expr.args[0].value, own, lead);
    const name = lastName(expr.func);
    if (!shape || !RESHAPES.has(name)) return shape;
    return name === "expand_dims" ? [...shape, int(1)] : [...shape, undefined];
  }
  if (expr.type !== "Subscript") return undefined;
  const shape = shapeOf(expr.value, own, lead);
  const indices = expr.index.type === "Tuple" ? expr.index.elements : [expr.index];
  if (!shape || indices.length > shape.length - lead) return undefined;
  const kept = indices.flatMap((index) => (index.type === "Slice" ? [undefined] : []));
  return [...shape.slice(0, lead), ...kept, ...shape.slice(lead + indices.length)];
}

const RESHAPES = new Set(["expand_dims", "one_hot"]);

function returned(body: readonly Stmt[]): Expr | undefined {
  const last = body.at(-1);
  return last?.type === "Return" ? (last.value ?? undefined) : undefined;
}

/** The only name of a sample's part that an expression of the known forms reads. */
function nameIn(expr: Expr): string | undefined {
  if (expr.type === "Name") return expr.id;
  if (expr.type === "BinOp") return nameIn(expr.left.type === "Number" ? expr.right : expr.left);
  if (expr.type === "Subscript") return nameIn(expr.value);
  return expr.type === "Call" && expr.args[0] ? nameIn(expr.args[0].value) : undefined;
}

function mapped({ receiver, args, machine }: CallContext): Value {
  const fn = args.given.get("map_func")?.value;
  if (receiver?.kind !== "batches" || fn?.kind !== "function") return UNKNOWN;
  const element = parts(machine, fn, receiver);
  if (!element) return UNKNOWN;
  let drawn = receiver.drawn ?? false;
  walk(fn.node, (node) => {
    if (node.type === "Call" && node.func.type === "Name")
      drawn ||= isAugmentation(named(fn.scope, node.func.id));
  });
  return { ...pipeline(receiver.made ?? ROWS, element, receiver.args), drawn };
}

function unclear(node: Expr | Stmt): Unsupported {
  return new Unsupported(
    node,
    "what this function does to samples has no translation yet",
    "Scaling by numbers, slices, `tf.cast` to float32, `tf.one_hot`, `tf.expand_dims` of a last axis and arrays as they are have one.",
  );
}

/** The names in a function that stand for parts of a sample. */
interface Names {
  readonly tensors: ReadonlySet<string>;
  /** Tuples of texts, or arrays that layers made of them, which are only passed on. */
  readonly texts: ReadonlySet<string>;
  /** Whether the function gets samples one by one. */
  readonly isRow: boolean;
  /** Where the function finds the names around it. */
  readonly scope: Scope;
}

/** Writes what becomes of texts: numbers by a layer, an axis for it, or themselves. */
function translateTexts(rewriter: Rewriter, expr: Expr, names: Names): void {
  if (expr.type === "Name") return;
  const [x] = expr.type === "Call" ? expr.args : [];
  if (expr.type !== "Call" || !x || x.name !== null || x.star) throw unclear(expr);
  translateTexts(rewriter, x.value, names);
  const layer = expr.func.type === "Name" ? named(names.scope, expr.func.id) : undefined;
  if (isTextLayer(layer ?? rewriter.program.valueOf(expr.func))) {
    if (expr.args.length > 1) throw unclear(expr);
    return;
  }
  const [fact] = rewriter.program.calls.get(expr) ?? [];
  const axis = expr.args[1] && rewriter.program.valueOf(expr.args[1].value);
  const isAxis = axis?.kind === "num" && axis.value === -1 && expr.args.length === 2;
  if (fact?.construct.path !== "tensorflow.expand_dims" || !isAxis || names.isRow) throw unclear(expr);
  if (rewriter.edits.covers(expr.start, expr.end)) return;
  const text = rewriter.use(`np.expand_dims(${rewriter.source(x.value)}, -1)`);
  rewriter.edits.absorb(rewriter.text, expr.start, expr.end);
  rewriter.edits.replace(expr.start, expr.end, text, "pipeline");
}

/** Writes an expression of one part of a sample for PyTorch's tensors. */
function translate(rewriter: Rewriter, expr: Expr, names: Names): void {
  if (names.texts.has(nameIn(expr) ?? "")) {
    translateTexts(rewriter, expr, names);
    return;
  }
  if (expr.type === "Name" && names.tensors.has(expr.id)) return;
  if (expr.type === "BinOp" && ARITHMETIC.has(expr.op)) {
    const [number, tensor] = expr.left.type === "Number" ? [expr.left, expr.right] : [expr.right, expr.left];
    if (number.type !== "Number") throw unclear(expr);
    translate(rewriter, tensor, names);
    return;
  }
  if (expr.type === "Subscript") {
    const indices = expr.index.type === "Tuple" ? expr.index.elements : [expr.index];
    if (!indices.every(isIndex)) throw unclear(expr);
    translate(rewriter, expr.value, names);
    return;
  }
  if (expr.type !== "Call") throw unclear(expr);
  const images = augmented(rewriter, expr);
  if (images) {
    if (rewriter.edits.covers(expr.start, expr.end)) return;
    translate(rewriter, images, names);
    const text = augmentCall(rewriter, expr, images, undefined);
    rewriter.edits.absorb(rewriter.text, expr.start, expr.end);
    rewriter.edits.replace(expr.start, expr.end, text, "pipeline");
    return;
  }
  if (expr.args.length === 1 && expr.args[0] && isRescaling(rewriter, expr.func)) {
    translate(rewriter, expr.args[0].value, names);
    return;
  }
  const [fact] = rewriter.program.calls.get(expr) ?? [];
  const [x, second] = expr.args;
  if (!fact || !x || !second || expr.args.length !== 2 || x.name !== null || x.star) throw unclear(expr);
  const method = methodFor(rewriter, fact.construct.path, second);
  if (method === undefined) throw unclear(expr);
  if (rewriter.edits.covers(expr.start, expr.end)) return;
  translate(rewriter, x.value, names);
  const text = rewriter.source(x.value);
  const inner = x.value.type === "BinOp" ? `(${text})` : text;
  rewriter.edits.absorb(rewriter.text, expr.start, expr.end);
  rewriter.edits.replace(expr.start, expr.end, rewriter.use(method(inner)), "pipeline");
}

/** Whether a layer is called that scales what it is given, and is in no model: it becomes a module. */
function isRescaling(rewriter: Rewriter, func: Expr): boolean {
  const layer = rewriter.program.valueOf(func);
  if (layer?.kind !== "object" || layer.construct.path !== "keras.layers.Rescaling") return false;
  const added = rewriter.program.models.some((model) => model.layers.some((use) => use.layer === layer));
  const { node } = layer;
  const args = rewriter.arguments(layer.args, node);
  const numbers = ["scale", "offset"].every((name) => args.value(name).kind === "num");
  if (added || !numbers || !args.names().every((name) => name === "scale" || name === "offset")) return false;
  if (!rewriter.edits.covers(node.func.start, node.func.end)) {
    const helper = rewriter.helper("Rescaling", args.names());
    rewriter.edits.replace(node.func.start, node.func.end, helper, "pipeline");
  }
  return true;
}

/** A number or a slice without a step, which PyTorch's tensors take too. */
function isIndex(index: Expr): boolean {
  if (index.type === "Slice") return index.step === null;
  return index.type === "Number" || (index.type === "UnaryOp" && index.operand.type === "Number");
}

/** What a function of TensorFlow becomes, with that second argument. */
function methodFor(
  rewriter: Rewriter,
  path: string,
  second: Argument,
): ((tensor: string) => string) | undefined {
  const value = rewriter.program.valueOf(second.value);
  switch (path) {
    case "tensorflow.cast": {
      const isFloat =
        (second.value.type === "String" && second.value.value === "float32") ||
        (value?.kind === "ref" && value.path === "tensorflow.float32");
      return isFloat ? (tensor) => `${tensor}.float()` : undefined;
    }
    case "tensorflow.one_hot": {
      if (second.name !== null && second.name !== "depth") return undefined;
      const classes = rewriter.source(second.value);
      return (tensor) => `F.one_hot(${tensor}.long(), ${classes}).float()`;
    }
    case "tensorflow.expand_dims": {
      const axis = value?.kind === "num" ? value.value : undefined;
      return axis === -1 ? (tensor) => `${tensor}.unsqueeze(-1)` : undefined;
    }
    default:
      return undefined;
  }
}

function translateFunction(rewriter: Rewriter, { node: fn, scope }: FunctionValue, value: Value): void {
  const params = fn.params.filter((one) => !one.default).map((one) => one.name);
  const kinds = alternatives(value).filter((one) => one.kind === "batches");
  const isText = (i: number) =>
    kinds.some(({ element }) => element.kind === "tuple" && isTextPart(element.elements[i]));
  const names: Names = {
    tensors: new Set(params),
    texts: new Set(params.filter((_, i) => isText(i))),
    isRow: !kinds.every(isLoader),
    scope,
  };
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
  if (!result) throw unclear(fn);
  if (result.type === "Tuple") {
    for (const part of result.elements) translate(rewriter, part, names);
    return;
  }
  translate(rewriter, result, names);
  // A sample of one part is a tuple too.
  const whole = outerSpan(result);
  const text = rewriter.source(whole);
  rewriter.edits.absorb(rewriter.text, whole.start, whole.end);
  rewriter.edits.replace(whole.start, whole.end, `(${text},)`, "pipeline");
}

function map(args: Arguments, rewriter: Rewriter, call: Call): Replacement {
  const fn = args.value("map_func");
  const value = rewriter.program.valueOf(owner(call));
  const made = rewriter.program.valueOf(call);
  if (fn.kind !== "function" || !value || made?.kind !== "batches")
    throw new Unsupported(
      args.argument("map_func") ?? call,
      "only functions that give one or two parts of a sample, such as `x, y`, are supported here yet",
    );
  // The call that it is given to takes that part of each batch by itself.
  if (pickedPart(call) && isAdapted(call)) return { kind: "done" };
  translateFunction(rewriter, fn, value);
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
