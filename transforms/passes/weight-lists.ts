/** The lists of a model's or layer's weights: `trainable_weights`, `non_trainable_variables` and the like. */
import type { Attribute, Call, Comprehension, Expr, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { LISTS } from "../methods.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { readWeights } from "./array-weights.ts";
import { freezes } from "./freezing.ts";
import { someHeldByOptimizers } from "./trained-parts.ts";
import { counting, countOf, hasParameters } from "./weight-counts.ts";

const RULE = "model-use";

export function emitWeightList(
  rewriter: Rewriter,
  plan: ModelPlan,
  use: ModelUse & { node: Attribute },
  modules: readonly Module[],
): void {
  const { node } = use;
  const trained = LISTS[node.attr];
  const owner = rewriter.source(node.value);
  if (trained !== undefined && someHeldByOptimizers(rewriter))
    throw new Unsupported(
      node,
      `\`${node.attr}\` beside optimizers that say what is trained is not supported yet`,
    );
  const counted = counting(node);
  const count = counted && countOf(trained, modules, owner);
  if (counted && count) {
    replace(rewriter, counted, count);
    return;
  }
  if (hasParameters(trained, modules) && emitSizes(rewriter, node, owner, trained)) return;
  readWeights(rewriter, modules, node);
  const all =
    trained === undefined || (trained && !rewriter.switches.get("RUNNING_STATISTICS") && !freezes(plan));
  const helper = rewriter.helper("get_weights", all ? [] : ["trainable"]);
  const arrays = `${helper}(${owner}${all ? "" : `, trainable=${trained ? "True" : "False"}`})`;
  const call = callAround(node);
  if (isCallOf(call, "print"))
    rewriter.note(node, RULE, "these are NumPy arrays where Keras has variables: the numbers are the same");
  else if (!isIterated(node) && !counted && !isElement(node))
    throw new Unsupported(
      node,
      `\`${node.attr}\` is supported where it is printed, counted or gone over only`,
    );
  if (isKept(node) && plan.models.some(({ uses }) => uses.some((one) => mayChange(one, use))))
    throw new Unsupported(
      node,
      "weights that are kept while the model is used further are not supported: Keras's variables follow its training",
    );
  const sizes = sizesOf(rewriter, node);
  if (sizes) replace(rewriter, sizes.element, `${sizes.name}.size`);
  replace(rewriter, sizes?.iter ?? (isCallOf(call, "set") ? call : node), arrays);
}

function replace(rewriter: Rewriter, node: Node, text: string): void {
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, text, RULE);
}

function callAround(node: Node): Call | undefined {
  const call = node.parent?.type === "Argument" ? node.parent.parent : undefined;
  return call?.type === "Call" && call.args.length === 1 ? call : undefined;
}

function isCallOf(call: Call | undefined, name: string): call is Call {
  return call?.func.type === "Name" && call.func.id === name;
}

/** Whether a loop or comprehension goes over the list, also by way of `enumerate`, `list` or `set`. */
function isIterated(node: Expr): boolean {
  const { parent } = node;
  if (parent?.type === "For") return parent.iter === node;
  if (parent?.type === "Comprehension") return parent.clauses.some(({ iter }) => iter === node);
  const call = callAround(node);
  return (
    call !== undefined &&
    ["enumerate", "set", "list"].some((name) => isCallOf(call, name)) &&
    isIterated(call)
  );
}

/** Uses of a model that leave its weights as they are. */
const READS: ReadonlySet<string> = new Set([
  ..."layers get_layer name summary count_params input_shape output_shape get_weights".split(" "),
  ..."compile predict predict_classes evaluate save save_weights to_json".split(" "),
  "set trainable",
  "trainable",
  ...Object.keys(LISTS),
]);

/** Whether a use may change the weights that another one reads, after that. */
function mayChange(one: ModelUse, read: ModelUse): boolean {
  const name = one.name.startsWith("layer ") ? one.name.slice("layer ".length) : one.name;
  return !READS.has(name) && (one.time > read.time || read.owner !== undefined);
}

