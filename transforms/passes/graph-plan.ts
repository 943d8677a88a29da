/**
 * Functional models that branch: each tensor has a channel order of its own, and what layers of several inputs
 * get is turned to one.
 */

import type { Expr } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { keptInOrder, keyOf } from "../../src/analysis/graph.ts";
import { joinTypes } from "../../src/analysis/machine.ts";
import type { Graph, LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import type { KerasTensor } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Layout, Module } from "../layer.ts";
import { turn } from "../layers/axes.ts";
import type { Text } from "../merging/rules.ts";
import { mergeOf, ruleOfMerge } from "../merging/table.ts";
import {
  type ModelPlan,
  type PlannedInput,
  type PlannedLayer,
  type PlannedStep,
  someModule,
} from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { argumentsOf, readsChannelsFirst, showsFlattened, showsOrder } from "./channel-order.ts";
import { requireStable } from "./given-weights.ts";
import { classNameOf, inputName, memberNames } from "./graph-names.ts";
import { isInputOfModel, isOutputOfModel, valuesIn } from "./graph-tensors.ts";
import { lastActivation, planLayer, withRows } from "./layers.ts";
import { mergeUses } from "./merge-uses.ts";

/** What is known of a tensor inside the model. */
interface State {
  readonly type: TensorType;
  readonly layout: Layout;
  /** Sizes of the maps that it is, flattened in PyTorch's order. */
  readonly rows: TensorType["shape"] | undefined;
}

