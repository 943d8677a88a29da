/** Classes of the script that derive from Keras's `Metric`: plain classes that keep tensors, updated batch by batch. */
import type { Attribute, Call, Expr, FunctionDef, Stmt } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";
import type { ClassValue, Value } from "../../src/analysis/values.ts";
import { indentation, lineBreak } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import { LOSSES } from "../losses.ts";
import { metricNamed } from "../metrics.ts";
import type { Rewriter } from "../rewriter.ts";
import { NUMBER, TENSOR } from "../tensors/kinds.ts";
import type { Kind } from "../tensors/torch.ts";
import { metricCode } from "./compile-metrics.ts";
import { isSelf, type Owner } from "./method-owner.ts";
import { derives, methodOf, rewriteClass } from "./own-classes.ts";
import { translateMethod } from "./tensor-functions.ts";

const RULE = "compile";
const METRIC = "keras.metrics.Metric";
const RESET = new Set(["reset_state", "reset_states"]);
const SCALAR: Kind = { tensor: true, scalar: true };

export function isOwnMetric(
  rewriter: Rewriter,
  value: Value | undefined,
): value is Extract<Value, { kind: "instance" }> {
  return value?.kind === "instance" && derives(rewriter, value.cls, METRIC);
}

export function rewriteOwnMetrics(rewriter: Rewriter): void {
  for (const { cls } of rewriter.program.machine.prototypes.values())
    if (derives(rewriter, cls, METRIC)) rewriter.attempt(RULE, () => rewriteMetric(rewriter, cls));
}

function rewriteMetric(rewriter: Rewriter, cls: ClassValue): void {
  const methods = cls.node.body.filter((one): one is FunctionDef => one.type === "FunctionDef");
  const weights = new Map<string, Kind>();
  const parts = new Set<string>();
  walk(cls.node, (node) => {
    if (node.type === "Attribute" && isSelf(node.value) && (node.attr === "dtype" || node.attr === "_dtype"))
      rewriter.edits.replace(node.start, node.end, rewriter.use("torch.float32"), RULE);
    if (node.type !== "Assign") return;
    const name = selfAttribute(node.targets[0]);
    if (name === undefined || node.value.type !== "Call") return;
    if (isWeight(node.value)) weights.set(name, writeWeight(rewriter, node.value));
    else if (writePart(rewriter, node.value)) parts.add(name);
  });
  rewriteClass(rewriter, cls, METRIC, undefined);
  const owner = (absent: ReadonlySet<string>): Owner => ({
    attributes: new Map([...weights, ["dtype", NUMBER], ["_dtype", NUMBER]]),
    absent,
    call: (node, kindOf) => ownCall(rewriter, node, kindOf, weights, parts, absent),
  });
  const self = [...rewriter.program.machine.prototypes.values()].find((one) => one.cls.node === cls.node);
  for (const method of methods) {
    const value = methodOf(cls, method.name);
    if (value === undefined || value.node !== method) continue;
    const bound = { ...value, self };
    if (method.name === "update_state") {
      const absent = new Set(method.params.slice(3).map(({ name }) => name));
      translateMethod(rewriter, bound, [TENSOR, TENSOR], owner(absent));
    } else if (method.name === "result") translateMethod(rewriter, bound, [], owner(new Set()));
    else if (RESET.has(method.name)) {
      if (method.name !== "reset_state")
        rewriter.edits.replace(method.nameSpan.start, method.nameSpan.end, "reset_state", RULE);
      if (!writeWholeReset(rewriter, method, weights)) translateMethod(rewriter, bound, [], owner(new Set()));
    }
  }
  if (![...RESET].some((name) => methodOf(cls, name))) addReset(rewriter, cls, weights, parts);
}

function selfAttribute(node: Expr | undefined): string | undefined {
  return node?.type === "Attribute" && isSelf(node.value) ? node.attr : undefined;
}

function isWeight({ func }: Call): boolean {
  return (
    func.type === "Attribute" && isSelf(func.value) && ["add_weight", "add_variable"].includes(func.attr)
  );
}

