/**
 * Models of the first layers of another one, as feature extractors are: `model[:5]`, which shares its
 * modules as Keras's shares its layers; a list of those where it has several outputs.
 */
import type { Call, Expr, Node, Stmt, Subscript } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement, isTarget, isWithin, walk } from "../../grammars/walk.ts";
import type { Model, Part } from "../../src/analysis/model.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedPart } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { carried, targetOf, writeBelow } from "./model-code.ts";

const RULE = "model";

/** What is supported of a part besides calls of it. */
const USES: ReadonlySet<string> = new Set([
  "predict",
  "predict_on_batch",
  "__call__",
  "summary",
  "input_shape",
  "output_shape",
]);

export function planPart(rewriter: Rewriter, models: readonly Model[]): ModelPlan {
  const [model] = models as [Model];
  const { part, node } = model;
  const of = part && rewriter.plans.get(part.of.node);
  if (!part || !of?.models.includes(part.of))
    throw new Unsupported(node, "the model that this one is a part of is not known here");
  if (models.some((one) => one.part?.ends.join() !== part.ends.join() || one.part.of.node !== part.of.node))
    throw new Unsupported(node, "this code takes other layers of a model from call to call");
  const layers = part.ends.map((end) => of.layers[end - 1]);
  for (const use of models.flatMap((one) => one.uses))
    if (!USES.has(use.name))
      throw new Unsupported(
        use.node,
        `\`${use.name}\` of a model that shares the layers of another is not supported yet`,
      );
  for (const [i, layer] of layers.entries()) {
    const before = of.layers.slice(0, part.ends[i]).flatMap(({ modules }) => modules);
    if (!layer || before.length === 0)
      throw new Unsupported(node, "the output of this layer is not known in PyTorch");
    if (layer.reordered) throw new Unsupported(node, "flattened maps would show in another order here");
    if (before.some((module) => module.takesMask || module.stateful) || before.at(-1)?.nested)
      throw new Unsupported(
        node,
        "a part of a model with masks, states or models inside is not supported yet",
      );
  }
  const orders = new Set(
    layers.flatMap((one) => (one && (one.use.output?.shape.length ?? 2) > 1 ? [one.layout] : [])),
  );
  if (orders.size > 1 || orders.has("frames"))
    throw new Unsupported(node, "outputs in several orders of their axes are not supported yet");
  const [outputLayout = "last"] = orders;
  return {
    ...of,
    node,
    models,
    layers: [],
    part: {
      of,
      ends: part.ends,
      listed: part.listed && !isTaken(models, part),
      isFunction: part.isFunction,
      spans: spansOf(rewriter, model),
    },
    output: (layers.find((one) => (one?.use.output?.shape.length ?? 0) > 1) ?? layers.at(-1))?.use.output,
    outputLayout,
    last: "other",
    lastIsKnown: true,
    boundary: new Map(),
    kept: new Map(),
    compile: undefined,
    compiles: new Map(),
    dropped: undefined,
    logitsBeforeLast: false,
  };
}

/** Whether a function of one output is always asked for its first. */
function isTaken(models: readonly Model[], { isFunction, ends }: Part): boolean {
  const calls = models.flatMap((model) => model.uses);
  return isFunction && ends.length === 1 && calls.every(({ node }) => firstOf(node) !== undefined);
}

/** `call[0]` around a call. */
function firstOf({ parent }: Node): Subscript | undefined {
  const index = parent?.type === "Subscript" ? parent.index : undefined;
  return parent?.type === "Subscript" && index?.type === "Number" && index.value === 0 ? parent : undefined;
}

/** The call, and a list of outputs that has a name of its own, where nothing else reads it. */
function spansOf(rewriter: Rewriter, model: Model): Node[] {
  const outputs = model.part?.outputs;
  if (outputs?.type !== "Name") return [model.node];
  const own = enclosingStatement(model.node);
  const made = own
    ? blockOf(own).filter(
        (one) => one.type === "Assign" && one.targets.some((target) => isNamed(target, outputs.id)),
      )
    : [];
  let reads = 0;
  walk(rewriter.program.module, (node) => {
    if (isNamed(node, outputs.id)) reads++;
  });
  const [statement] = made;
  if (made.length !== 1 || !statement || reads !== 2)
    throw new Unsupported(
      outputs,
      "outputs of layers in a list that is used otherwise are not supported yet",
    );
  return [model.node, statement];
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Name" && node.id === name;
}

