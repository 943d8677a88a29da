/** Layers that turn what a model is given into its inputs, before anything is a tensor. */
import type { FunctionDef, Name, Node } from "../../grammars/nodes.ts";
import { isInLoop, isTarget, walk } from "../../grammars/walk.ts";
import type { LayerUse } from "../../src/analysis/model.ts";
import { type KerasObject, same } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { LayerEntry } from "../layer.ts";
import type { ModelPlan, Prepared } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { argumentsOf, entryOf } from "./channel-order.ts";
import { loadsWhole } from "./persistence.ts";
import { standingCode } from "./standing-layers.ts";

/** The layer that texts go through before the first module, or the model that begins with it, where there is one. */
function preparing(rewriter: Rewriter, uses: readonly LayerUse[]): LayerUse | undefined {
  const prepares = (use: LayerUse) => entryOf(use)?.prepares ?? planOf(rewriter, use)?.prepared;
  const at = uses.findIndex(prepares);
  const use = uses[at];
  if (!use) return undefined;
  const others = uses.slice(0, at).some((one) => !entryOf(one)?.names.includes("Input"));
  if (others || uses.slice(at + 1).some(prepares))
    throw new Unsupported(use.expr, "only the first layer of a model can take texts");
  return use;
}

function planOf(rewriter: Rewriter, { layer }: LayerUse): ModelPlan | undefined {
  return layer?.kind === "model" ? rewriter.plans.get(layer.model.node) : undefined;
}

/** Reported where a file is to hold a whole model whose texts go through a name of a function: only modules of a script can be kept so. */
export function requireKeepable(rewriter: Rewriter, { prepared }: ModelPlan): void {
  if (prepared?.isLocal && loadsWhole(rewriter))
    throw new Unsupported(
      prepared.use.expr,
      "a file cannot hold this model: the layer that takes texts has a name in its function only",
    );
}

/** The name of such a layer, by which the functions around the model reach it. */
export function preparedBy(rewriter: Rewriter, uses: readonly LayerUse[]): Prepared | undefined {
  const use = preparing(rewriter, uses);
  if (!use) return undefined;
  const { expr, layer, output } = use;
  if (layer?.kind === "model") return inside(rewriter, use);
  if (!output) throw new Unsupported(expr, "the shape of what this layer gives is not known");
  if (layer?.kind !== "object" || (expr.type !== "Name" && expr !== layer.node))
    throw new Unsupported(
      expr,
      "texts are no tensors: a layer that takes them has to have a name",
      "Call it on the texts before they go into the model.",
    );
  const modules = entryOf(use)?.prepares?.(argumentsOf(rewriter, layer), rewriter) ?? [];
  const prepared = { use, input: output, modules, made: undefined };
  if (expr.type !== "Name") return { ...prepared, ...named(rewriter, use, layer) };
  const global = rewriter.program.machine.scope.values.get(expr.id);
  if (global && same(global, layer)) return { ...prepared, name: expr.id, isLocal: false };
  if (!isBoundOnce(expr))
    throw new Unsupported(expr, "this name is given to more than one layer, and the model reads it later");
  return { ...prepared, name: expr.id, isLocal: true };
}

/** What a model begins with that is itself the first layer. */
function inside(rewriter: Rewriter, use: LayerUse): Prepared | undefined {
  const plan = planOf(rewriter, use);
  const owner = use.layer?.kind === "model" ? use.layer.model.owner : undefined;
  if (!plan?.prepared) return undefined;
  if (plan.prepared.isLocal && owner !== functionAround(use.expr))
    throw new Unsupported(use.expr, "the layer that takes texts has a name in another function only");
  return { ...plan.prepared, use, modules: [], made: undefined };
}

/** A layer that is made in the list of a model gets a name. */
function named(
  rewriter: Rewriter,
  use: LayerUse,
  layer: KerasObject,
): Pick<Prepared, "name" | "isLocal" | "made"> {
  const entry = entryOf(use) as LayerEntry;
  const { path } = layer.construct;
  const wanted = path.endsWith("Lookup") ? "lookup" : "vectorizer";
  const count = (rewriter.fresh.get(wanted) ?? 0) + 1;
  rewriter.fresh.set(wanted, count);
  const name = rewriter.name(count === 1 ? wanted : `${wanted}_${count}`);
  const made = `${name} = ${standingCode(rewriter, argumentsOf(rewriter, layer), entry, path)}`;
  return { name, made, isLocal: functionAround(use.expr) !== undefined };
}

function functionAround(node: Node): FunctionDef | undefined {
  let around: Node | null = node.parent;
  while (around && around.type !== "FunctionDef") around = around.parent;
  return around ?? undefined;
}

/** Whether the function around a name gives it one value, not in a loop, so that it means the same later on. */
function isBoundOnce(name: Name): boolean {
  const around = functionAround(name);
  if (!around) return false;
  let bindings = 0;
  walk(around, (node) => {
    const isOwn =
      (node.type === "Parameter" && node.name === name.id) ||
      (node.type === "Name" && node.id === name.id && isTarget(node));
    if (isOwn) bindings += isInLoop(node) ? 2 : 1;
  });
  return bindings === 1;
}