/** Plans all models that one `Model(...)` makes of layers that branch. */
export function planGraph(rewriter: Rewriter, models: readonly Model[]): ModelPlan {
  const [first] = models as [Model, ...Model[]];
  const graphs = models.map(({ graph }) => graph).filter((graph) => graph !== undefined);
  const [graph] = graphs as [Graph, ...Graph[]];
  const uses = mergeUses(models);
  const kept = keptInOrder(graph.output).filter((tensor) => !isInputOfModel(tensor));
  const useOf = (tensor: KerasTensor): LayerUse => {
    const at = kept.findIndex((one) => keyOf(one) === keyOf(tensor));
    const use = uses[at] as LayerUse;
    const unnamed = tensor.layer.kind === "model" && use.expr === tensor.layer.model.node;
    return isOutputOfModel(tensor) && unnamed ? { ...use, expr: ownerOf(rewriter, first, tensor) } : use;
  };
  if (uses.length !== kept.length || uses.some((use) => !addedInPlace(first, use)))
    throw new Unsupported(
      first.node,
      "layers behind merged models that a loop or conditional adds are not supported yet",
    );
  const typeOf = typesOver(first, graphs, graph);
  const ordered = models.some((model) => showsOrder(rewriter, model) || showsFlattened(rewriter, model));
  const after = followers(graph, useOf);
  const states = new Map<KerasTensor, State>();
  const layers = new Map<unknown, PlannedLayer>();
  const inputs = graph.inputs.map((tensor): PlannedInput => {
    const type = typeOf(tensor);
    const reads = readsChannelsFirst(rewriter, after(tensor).uses) && type.shape.length > 1;
    const layout: Layout = reads ? "first" : "last";
    states.set(tensor, { type, layout, rows: undefined });
    if (!isInputOfModel(tensor)) {
      const use = useOf(tensor);
      planLayer(rewriter, { ...use, input: type, masked: false }, layout, [], true);
      layers.set(keyOf(tensor), { use, modules: [], layout, reordered: false });
    }
    return { tensor, name: inputName(tensor, graph.inputs.length), type, layout };
  });
  const steps = graph.steps.map((tensor): PlannedStep => {
    const use = useOf(tensor);
    const from = tensor.from.map((one) => states.get(one) as State);
    const output = typeOf(tensor);
    const merge = mergeOf(use.layer);
    if (merge) {
      const made = planMerge(rewriter, use, from);
      const layer = { use, modules: [MERGED], layout: made.layout, reordered: false };
      layers.set(keyOf(tensor), layer);
      states.set(tensor, { type: output, layout: made.layout, rows: undefined });
      return { tensor, layer, merged: made.merged };
    }
    const [state] = from as [State];
    if (from.length > 1)
      throw new Unsupported(use.expr, "a model of several inputs is not supported as a layer yet");
    checkFinished(use, tensor);
    const { uses: next, branches } = after(tensor);
    const own = { ...use, input: state.type, output, masked: false };
    const planned = planLayer(rewriter, own, state.layout, next, ordered || branches);
    if (planned.masked || planned.modules.some((module) => module.takesMask))
      throw new Unsupported(use.expr, "masked steps in a model that branches are not supported yet");
    const modules = state.rows ? withRows(planned.modules, state.rows) : planned.modules;
    const flattened = planned.modules.some((module) => module.weights) ? undefined : state.rows;
    const rows = planned.reordered ?? flattened;
    let { layout } = planned;
    if (tensor === graph.output && layout === "frames") {
      modules.push(turn(output.shape.length, layout, "last"));
      layout = "last";
    }
    const before = layers.get(keyOf(tensor));
    if (before) requireSame(before, modules, state);
    if (
      before &&
      someModule(modules, ({ code, stateful }) => stateful === true || code.startsWith("Activity"))
    )
      throw new Unsupported(
        use.expr,
        "a layer with a state or a penalty of its outputs that is called more than once is not supported yet",
      );
    const layer = before ?? { use: own, modules, layout, reordered: rows !== undefined };
    layers.set(keyOf(tensor), layer);
    states.set(tensor, { type: output, layout, rows });
    return { tensor, layer };
  });
  requireStable(rewriter, first, uses);
  const inOrder = kept.map((tensor) => layers.get(keyOf(tensor)) as PlannedLayer);
  const state = states.get(graph.output) as State;
  const end = steps.find(({ tensor }) => tensor === graph.output)?.layer;
  const calls = steps.filter(({ layer }) => layer === end).length;
  const last = calls === 1 ? lastActivation(end?.modules.at(-1)) : undefined;
  const [input] = inputs as [PlannedInput];
  return {
    node: first.node,
    models,
    layers: inOrder,
    graph: {
      inputs,
      steps,
      members: memberNames(rewriter, steps, inOrder),
      className: classNameOf(rewriter, first),
    },
    input: input.type,
    prepared: undefined,
    inputLayout: input.layout,
    channelsFirst: false,
    output: state.type,
    outputLayout: state.layout,
    keeps: undefined,
    last: last ?? "other",
    lastIsKnown: last !== undefined,
    inline: false,
    boundary: new Map(),
    kept: new Map(),
    compile: undefined,
    compiles: new Map(),
    dropped: undefined,
    logitsBeforeLast: false,
  };
}

/** The name of a model that this one is built on, where it is made. */
function ownerOf(rewriter: Rewriter, { node }: Model, { layer, made }: KerasTensor): Expr {
  let found: Expr | undefined;
  walk(node, (one) => {
    if (found || one.type !== "Attribute") return found === undefined;
    const tensors = valuesIn(rewriter.program.valueOf(one));
    const own = tensors.some(
      (value) => value.kind === "layer-tensor" && layer.kind === "model" && value.model === layer.model,
    );
    if (own && one.value.type === "Name") found = one.value;
    return found === undefined;
  });
  if (!found) throw new Unsupported(made, "a model that others are built on has no name there");
  return found;
}

/** What stands for a layer of several inputs among the modules: it is an expression in `forward`. */
const MERGED: Module = { code: "" };

