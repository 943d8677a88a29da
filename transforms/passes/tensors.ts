/**
 * What is left of TensorFlow's tensors where NumPy's arrays take their place: `.numpy()` goes, what
 * only tensors have is reported, and prints that show their kind get a note.
 */
import type { Attribute, AugAssign, Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import type { Rewriter } from "../rewriter.ts";
import { writeApart } from "../tensors/in-place.ts";
import { TENSOR_PATHS } from "../tensors/index.ts";

const RULE = "tensors";

/** Attributes of tensors that arrays have not. */
const ONLY_TENSORS: ReadonlySet<string> = new Set([
  "get_shape",
  "set_shape",
  "eval",
  "device",
  "graph",
  "op",
  "ref",
  // Of variables, such as weights.
  "name",
  "path",
  "trainable",
  "assign",
  "assign_add",
  "assign_sub",
  "value",
  "read_value",
]);
/** Attributes of a tensor's shape that a tuple has not. */
const ONLY_SHAPES: ReadonlySet<string> = new Set([
  "as_list",
  "num_elements",
  "rank",
  "ndims",
  "dims",
  "is_fully_defined",
]);

const isTensor = (value: Value): boolean => value.kind === "array" && value.container === "tensor";

/** What has `.numpy()` in a script that runs, and is NumPy's or Python's after the conversion. */
function wasTensor(value: Value): boolean {
  return (
    value.kind === "array" || value.kind === "num" || (value.kind === "unknown" && value.library === "numpy")
  );
}

/** Before the calls are rewritten, so that they take their arguments without it. */
export function removeNumpyCalls(rewriter: Rewriter): void {
  if (!rewriter.text.includes(".numpy") && !rewriter.text.includes(".eval(")) return;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Call" || node.func.type !== "Attribute") return true;
    const { attr } = node.func;
    // In a session: `x.eval()`, `x.eval(session=sess)`.
    const evaluates = attr === "eval" && node.args.every(({ name }) => name === "session");
    if (!evaluates && (attr !== "numpy" || node.args.length > 0)) return true;
    const value = rewriter.program.valueOf(node.func.value);
    if (!value || !alternatives(value).every(evaluates ? isTensor : wasTensor)) return true;
    const statement = evaluates ? givenAgain(node, node.func.value) : undefined;
    if (statement) rewriter.removeStatements([statement], RULE);
    else rewriter.edits.remove(outerSpan(node.func.value).end, node.end, RULE);
    return true;
  });
}

/** `x = x.eval()`, which says nothing any more. */
function givenAgain(call: Call, owner: Expr): Stmt | undefined {
  const { parent } = call;
  if (parent?.type !== "Assign" || parent.targets.length > 1) return undefined;
  const [target] = parent.targets;
  return target?.type === "Name" && owner.type === "Name" && target.id === owner.id ? parent : undefined;
}

/** `x[tf.newaxis]` is `x[None]`. */
export function rewriteNewAxes(rewriter: Rewriter): void {
  if (!rewriter.text.includes("newaxis")) return;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Attribute" || node.attr !== "newaxis") return true;
    const value = rewriter.program.valueOf(node);
    if (value?.kind === "ref" && value.path === "tensorflow.newaxis")
      rewriter.edits.replace(node.start, node.end, "None", RULE);
    return true;
  });
}

/** `x.get_shape()` is `x.shape`, and `x.shape.as_list()` a list of it. */
export function rewriteShapes(rewriter: Rewriter): void {
  if (!rewriter.text.includes("as_list") && !rewriter.text.includes("get_shape")) return;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Call" || node.func.type !== "Attribute" || node.args.length > 0) return true;
    const owner = node.func.value;
    if (node.func.attr === "get_shape") return !writeShape(rewriter, node, owner, "");
    if (node.func.attr !== "as_list") return true;
    if (owner.type === "Attribute" && owner.attr === "shape")
      return !writeShape(rewriter, node, owner.value, "list");
    const called = owner.type === "Call" && owner.func.type === "Attribute" && owner.args.length === 0;
    if (!called || owner.func.type !== "Attribute" || owner.func.attr !== "get_shape") return true;
    return !writeShape(rewriter, node, owner.func.value, "list");
  });
}

/** Whether it was the shape of a tensor, and has been written. */
function writeShape(rewriter: Rewriter, node: Call, tensor: Expr, callee: string): boolean {
  const value = rewriter.program.valueOf(tensor);
  if (!value || !alternatives(value).every(isTensor)) return false;
  const shape = `${rewriter.source(tensor)}.shape`;
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, callee ? `${callee}(${shape})` : shape, RULE);
  return true;
}

/** After all rules: calls that stay, and what was done with tensors that arrays do not do. */
export function reportTensors(rewriter: Rewriter): void {
  for (const [call, [fact]] of rewriter.program.calls) {
    if (!fact || !TENSOR_PATHS.has(fact.construct.path)) continue;
    const { func } = call;
    if (rewriter.edits.covers(func.start, func.end) || !rewriter.isKeras(func)) continue;
    const name = rewriter.text.slice(func.start, func.end);
    rewriter.report(
      func,
      RULE,
      `\`${name}\` stays: what it is given is not known to be NumPy data of a kind for which NumPy has the same function`,
      "Convert the array or name its data type before, or write this call with NumPy or PyTorch by hand.",
    );
  }
  walk(rewriter.program.module, (node) => {
    if (node.type === "Attribute") reportAttribute(rewriter, node);
    if (node.type === "AugAssign") changeApart(rewriter, node);
    if (node.type === "Call" && isPrint(rewriter, node)) notePrint(rewriter, node);
    return true;
  });
}

function changeApart(rewriter: Rewriter, node: AugAssign): void {
  const before = rewriter.program.valueOf(node.target);
  const { start, end } = node.target;
  if (before && alternatives(before).some(isTensor) && !rewriter.edits.covers(start, end))
    writeApart(rewriter, node);
}

function reportAttribute(rewriter: Rewriter, node: Attribute): void {
  const { value } = node;
  const shape = ONLY_SHAPES.has(node.attr) && value.type === "Attribute" && value.attr === "shape";
  const owner = shape ? value.value : ONLY_TENSORS.has(node.attr) ? value : undefined;
  const known = owner && rewriter.program.valueOf(owner);
  // Of `.eval` the name is gone, not what it is called on.
  const isWritten =
    ((shape || node.attr === "get_shape") && rewriter.edits.covers(node.start, node.end)) ||
    (node.attr === "eval" && rewriter.edits.covers(node.end - node.attr.length, node.end));
  if (known && !isWritten && alternatives(known).some(isTensor))
    rewriter.report(
      node,
      RULE,
      `\`${node.attr}\` is of a tensor, but its value is a NumPy array after the conversion`,
    );
}

function isPrint(rewriter: Rewriter, call: Call): boolean {
  const callee = rewriter.program.valueOf(call.func);
  return callee?.kind === "ref" && callee.path === "builtins.print";
}

function notePrint(rewriter: Rewriter, call: Call): void {
  for (const { value } of call.args) {
    const shown: readonly (Node | string)[] =
      value.type === "FString" && !value.formatted ? value.parts : [value];
    for (const part of shown) {
      if (typeof part === "string") continue;
      const known = rewriter.program.valueOf(part as Expr);
      if (known && alternatives(known).some(isTensor))
        rewriter.note(
          part,
          RULE,
          "this prints a NumPy array where it printed `tf.Tensor(...)`: the numbers are the same",
        );
    }
  }
}