/** Whether an assignment keeps weights themselves: `kernel = model.weights[0]`, `kept = [w for w in model.weights]`. */
function isKept(node: Expr): boolean {
  let kept: Expr | undefined;
  if (isElement(node)) kept = node.parent as Expr;
  else if (node.parent?.type === "Comprehension") {
    const { parent } = node;
    const target = parent.clauses.find(({ iter }) => iter === node)?.target;
    const isSame =
      target?.type === "Name" && parent.element.type === "Name" && parent.element.id === target.id;
    if (isSame) kept = parent;
  } else if (isCallOf(callAround(node), "list")) kept = callAround(node);
  const around = kept?.parent?.type === "Tuple" || kept?.parent?.type === "List" ? kept.parent : kept;
  return around?.parent?.type === "Assign" && around.parent.value === around;
}

/** `model.weights[0]` */
function isElement({ parent }: Expr): boolean {
  return parent?.type === "Subscript" && parent.index.type !== "Slice";
}

/** A comprehension that asks each weight of a list how many numbers it holds, and nothing else. */
interface Sizes {
  readonly element: Expr;
  /** The list, or the set of it. */
  readonly iter: Expr;
  readonly name: string;
}

function sizesOf(rewriter: Rewriter, node: Attribute): Sizes | undefined {
  const call = callAround(node);
  const iter = isCallOf(call, "set") ? call : node;
  const around = iter.parent;
  if (around?.type !== "Comprehension" || around.clauses.length > 1) return undefined;
  const [clause] = around.clauses;
  if (clause?.iter !== iter || clause.target.type !== "Name" || clause.ifs.length > 0) return undefined;
  const name = clause.target.id;
  return isSize(rewriter, around, name) ? { element: around.element, iter, name } : undefined;
}

/** How many numbers the parameters hold: the same whatever their layout. Gives whether that was asked. */
function emitSizes(
  rewriter: Rewriter,
  node: Attribute,
  owner: string,
  trained: boolean | undefined,
): boolean {
  const parameters = (name: string) =>
    trained === undefined
      ? `${owner}.parameters()`
      : `${owner}.parameters() if ${trained ? "" : "not "}${name}.requires_grad`;
  const call = callAround(node);
  if (call && pathOf(rewriter, call.func) === "keras.utils.count_params") {
    replace(rewriter, call, `sum(p.numel() for p in ${parameters("p")})`);
    return true;
  }
  const sizes = sizesOf(rewriter, node);
  if (!sizes) return false;
  replace(rewriter, sizes.element, `${sizes.name}.numel()`);
  replace(rewriter, sizes.iter, parameters(sizes.name));
  return true;
}

/** `K.count_params(w)`, `np.prod(w.shape)`, `np.prod(w.get_shape().as_list())` */
function isSize(rewriter: Rewriter, { element }: Comprehension, name: string): boolean {
  if (element.type !== "Call" || element.args.length !== 1) return false;
  const given = element.args[0]?.value;
  const path = pathOf(rewriter, element.func);
  if (path === "keras.backend.count_params") return given?.type === "Name" && given.id === name;
  if (path !== "numpy.prod" || !given) return false;
  const words = new Set<string>();
  let plain = true;
  walk(given, (one) => {
    if (one.type === "Attribute") words.add(one.attr);
    else if (one.type === "Name") plain &&= one.id === name;
    else if (one.type !== "Call" || one.args.length > 0) plain = false;
  });
  return (
    plain && words.size > 0 && [...words].every((one) => ["shape", "get_shape", "as_list"].includes(one))
  );
}

function pathOf(rewriter: Rewriter, callee: Expr): string {
  const value = rewriter.program.valueOf(callee);
  return value?.kind === "ref" ? rewriter.program.registry.canonical(value.path) : "";
}