/** `self.add_weight(...)` is a tensor of zeros; its kind. */
function writeWeight(rewriter: Rewriter, call: Call): Kind {
  const given = new Map<string, Expr>();
  const positional = rewriter.program.version === "keras3" ? ["shape", "initializer"] : ["name", "shape"];
  call.args.forEach(({ name, value, star }, i) => {
    const key = name ?? positional[i];
    if (star || key === undefined) throw new Unsupported(call, "these arguments of a weight are not known");
    given.set(key, value);
  });
  const initializer = given.get("initializer");
  const value = initializer && rewriter.program.valueOf(initializer);
  const text =
    initializer?.type === "String" ? initializer.value : value?.kind === "object" ? value.construct.path : "";
  const start = ["zeros", "ones"].find((one) => text.toLowerCase().replace("_initializer", "").endsWith(one));
  if (start === undefined)
    throw new Unsupported(
      call,
      "a metric's weight that starts as something else than zeros or ones is not supported yet",
    );
  const dtype = given.get("dtype");
  const isFloat = !dtype || rewriter.text.slice(dtype.start, dtype.end).includes("float32");
  for (const name of given.keys())
    if (!["name", "shape", "initializer", "dtype"].includes(name))
      throw new Unsupported(call, `the argument \`${name}\` of a metric's weight is not supported yet`);
  if (!isFloat && !(dtype?.type === "Attribute" && dtype.attr === "dtype"))
    throw new Unsupported(call, "a metric's weight of another data type is not supported yet");
  const shape = given.get("shape");
  const size = shape ? rewriter.source(shape) : "()";
  const device = rewriter.helper("device");
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(
    call.start,
    call.end,
    rewriter.use(`torch.${start}(${size}, device=${device})`),
    RULE,
  );
  return size === "()" ? SCALAR : TENSOR;
}

/** A metric of Keras that the class keeps becomes an object that is updated in the same way. */
function writePart(rewriter: Rewriter, call: Call): boolean {
  const value = rewriter.program.valueOf(call);
  if (value?.kind !== "object" || value.construct.kind !== "metric") return false;
  const name = value.construct.path.slice(value.construct.path.lastIndexOf(".") + 1);
  const loss = LOSSES.find((one) => one.targets === "float");
  const options = rewriter.arguments(value.args, call);
  const context = { at: call, options, units: undefined, dropped: undefined, rank: 1, classesSecond: false };
  const form = loss && metricNamed(name)?.form({ ...context, loss });
  if (!loss || !form?.epoch || form.several || form.each || form.through)
    throw new Unsupported(call, "this metric inside a metric is not supported yet");
  options.finish(name, new Set(["name", "dtype"]));
  const helper = rewriter.helper(form.helper, Object.keys(form.keywords ?? {}));
  const code = metricCode(form, "", { rank: 1, classesSecond: false, loss }).replace("{}", helper);
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, `${rewriter.helper("OverEpoch")}(${code})`, RULE);
  return true;
}

/** What is called on a weight or on a metric inside: written in PyTorch; undefined for anything else. */
function ownCall(
  rewriter: Rewriter,
  node: Call,
  kindOf: (expr: Expr) => Kind,
  weights: ReadonlyMap<string, Kind>,
  parts: ReadonlySet<string>,
  absent: ReadonlySet<string>,
): Kind | undefined {
  const { func } = node;
  if (func.type !== "Attribute") return undefined;
  const name = selfAttribute(func.value);
  if (name !== undefined && weights.has(name)) return writeAssign(rewriter, node, func, kindOf);
  if (name === undefined || !parts.has(name)) return undefined;
  if (func.attr === "result" && node.args.length === 0) return SCALAR;
  if (RESET.has(func.attr) && node.args.length === 0) {
    rewriter.edits.replace(func.value.end, func.end, ".reset_state", RULE);
    return NUMBER;
  }
  const [targets, outputs, weight] = node.args;
  if (func.attr !== "update_state" || !targets || !outputs || node.args.length > 3)
    throw new Unsupported(node, "this use of a metric inside a metric is not supported yet");
  for (const arg of [targets, outputs]) {
    if (arg.star || !kindOf(arg.value).tensor)
      throw new Unsupported(node, "what this metric is given is not known");
  }
  if (weight) {
    const given = weight.value;
    const none =
      (given.type === "Name" && absent.has(given.id)) || (given.type === "Constant" && given.value === null);
    if (!none) throw new Unsupported(weight, "weights of samples in a metric are not supported yet");
    rewriter.edits.remove(outputs.end, weight.end, RULE);
  }
  return NUMBER;
}

