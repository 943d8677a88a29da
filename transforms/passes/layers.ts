/**
 * From Keras layers to PyTorch modules, with the permutes that channel order asks for.
 *
 * Inside the model convolutions work on (N, C, ...) and everything else on (N, ..., C); a permute
 * stands where one meets the other. Which of the two the model reads is its own choice: the
 * boundary around it turns the data.
 */
import type { Node } from "../../grammars/nodes.ts";
import { joinTypes } from "../../src/analysis/machine.ts";
import type { LayerUse, Model, TensorType } from "../../src/analysis/model.ts";
import { addedInPlace } from "../../src/analysis/models.ts";
import { Unsupported } from "../arguments.ts";
import {
  type Emission,
  ignoredBy,
  type LayerEntry,
  type Layout,
  type LayoutRule,
  layoutRule,
  type Module,
} from "../layer.ts";
import { turn } from "../layers/axes.ts";
import type { LastActivation } from "../loss.ts";
import { masksOutput } from "../masks.ts";
import type { ModelPlan, PlannedLayer } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import {
  argumentsOf,
  entryOf,
  hasChannelsFirst,
  NO_AXES,
  orderObserved,
  readsChannelsFirst,
  showsFlattened,
  showsOrder,
} from "./channel-order.ts";
import { chosenLayer } from "./chosen-layers.ts";
import { requireWhole } from "./early-uses.ts";
import { finished, requireStable } from "./given-weights.ts";
import { enterInlined, isInlined } from "./inlined.ts";
import { layerContext } from "./layer-context.ts";
import { mergeUses } from "./merge-uses.ts";
import { nested } from "./nested-models.ts";
import { preparedBy } from "./prepared.ts";

/** Plans all models that one `Sequential(...)` makes; reported where a layer has no PyTorch form. */
export function planModel(rewriter: Rewriter, models: readonly Model[]): ModelPlan {
  const [first] = models as [Model, ...Model[]];
  for (const model of models) {
    if (model.unclear)
      throw new Unsupported(
        model.unclear.node,
        `the layers of this model are not known: ${model.unclear.reason}`,
        model.unclear.reason.startsWith("a layer is taken off")
          ? "Make a model of the layers that are to stay: `Sequential(model.layers[:-1])`."
          : undefined,
      );
  }
  requireWhole(models);
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
  let keeps: string | undefined;
  const layers: PlannedLayer[] = [];
  const prepared = preparedBy(rewriter, uses);
  let rows: TensorType["shape"] | undefined;
  const ordered = models.some((model) => showsOrder(rewriter, model) || showsFlattened(rewriter, model));
  for (const [i, use] of uses.entries()) {
    if (!use.input) throw new Unsupported(use.expr, "the shape of what this layer gets is not known");
    const made = layers.findLast((layer) => layer.modules.length > 0);
    if (entryOf(use)?.names.includes("Embedding") && made && !entryOf(made.use)?.indices) {
      throw new Unsupported(use.expr, "an `Embedding` of what another layer gives is not supported");
    }
    const isPrepared = prepared?.use === use;
    const input = isPrepared ? prepared.input : use.input;
    if (isPrepared && use.layer?.kind === "object") {
      layers.push({ use, modules: [...prepared.modules], layout, reordered: false });
      continue;
    }
    const planned = planLayer(rewriter, { ...use, input, masked }, layout, uses.slice(i + 1), ordered);
    if (planned.layout !== layout && !addedInPlace(first, use)) {
      throw new Unsupported(
        use.expr,
        "a layer that changes the order of the axes in a loop or conditional is not supported yet",
      );
    }
    if (planned.keeps !== undefined)
      keeps = layers.some((layer) => layer.modules.length > 0) ? undefined : planned.keeps;
    const modules = rows ? withRows(planned.modules, rows) : planned.modules;
    layout = planned.layout;
    masked = planned.masked;
    if (planned.reordered) rows = planned.reordered;
    else if (planned.modules.some((module) => module.weights)) rows = undefined;
    layers.push({ use, modules, layout, reordered: rows !== undefined });
  }
  requireStable(rewriter, first, uses);
  // Masks are those of what the model is given, which is longer.
  if (prepared?.modules.length && layers.some(({ modules }) => modules.some(({ takesMask }) => takesMask)))
    throw new Unsupported(
      prepared.use.expr,
      "texts without an `output_sequence_length` before layers that skip masked steps are not supported yet",
    );
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
    input: prepared?.input ?? start.input,
    prepared,
    inputLayout,
    channelsFirst: hasChannelsFirst(rewriter, uses),
    output: models.map((model) => model.output).reduce(joinTypes),
    outputLayout: layout,
    keeps: masked ? (keeps ?? "") : undefined,
    last: end ?? "other",
    lastIsKnown: end !== undefined,
    inline: false,
    boundary: new Map(),
    kept: new Map(),
    compile: undefined,
    compiles: new Map(),
    dropped: undefined,
    logitsBeforeLast: false,
  };
}

