/** What the arguments `weights` and `trainable` of a layer ask for. */
import type { Expr } from "../../grammars/nodes.ts";
import { Unsupported } from "../arguments.ts";
import type { LayerContext, Module } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import type { WeightForm } from "../weights.ts";

/** The modules of a layer with what its arguments `weights` and `trainable` ask for. */
export function finished(rewriter: Rewriter, context: LayerContext, modules: readonly Module[]): Module[] {
  const { args, frozen } = context;
  const given = args.isNone("weights") ? [] : givenWeights(rewriter, context, modules);
  return modules.map((module) => {
    const loads = given.filter((one) => one.module === module).map((one) => one.line);
    const held = module.init !== undefined || (module.weights?.length ?? 0) > 0;
    const freezes = frozen && held && module.pretrained === undefined ? ["{}.requires_grad_(False)"] : [];
    if (loads.length + freezes.length === 0) return module;
    // Keras 3 leaves out the penalty of a layer that is not trained, Keras 1 and 2 keep it in the loss.
    const penalties = frozen && context.version === "keras3" ? [] : (module.penalties ?? []);
    return { ...module, penalties, initialize: [...(module.initialize ?? []), ...loads, ...freezes] };
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