/** The types of tensors over all models that the same code makes. */
function typesOver(
  first: Model,
  graphs: readonly Graph[],
  graph: Graph,
): (tensor: KerasTensor) => TensorType {
  const tensorsOf = (one: Graph) => [...one.inputs, ...one.steps];
  const all = graphs.map(tensorsOf);
  const places = new Map(tensorsOf(graph).map((tensor, i) => [tensor, i] as const));
  const shape = (tensors: readonly KerasTensor[]) =>
    tensors.map(({ made, from }) => [made.start, ...from.map((one) => one.made.start)].join()).join(";");
  if (new Set(all.map(shape)).size > 1)
    throw new Unsupported(first.node, "this code makes models with different layers from call to call");
  return (tensor) => {
    const at = places.get(tensor) ?? 0;
    const type = all.map((tensors) => tensors[at]?.type).reduce(joinTypes);
    if (type) return type;
    if (tensor.from.length > 0)
      throw new Unsupported(tensor.made, "the shape of what this gives is not known");
    throw new Unsupported(
      tensor.made,
      "the input shape of this model is not known",
      "Give the first layer an `input_shape`.",
    );
  };
}

/** The layers that a tensor goes on to, and whether it branches, meets others or what is called again on its way. */
function followers(
  graph: Graph,
  useOf: (tensor: KerasTensor) => LayerUse,
): (tensor: KerasTensor) => { uses: LayerUse[]; branches: boolean } {
  return (tensor) => {
    const uses: LayerUse[] = [];
    let branches = false;
    let at: KerasTensor | undefined = tensor;
    while (at) {
      const current: KerasTensor = at;
      const next: KerasTensor[] = graph.steps.filter(({ from }) => from.includes(current));
      [at] = next;
      branches ||= next.length > 1 || (at !== undefined && mergeOf(at.layer) !== undefined);
      if (!at || mergeOf(at.layer)) continue;
      const use = useOf(at);
      uses.push(use);
      branches ||= graph.steps.filter((one) => keyOf(one) === keyOf(at as KerasTensor)).length > 1;
    }
    return { uses, branches };
  };
}

/** A model is a layer as it is when it is called. */
function checkFinished({ layer, expr }: LayerUse, tensor: KerasTensor): void {
  if (layer?.kind !== "model") return;
  if (layer.model.layers.some((one) => one.add !== undefined && one.time > tensor.time))
    throw new Unsupported(expr, "a model that more is added to after it was called is not supported");
}

/** A layer that is called again is the same modules only where it gets the same. */
function requireSame({ use, modules }: PlannedLayer, again: readonly Module[], { type }: State): void {
  const codes = (all: readonly Module[]) => all.map(({ code }) => code).join();
  const sizes = (shape: TensorType["shape"]) => shape.map((dim) => dim?.value).join();
  const same = codes(modules) === codes(again) && sizes(use.input?.shape ?? []) === sizes(type.shape);
  if (!same)
    throw new Unsupported(
      use.expr,
      "a layer that is called on tensors of several shapes is not supported yet",
    );
}

/** An expression in the place of a layer of several inputs, which are turned to one order of their axes. */
function planMerge(
  rewriter: Rewriter,
  use: LayerUse,
  from: readonly State[],
): { readonly layout: Layout; readonly merged: NonNullable<PlannedStep["merged"]> } {
  const entry = mergeOf(use.layer);
  if (!entry || use.layer?.kind !== "object") throw new Unsupported(use.expr, "this layer is not known here");
  const args = argumentsOf(rewriter, use.layer);
  const types = from.map(({ type }) => type);
  const { rule, options } = ruleOfMerge(entry, args, types);
  args.finish(entry.name, new Set(["name", "inputs", "layers"]));
  const layouts = new Set(from.filter(({ type }) => type.shape.length > 1).map(({ layout }) => layout));
  if (layouts.has("frames"))
    throw new Unsupported(use.expr, "maps step by step are not supported in a layer of several inputs yet");
  const layout: Layout = layouts.has("first") && !rule.lastOnly ? "first" : "last";
  const merged = (operands: readonly Text[]) =>
    rule.emit(
      operands.map((operand, i) => turned(operand, from[i] as State, layout)),
      options,
      types,
      layout,
    );
  return { layout, merged };
}

/** An operand in another order of its axes. */
function turned(operand: Text, { type, layout }: State, to: Layout): Text {
  const rank = type.shape.length;
  if (rank === 1 || layout === to) return operand;
  const before = operand.whole ? operand.text : `(${operand.text})`;
  return { text: before + turn(rank, layout, to).code.replace("Permute", ".permute"), whole: true };
}
