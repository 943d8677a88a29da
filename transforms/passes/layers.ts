/**
 * From Keras layers to PyTorch modules, with the permutes that channel order asks for.
 *
 * Inside the model convolutions work on (N, C, ...) and everything else on (N, ..., C); a permute
 * stands where one meets the other. Which of the two the model reads is its own choice: the
 * boundary around it turns the data.
 */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { joinTypes } from "../../src/analysis/machine.ts";
import type { LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import { Scope } from "../../src/analysis/scope.ts";
import * as symbolic from "../../src/analysis/symbolic.ts";
import type { FunctionValue, KerasObject, Num, Value } from "../../src/analysis/values.ts";
import { type ActivationEntry, activationFunction, activationNamed, channelAxis } from "../activations.ts";
import { Arguments, joinArguments, Unsupported } from "../arguments.ts";
import {
  ignoredBy,
  type LayerConstruct,
  type LayerContext,
  type LayerEntry,
  type Layout,
  type LayoutRule,
  layoutRule,
  type Module,
  type NestedModel,
} from "../layer.ts";
import { turn } from "../layers/axes.ts";
import { channelsFirst } from "../layers/spatial.ts";
import type { LastActivation } from "../losses.ts";
import { masksOutput, reportMaskedOutput } from "../masks.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { inferFunction } from "../tensors/inference.ts";
import type { WeightForm } from "../weights.ts";
import { showsArrays } from "./array-weights.ts";
import { choicesOf, pick, selector } from "./choices.ts";
import { bindInitializer } from "./initializers.ts";
import { fileOf } from "./persistence.ts";
import { translateFunction } from "./tensor-functions.ts";

/** Plans all models that one `Sequential(...)` makes; reported where a layer has no PyTorch form. */
export function planModel(rewriter: Rewriter, models: readonly Model[]): ModelPlan {
  const [first] = models as [Model, ...Model[]];
  for (const model of models) {
    if (model.unclear)
      throw new Unsupported(
        model.unclear.node,
        `the layers of this model are not known: ${model.unclear.reason}`,
      );
  }
  const uses = mergeUses(models);
  const [start] = uses;
  if (!start) throw new Unsupported(first.node, "this model gets no layer that is known here");
  if (!start.input) {
    throw new Unsupported(
      start.expr,
      "the input shape of this model is not known",
      "Give the first layer an `input_shape`.",
    );
  }
  if (rewriter.program.machine.assumed) {
    rewriter.note(
      start.expr,
      "channels-first",
      "read with the channels first, as Theano had them: with the channels last these layers leave nothing",
    );
  }
  let layout: Layout = readsChannelsFirst(rewriter, uses) && start.input.shape.length > 1 ? "first" : "last";
  const inputLayout = layout;
  let masked = false;
  const layers: PlannedLayer[] = [];
  let rows: TensorType["shape"] | undefined;
  const ordered = models.some((model) => showsOrder(rewriter, model));
  for (const [i, use] of uses.entries()) {
    if (!use.input) throw new Unsupported(use.expr, "the shape of what this layer gets is not known");
    if (entryOf(use)?.names.includes("Embedding") && layers.some((layer) => layer.modules.length > 0)) {
      throw new Unsupported(use.expr, "an `Embedding` of what another layer gives is not supported");
    }
    const { input } = use;
    const planned = planLayer(rewriter, { ...use, input, masked }, layout, uses.slice(i + 1), ordered);
    if (planned.layout !== layout && !addedInPlace(first, use)) {
      throw new Unsupported(
        use.expr,
        "a layer that changes the order of the axes in a loop or conditional is not supported yet",
      );
    }
    layers.push({ use, modules: rows ? withRows(planned.modules, rows) : planned.modules });
    layout = planned.layout;
    masked = planned.masked;
    if (planned.reordered) rows = planned.reordered;
    else if (planned.modules.some((module) => module.weights)) rows = undefined;
  }
  if (masked) reportMaskedOutput(uses.at(-1)?.expr ?? first.node);
  // Maps step by step leave the model in Keras's order.
  if (layout === "frames") {
    layers.at(-1)?.modules.push(turn(layers.at(-1)?.use.output?.shape.length ?? 4, layout, "last"));
    layout = "last";
  }
  const last = layers.findLast((layer) => layer.modules.length > 0);
  // What a loop or conditional adds last is not the last layer on every path.
  const end = last && addedInPlace(first, last.use) ? lastActivation(last.modules.at(-1)) : undefined;
  return {
    node: first.node,
    models,
    layers,
    input: start.input,
    inputLayout,
    channelsFirst: hasChannelsFirst(rewriter, uses),
    output: models.map((model) => model.output).reduce(joinTypes),
    outputLayout: layout,
    last: end ?? "other",
    lastIsKnown: end !== undefined,
    inline: false,
    boundary: new Map(),
    kept: new Map(),
    compile: undefined,
    dropped: undefined,
    logitsBeforeLast: false,
  };
}

/** The layers of several models that the same code makes: what differs between them is unknown. */
function mergeUses(models: readonly Model[]): LayerUse[] {
  const [first, ...rest] = models.map(onceEach) as [LayerUse[], ...LayerUse[][]];
  return first.map((use, i) => {
    let merged = use;
    for (const layers of rest) {
      const other = layers[i];
      if (layers.length !== first.length || other?.expr !== use.expr) {
        throw new Unsupported(
          (models[0] as Model).node,
          "this code makes models with different layers from call to call",
        );
      }
      merged = mergeUse(merged, other);
    }
    return merged;
  });
}

/** A loop reaches one `add` several times; it is written once. */
function onceEach(model: Model): LayerUse[] {
  const found = new Map<unknown, LayerUse>();
  for (const use of model.layers) {
    const key = use.add ?? use;
    const before = found.get(key);
    found.set(key, before ? mergeUse(before, use) : use);
  }
  return [...found.values()];
}

function mergeUse(a: LayerUse, b: LayerUse): LayerUse {
  return {
    ...a,
    layer: mergeLayer(a.layer, b.layer),
    time: b.time,
    input: joinTypes(a.input, b.input),
    output: joinTypes(a.output, b.output),
  };
}

function mergeLayer(a: LayerUse["layer"], b: LayerUse["layer"]): LayerUse["layer"] {
  if (a?.kind !== "object" || b?.kind !== "object") return a === b || a?.kind === b?.kind ? a : undefined;
  return a.node === b.node ? { ...a, args: joinArguments([a.args, b.args]) } : undefined;
}

function entryOf(use: LayerUse): LayerEntry | undefined {
  return use.layer?.kind === "object" ? (use.layer.construct as LayerConstruct).entry : undefined;
}

/** What channel order means to a layer; undefined for what is no layer, or gets nothing that is known. */
function ruleOf(rewriter: Rewriter, use: LayerUse): LayoutRule | undefined {
  const entry = entryOf(use);
  if (!entry || use.layer?.kind !== "object") return undefined;
  return layoutRule(entry, argumentsOf(rewriter, use.layer), use.input ?? NO_AXES);
}
const NO_AXES: TensorType = { shape: [], dtype: "float" };

function argumentsOf(rewriter: Rewriter, { args, node }: KerasObject): Arguments {
  return new Arguments(args, node, rewriter.program.machine, (expr) => rewriter.source(expr));
}

function readsChannelsFirst(rewriter: Rewriter, uses: readonly LayerUse[]): boolean {
  for (const use of uses) {
    if (use.layer?.kind === "model") return readsChannelsFirst(rewriter, use.layer.model.layers);
    const layout = ruleOf(rewriter, use);
    if (layout === "spatial") return true;
    if (layout !== "elementwise") return false;
  }
  return false;
}

/** Whether the first layer that has channels takes them from the first axis. */
function hasChannelsFirst(rewriter: Rewriter, uses: readonly LayerUse[]): boolean {
  for (const { layer } of uses) {
    if (layer?.kind !== "object") return false;
    const args = argumentsOf(rewriter, layer);
    if (args.takes("data_format")) return channelsFirst(args) === true;
  }
  return false;
}

function planLayer(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  layout: Layout,
  after: readonly LayerUse[],
  ordered: boolean,
): { modules: Module[]; layout: Layout; masked: boolean; reordered?: TensorType["shape"] | undefined } {
  if (use.layer?.kind === "model") return nested(rewriter, use, layout);
  if (use.layer?.kind !== "object") throw new Unsupported(use.expr, "what is added here is not known");
  const { construct, node } = use.layer;
  const { entry } = construct as LayerConstruct;
  const rank = use.input.shape.length;
  const before: Module[] = [];
  const bound = argumentsOf(rewriter, use.layer);
  const rule = layoutRule(entry, bound, use.input);
  let own = rank === 1 && rule !== "spatial" ? "last" : layout;
  const wanted = wantedLayout(entry, rule, layout);
  if (wanted !== layout && rank > 1) {
    before.push(turn(rank, layout, wanted));
    own = wanted;
  }
  requireCells(use, node);
  const observed = ordered || orderObserved(rewriter, after);
  const context = { ...layerContext(rewriter, bound, use, node, own, observed), masked: use.masked };
  const emission = entry.emit(context);
  const name = construct.path.slice("keras.layers.".length);
  const dtype = bound.value("dtype");
  if (
    dtype.kind === "str" &&
    dtype.value !== "float32" &&
    entry.names[0] !== "Embedding" &&
    entry.names[0] !== "Input"
  ) {
    throw new Unsupported(
      bound.argument("dtype") ?? node,
      `layers of dtype ${dtype.value} are not supported`,
    );
  }
  const modules = finished(rewriter, context, emission.modules);
  bound.finish(name, ignoredBy(entry));
  return {
    modules: [...before, ...modules],
    layout: emission.layout ?? own,
    masked: masksOutput(entry, context, emission),
    reordered: emission.reordered,
  };
}

/** The channel order that a layer takes what has more than one axis in. */
function wantedLayout(entry: LayerEntry, rule: LayoutRule, layout: Layout): Layout {
  if ((layout === "frames" && entry.frames) || rule === "frames") return "frames";
  if (rule === "spatial") return "first";
  return rule === "last-axis" || layout === "frames" ? "last" : layout;
}

/** The modules of a layer with what its arguments `weights` and `trainable` ask for. */
function finished(rewriter: Rewriter, context: LayerContext, modules: readonly Module[]): Module[] {
  const { args, frozen } = context;
  const given = args.isNone("weights") ? [] : givenWeights(rewriter, context, modules);
  return modules.map((module) => {
    const loads = given.filter((one) => one.module === module).map((one) => one.line);
    const held = module.init !== undefined || (module.weights?.length ?? 0) > 0;
    const freezes = frozen && held && module.pretrained === undefined ? ["{}.requires_grad_(False)"] : [];
    if (frozen && (module.penalties?.length ?? 0) > 0)
      throw new Unsupported(
        context.node,
        "a regularizer of a layer that is not trained is not supported yet",
      );
    if (loads.length + freezes.length === 0) return module;
    return { ...module, initialize: [...(module.initialize ?? []), ...loads, ...freezes] };
  });
}

/** Lines that put the arrays given as `weights` in their places. */
function givenWeights(
  rewriter: Rewriter,
  { args, node }: LayerContext,
  modules: readonly Module[],
): { module: Module; line: string }[] {
  if (modules.some((module) => module.pretrained !== undefined)) return [];
  const at = args.argument("weights") ?? node;
  const list = args.expr("weights");
  const places = modules.flatMap((module) => (module.weights ?? []).map((map) => ({ module, map })));
  if (list?.type !== "List" || list.elements.length !== places.length)
    throw new Unsupported(at, "which of its weights these are, is not known here");
  return places.map(({ module, map }, i) => {
    const [parameter] = map.torch;
    const turned = TURNED[map.form];
    if (map.torch.length !== 1 || turned === undefined || map.rows)
      throw new Unsupported(at, "initial weights of this layer are not supported yet");
    const array = rewriter.use(`torch.as_tensor(${rewriter.source(list.elements[i] as Expr)})`);
    return { module, line: `{}.${parameter}.data.copy_(${array}${turned})` };
  });
}

/** How Keras's array is brought into the order of PyTorch's parameter. */
const TURNED: Partial<Record<WeightForm, string>> = { same: "", transpose: ".T", flat: ".flatten()" };

/** Reports a layer whose output would have no cells: Keras takes no such model. */
function requireCells(use: LayerUse & { input: TensorType }, node: Node): void {
  const axis = use.output?.shape.findIndex((dim) => dim?.value !== undefined && dim.value <= 0) ?? -1;
  if (axis < 0) return;
  const text = ({ shape }: TensorType) => `(${shape.map((dim) => dim?.value ?? "?").join(", ")})`;
  throw new Unsupported(
    node,
    `this layer gets samples of the shape ${text(use.input)}, which leave nothing: ${text(use.output ?? NO_AXES)}`,
  );
}

/** Kernels whose rows are a flattened map in PyTorch's order. */
function withRows(modules: readonly Module[], shape: TensorType["shape"]): Module[] {
  const rows = shape.map((dim) => dim?.value);
  return modules.map((module) => {
    const weights = module.weights?.map((map) => (map.form === "transpose" ? { ...map, rows } : map));
    return weights ? { ...module, weights } : module;
  });
}

/** A model as a layer of another. */
function nested(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  layout: Layout,
): { modules: Module[]; layout: Layout; masked: boolean } {
  if (use.masked) throw new Unsupported(use.expr, "a model that gets masked steps is not supported yet");
  const rank = use.input.shape.length;
  const made = nestedModel(rewriter, use.layer, use.expr, use.input);
  const before = rank > 1 && made.inputLayout !== layout ? [turn(rank, layout, made.inputLayout)] : [];
  return { modules: [...before, made.module], layout: made.outputLayout, masked: false };
}

/** A model inside another: it stands there as it is, by its name or where it is made. */
function nestedModel(
  rewriter: Rewriter,
  layer: Value | undefined,
  expr: Expr,
  input: TensorType,
): NestedModel {
  const model = layer?.kind === "model" ? layer.model : undefined;
  const plan = model && rewriter.plans.get(model.node);
  if (!model || !plan) throw new Unsupported(expr, "this model inside a model is not known here");
  if (expr === model.node) plan.inline = true;
  if (!sameShape(plan.input.shape, input.shape))
    throw new Unsupported(expr, "this model is made for an input of another shape");
  const module: Module = { code: "", nested: { plan, expr } };
  return { module, inputLayout: plan.inputLayout, outputLayout: plan.outputLayout };
}

function sameShape(a: TensorType["shape"], b: TensorType["shape"]): boolean {
  return a.length === b.length && a.every((dim, i) => dim?.value === b[i]?.value);
}

/** Whether weights of this model come from Keras or are shown as arrays: their order is Keras's. */
function showsOrder(rewriter: Rewriter, model: Model): boolean {
  return model.uses.some(
    (use) => showsArrays(use) || (use.name === "load_weights" && !fileOf(rewriter, use)),
  );
}

/** Whether what comes after a flattening is not a plain Dense, which learns any order. */
function orderObserved(rewriter: Rewriter, after: readonly LayerUse[]): boolean {
  for (const use of after) {
    const entry = entryOf(use);
    if (!entry) return true;
    if (entry.names.includes("Dense")) return false;
    if (ruleOf(rewriter, use) !== "elementwise") return true;
  }
  return true;
}

/** Whether no parameter around the place hides a name of a scope outside of it. */
function meansTheSame(sym: symbolic.Sym, place: Node): boolean {
  const uses = symbolic.usesOf(sym).filter(({ scope }) => scope instanceof Scope && scope.kind === "module");
  for (let at: Node | null = place; at; at = at.parent) {
    if (at.type !== "FunctionDef" && at.type !== "Lambda") continue;
    if (at.params.some((parameter) => uses.some((use) => use.name === parameter.name))) return false;
  }
  return true;
}

function layerContext(
  rewriter: Rewriter,
  args: Arguments,
  use: LayerUse & { input: TensorType },
  node: Node,
  layout: Layout,
  observed: boolean,
): LayerContext {
  const size = (dim: Num | undefined) => {
    if (dim?.value !== undefined) return String(dim.value);
    const readable = dim?.sym && symbolic.isCurrent(dim.sym, use.time) && meansTheSame(dim.sym, node);
    return readable ? symbolic.render(dim.sym) : undefined;
  };
  return {
    args,
    version: rewriter.program.version,
    input: use.input,
    output: use.output,
    layout,
    node,
    orderObserved: observed,
    torchvisionWeights: rewriter.torchvisionWeights,
    masked: false,
    frozen: args.isGiven("trainable") && !args.flag("trainable"),
    helper: (name) => rewriter.helper(name),
    size,
    nestedModel: (value, expr, input) => nestedModel(rewriter, value, expr, input),
    ownFunction: (value, expr) => {
      translateFunction(rewriter, value);
      return rewriter.source(expr);
    },
    activationEntry: (value) => activationEntry(rewriter, value),
    activation: (value, shape, at, place) => activationModules(rewriter, value, shape, at, place),
    initializer(this: LayerContext, name, parameter, fans) {
      return bindInitializer(rewriter, this.args, name, parameter, fans);
    },
  };
}

function activationEntry(rewriter: Rewriter, value: Value): ActivationEntry | undefined {
  if (value.kind === "str" && rewriter.customObjects.has(value.value)) return undefined;
  if (value.kind === "str") return activationNamed(value.value);
  return value.kind === "ref"
    ? activationFunction(rewriter.program.registry.canonical(value.path))
    : undefined;
}

function activationModules(
  rewriter: Rewriter,
  value: Value,
  shape: TensorType,
  layout: Layout,
  at: Node,
): readonly Module[] {
  if (value.kind === "none") return [];
  const own = value.kind === "str" ? rewriter.customObjects.get(value.value) : undefined;
  if (own) return [ownActivation(rewriter, own.value, shape, layout, own.expr)];
  if (value.kind === "function") return [ownActivation(rewriter, value, shape, layout, at)];
  if (value.kind === "str" || value.kind === "ref") {
    const entry = activationEntry(rewriter, value);
    const name = value.kind === "str" ? value.value : rewriter.text.slice(at.start, at.end);
    if (!entry) throw new Unsupported(at, `the activation '${name}' is not supported yet`);
    if (!entry.module) return [];
    return [entry.module(channelAxis(shape.shape.length, layout), rewriter.program.version)];
  }
  const names = choicesOf(value);
  const chosen = names && selector(rewriter, at);
  if (names && chosen !== undefined) {
    const cases = names.map((name) => {
      const [module] = activationModules(rewriter, { kind: "str", value: name }, shape, layout, at);
      if (module?.helper)
        throw new Unsupported(at, `the activation '${name}' is not supported as one of several`);
      return [name, module?.code ?? "nn.Identity()"] as const;
    });
    return [{ code: pick(new Map(cases), chosen) }];
  }
  if (value.kind === "object" && value.construct.kind === "layer")
    return activationLayer(rewriter, value, shape, layout);
  throw new Unsupported(at, "what activation this is, is not known here");
}

/** A function of the script as an activation. */
function ownActivation(
  rewriter: Rewriter,
  value: FunctionValue,
  shape: TensorType,
  layout: Layout,
  at: Node,
): Module {
  const { output, elementwise } = inferFunction(rewriter.program.machine, value, shape);
  if (!output || !sameShape(output.shape, shape.shape))
    throw new Unsupported(at, "the shape of what this function gives is not known");
  if (!elementwise && layout !== "last" && shape.shape.length > 1)
    throw new Unsupported(at, "an activation over the channels of maps is not supported as a function yet");
  if (at.type !== "Name" && at.type !== "Attribute" && at.type !== "Lambda")
    throw new Unsupported(at, "what activation this is, is not known here");
  translateFunction(rewriter, value);
  return { code: `Lambda(${rewriter.source(at)})`, helper: "Lambda" };
}

/** A layer such as `LeakyReLU()` given as an activation. */
function activationLayer(
  rewriter: Rewriter,
  value: KerasObject,
  shape: TensorType,
  layout: Layout,
): readonly Module[] {
  const { entry } = value.construct as LayerConstruct;
  const args = argumentsOf(rewriter, value);
  if (layoutRule(entry, args, shape) !== "elementwise" || (layout === "frames" && !entry.frames))
    throw new Unsupported(value.node, "this layer is not supported as an activation");
  const use = {
    layer: value,
    expr: value.node,
    add: undefined,
    input: shape,
    output: shape,
    time: rewriter.program.machine.time,
  };
  const { modules } = entry.emit(layerContext(rewriter, args, use, value.node, layout, false));
  args.finish(value.construct.path, ignoredBy(entry));
  return modules;
}

/** The activation that a module is, or ends in; undefined where it is one of several. */
function lastActivation(module: Module | undefined): LastActivation | undefined {
  if (module?.nested && !module.helper)
    return module.nested.plan.lastIsKnown ? module.nested.plan.last : undefined;
  if (module?.code.startsWith("{")) return undefined;
  if (module?.code.startsWith("nn.Softmax(")) return "softmax";
  return module?.code === "nn.Sigmoid()" ? "sigmoid" : "other";
}