const OPERATORS: Readonly<Record<string, string>> = { assign_add: "+=", assign_sub: "-=" };

/** `self.total.assign_add(x)` is `self.total += x`. */
function writeAssign(rewriter: Rewriter, node: Call, func: Attribute, kindOf: (expr: Expr) => Kind): Kind {
  const [arg] = node.args;
  const { edits } = rewriter;
  if (!arg || arg.star || node.args.length > 1 || node.parent?.type !== "ExprStmt")
    throw new Unsupported(node, "this use of a metric's weight is not supported yet");
  const kind = kindOf(arg.value);
  const { start, end } = outerSpan(arg.value);
  const operator = OPERATORS[func.attr];
  if (operator !== undefined) {
    const broken = rewriter.text.slice(start, end).includes("\n");
    edits.replace(func.value.end, start, ` ${operator} ${broken ? "(" : ""}`, RULE);
    if (!broken) edits.remove(end, node.end, RULE);
    return NUMBER;
  }
  if (func.attr !== "assign")
    throw new Unsupported(node, "this use of a metric's weight is not supported yet");
  const value = rewriter.program.valueOf(arg.value) ?? literal(arg.value);
  if (value?.kind === "num" && value.value === 0) edits.replace(func.value.end, node.end, ".zero_()", RULE);
  else edits.replace(func.value.end, func.end, kind.tensor ? ".copy_" : ".fill_", RULE);
  return NUMBER;
}

function literal(expr: Expr): Value | undefined {
  if (expr.type !== "Number" || typeof expr.value !== "number") return undefined;
  return { kind: "num", value: expr.value, isFloat: false, sym: undefined };
}

/** `for v in self.variables: v.assign(0)` and `K.batch_set_value(...)` reset all weights. */
function writeWholeReset(
  rewriter: Rewriter,
  method: FunctionDef,
  weights: ReadonlyMap<string, Kind>,
): boolean {
  const body = method.body.filter((one) => !(one.type === "ExprStmt" && one.value.type === "String"));
  const [only] = body;
  let all = false;
  if (only)
    walk(only, (node) => {
      if (node.type === "Attribute" && isSelf(node.value) && ["variables", "weights"].includes(node.attr))
        all = true;
    });
  if (!only || !all) return false;
  const zero = /(?:assign\(0\.?0?\)|, 0\.?0?\))/.test(rewriter.text.slice(only.start, only.end));
  if (body.length > 1 || !zero) throw new Unsupported(only, "what this resets a metric to is not known");
  edit(rewriter, only, resets(rewriter, only, weights, new Set()));
  return true;
}

function edit(rewriter: Rewriter, statement: Stmt, text: string): void {
  rewriter.edits.absorb(rewriter.text, statement.start, statement.end);
  rewriter.edits.replace(statement.start, statement.end, text, RULE);
}

function resets(
  rewriter: Rewriter,
  at: Stmt,
  weights: ReadonlyMap<string, Kind>,
  parts: ReadonlySet<string>,
): string {
  const lines = [
    ...[...weights.keys()].map((name) => `self.${name}.zero_()`),
    ...[...parts].map((name) => `self.${name}.reset_state()`),
  ];
  return lines.join(lineBreak(rewriter.text) + indentation(rewriter.text, at.start));
}

/** Keras's own way to reset a metric. */
function addReset(
  rewriter: Rewriter,
  cls: ClassValue,
  weights: ReadonlyMap<string, Kind>,
  parts: ReadonlySet<string>,
): void {
  const last = cls.node.body.findLast(
    (one): one is FunctionDef => one.type === "FunctionDef" && !one.name.endsWith("_config"),
  );
  const [first] = last?.body ?? [];
  if (!last || !first || weights.size + parts.size === 0)
    throw new Unsupported(cls.node, "what this metric keeps is not known");
  const line = lineBreak(rewriter.text);
  const outer = indentation(rewriter.text, last.start);
  const head = `${line}${line}${outer}def reset_state(self):${line}${indentation(rewriter.text, first.start)}`;
  rewriter.edits.insert(last.end, head + resets(rewriter, first, weights, parts), RULE);
}