/** Whether a node goes with a part that takes layers of this model. */
export function isInPart(rewriter: Rewriter, plan: ModelPlan, node: Node): boolean {
  return [...rewriter.plans.values()].some(
    ({ part }) => part?.of === plan && part.spans.some((span) => isWithin(node, span)),
  );
}

/** Whether some part gives what comes out of the last module. */
export function showsLast(rewriter: Rewriter, plan: ModelPlan): boolean {
  const last = plan.layers.findLastIndex(({ modules }) => modules.length > 0);
  return [...rewriter.plans.values()].some(
    ({ part }) => part?.of === plan && part.ends.some((end) => end > last),
  );
}

export function emitPart(rewriter: Rewriter, plan: ModelPlan, part: PlannedPart): void {
  const { text } = rewriter;
  const statement = enclosingStatement(plan.node);
  const said = ownerOf(rewriter, plan.node);
  const owner = said ? rewriter.source(said) : nameOf(rewriter, part.of, plan.node);
  const ends = part.ends.map((end) =>
    part.of.layers.slice(0, end).reduce((sum, { modules }) => sum + modules.length, 0),
  );
  const code = part.listed ? slices(rewriter, owner, ends) : `${owner}[:${ends[0]}]`;
  rewriter.edits.absorb(text, plan.node.start, plan.node.end);
  rewriter.edits.replace(plan.node.start, plan.node.end, code, RULE);
  const others = part.spans.filter((span) => span !== plan.node) as Stmt[];
  rewriter.removeStatements(others, RULE);
  const target = targetOf(plan, statement);
  const one = rewriter.name("part");
  const name = part.listed ? one : target ? rewriter.source(target) : "";
  const lines = carried(rewriter, plan, name);
  if (lines.length === 0) return;
  if (!target || !statement)
    throw new Unsupported(
      plan.node,
      "a part of a model without a name is not supported beside models that read their data in another form",
    );
  const loop = `for ${one} in ${rewriter.source(target)}:`;
  const all = part.listed ? [loop, ...lines.map((line) => `    ${line}`)] : lines;
  writeBelow(rewriter, statement, all);
}

/** The model up to each of its outputs. */
function slices(rewriter: Rewriter, owner: string, ends: readonly number[]): string {
  if (ends.length < 4) return `[${ends.map((end) => `${owner}[:${end}]`).join(", ")}]`;
  const [first = 0] = ends;
  const inRow = ends.every((end, i) => end === first + i);
  const range = first === 0 ? `range(${ends.length})` : `range(${first}, ${first + ends.length})`;
  const end = rewriter.name("end");
  return `[${owner}[:${end}] for ${end} in ${inRow ? range : `[${ends.join(", ")}]`}]`;
}

/** The model that a part speaks of, where it does not speak of tensors. */
function ownerOf(rewriter: Rewriter, call: Call): Expr | undefined {
  let found: Expr | undefined;
  walk(call, (node) => {
    if (found || (node.type !== "Name" && node.type !== "Attribute")) return found === undefined;
    const value = rewriter.program.valueOf(node);
    if (value && alternatives(value).every((one) => one.kind === "model")) found = node;
    return found === undefined;
  });
  return found;
}

/** The name of a functional model where a part of it is made from its tensors: the only one that it gets. */
function nameOf(rewriter: Rewriter, whole: ModelPlan, call: Call): string {
  const statement = enclosingStatement(whole.node);
  const [target] = statement?.type === "Assign" && statement.value === whole.node ? statement.targets : [];
  const near = statement && blockOf(statement).some((one) => isWithin(call, one));
  let bound = 0;
  walk(rewriter.program.module, (node) => {
    if (target?.type === "Name" && node.type === "Name" && node.id === target.id && isTarget(node)) bound++;
  });
  if (target?.type !== "Name" || !near || bound !== 1)
    throw new Unsupported(call, "which model these layers are of, is not known here");
  return rewriter.source(target);
}

/** The output of a part is a list: each of its models predicts. */
export function eachPart(
  rewriter: Rewriter,
  { part }: ModelPlan,
  call: Call,
  model: string,
): string | undefined {
  const first = part?.isFunction && !part.listed ? firstOf(call) : undefined;
  if (first) rewriter.edits.remove(call.end, first.end, RULE);
  if (!part?.listed) return undefined;
  rewriter.edits.insert(call.start, "[", RULE);
  rewriter.edits.insert(call.end, ` for ${rewriter.name("part")} in ${model}]`, RULE);
  return rewriter.name("part");
}