export interface Planned {
  readonly modules: Module[];
  readonly layout: Layout;
  readonly masked: boolean;
  readonly keeps?: string | undefined;
  readonly reordered?: TensorType["shape"] | undefined;
}

/** The modules of one layer for what it gets. */
export function planLayer(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  layout: Layout,
  after: readonly LayerUse[],
  ordered: boolean,
): Planned {
  const plan = () => {
    const chosen = chosenLayer(rewriter, use, (one) => planOne(rewriter, one, layout, after, ordered));
    return chosen ?? planOne(rewriter, use, layout, after, ordered);
  };
  const { layer, expr } = use;
  if (!isInlined(use, layer)) return plan();
  enterInlined(rewriter, layer, expr);
  return rewriter.placed({ scope: layer.scope, place: expr }, plan);
}

function planOne(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  layout: Layout,
  after: readonly LayerUse[],
  ordered: boolean,
): Planned {
  if (use.layer?.kind === "model") return nested(rewriter, use, layout);
  if (use.layer?.kind !== "object") throw new Unsupported(use.expr, "what is added here is not known");
  const { construct, node } = use.layer;
  const entry = entryOf(use);
  if (!entry) throw new Unsupported(use.expr, "a layer of several inputs is not supported here");
  requireFloats(use, entry);
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
  const emission = standing(rewriter, entry, use) ?? entry.emit(context);
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
  // What stands elsewhere has been asked for its arguments there.
  if (!entry.stands || use.expr === node) bound.finish(name, ignoredBy(entry));
  return {
    modules: [...before, ...modules],
    layout: emission.layout ?? own,
    masked: masksOutput(entry, context, emission),
    keeps: emission.masked ? emission.keeps : undefined,
    reordered: emission.reordered,
  };
}

/** What takes integers as they are; the other layers of Keras make numbers of them first. */
const INTEGERS = new Set([
  ..."Input Embedding CategoryEncoding Discretization IntegerLookup StringLookup TextVectorization".split(
    " ",
  ),
  ..."Flatten Reshape Permute RepeatVector Identity Rescaling Lambda".split(" "),
]);

function requireFloats({ input, expr, layer }: LayerUse, { names }: LayerEntry): void {
  if (input?.dtype !== "int" || names.some((name) => INTEGERS.has(name))) return;
  // A layer around another takes what that one takes.
  const inner = layer?.kind === "object" ? layer.args.given.get("layer")?.value : undefined;
  const own = inner?.kind === "object" ? inner.construct.path.split(".").at(-1) : undefined;
  if (own === undefined || !INTEGERS.has(own))
    throw new Unsupported(expr, "a layer of numbers that gets integers is not supported yet");
}

/** A layer that stands where it is made, by its name. */
function standing(rewriter: Rewriter, entry: LayerEntry, use: LayerUse): Emission | undefined {
  if (!entry.stands || use.layer?.kind !== "object" || use.expr === use.layer.node) return undefined;
  return { modules: [{ code: rewriter.source(use.expr) }] };
}

/** The channel order that a layer takes what has more than one axis in. */
function wantedLayout(entry: LayerEntry, rule: LayoutRule, layout: Layout): Layout {
  if ((layout === "frames" && entry.frames) || rule === "frames") return "frames";
  if (rule === "spatial") return "first";
  return rule === "last-axis" || layout === "frames" ? "last" : layout;
}

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
export function withRows(modules: readonly Module[], shape: TensorType["shape"]): Module[] {
  const rows = shape.map((dim) => dim?.value);
  return modules.map((module) => {
    const weights = module.weights?.map((map) => (map.form === "transpose" ? { ...map, rows } : map));
    return weights ? { ...module, weights } : module;
  });
}

/** The activation that a module is, or ends in; undefined where it is one of several. */
export function lastActivation(module: Module | undefined): LastActivation | undefined {
  if (module?.nested && !module.helper)
    return module.nested.plan.lastIsKnown ? module.nested.plan.last : undefined;
  if (module?.code.startsWith("{") || module?.chosen) return undefined;
  if (module?.code.startsWith("nn.Softmax(")) return "softmax";
  return module?.code === "nn.Sigmoid()" ? "sigmoid" : "other";
}
