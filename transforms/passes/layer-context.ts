/** What an entry of the layer table is told about its place, and the modules of activations. */
import type { Node } from "../../grammars/nodes.ts";
import type { LayerUse, TensorType } from "../../src/analysis/model.ts";
import {
  alternatives,
  type FunctionValue,
  type KerasObject,
  type Num,
  type Value,
} from "../../src/analysis/values.ts";
import { type ActivationEntry, activationFunction, activationNamed, channelAxis } from "../activations.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import {
  ignoredBy,
  type LayerConstruct,
  type LayerContext,
  type Layout,
  layoutRule,
  type Module,
} from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import { sizeAt } from "../sizes.ts";
import { inferFunction } from "../tensors/inference.ts";
import { argumentsOf } from "./channel-order.ts";
import { choicesOf, pick, selector } from "./choices.ts";
import { bindInitializer } from "./initializers.ts";
import { isInlined } from "./inlined.ts";
import { makingFunction } from "./making-functions.ts";
import { nestedModel, sameShape } from "./nested-models.ts";
import { translateFunction } from "./tensor-functions.ts";
import { weightFunction } from "./weight-functions.ts";

export function layerContext(
  rewriter: Rewriter,
  args: Arguments,
  use: LayerUse & { input: TensorType },
  node: Node,
  layout: Layout,
  observed: boolean,
): LayerContext {
  const place = isInlined(use, use.layer) ? use.expr : node;
  const size = (dim: Num | undefined) => sizeAt(dim, place, use.time);
  const { models } = rewriter.program;
  const model = models.find((model) => model.layers.some((one) => one.expr === use.expr))?.node ?? node;
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
    note: (message) => {
      const told = rewriter.diagnostics.some((one) => one.message === message && one.start === node.start);
      if (!told) rewriter.note(node, "model", message);
    },
    size,
    nestedModel: (value, expr, input) => nestedModel(rewriter, value, expr, input),
    ownFunction: (value, expr) => {
      translateFunction(rewriter, value);
      return rewriter.source(expr);
    },
    weightFunction: (value, expr) => weightFunction(rewriter, value, expr, node),
    makingFunction: (value, expr) => makingFunction(rewriter, value, expr, model),
    activationEntry: (value) => activationEntry(rewriter, value),
    activation: (value, shape, at, place) => activationModules(rewriter, value, shape, at, place),
    flagParameter(this: LayerContext, name) {
      const all = alternatives(this.args.value(name));
      const flags = all.length > 1 && all.every((one) => one.kind === "bool");
      return flags ? selector(rewriter, this.args.expr(name)) : undefined;
    },
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
