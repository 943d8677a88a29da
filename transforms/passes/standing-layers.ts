/**
 * Layers that scripts use by their names besides what models do with them: they stand where they are
 * made, and models name them.
 */
import type { Attribute, Call } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { ignoredBy, type LayerConstruct, type LayerEntry } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import { joined } from "./functions.ts";
import { codeOf } from "./model-code.ts";

const RULE = "model";

/** Writes what stands for layers in the places where they are made, but for those that a model is made of. */
export function rewriteStanding(rewriter: Rewriter): void {
  if (rewriter.left.size > 0) return;
  const inline = new Set(rewriter.program.models.flatMap(({ layers }) => layers.map(({ expr }) => expr)));
  const made = new Set<Call>();
  for (const [call, facts] of rewriter.program.calls) {
    const [fact] = facts as [CallFact];
    if (fact.construct.kind !== "layer" || !fact.construct.stands) continue;
    const { entry } = fact.construct as LayerConstruct;
    if (inline.has(call)) continue;
    made.add(call);
    if (entry.stands) rewriter.attempt(RULE, () => stand(rewriter, call, facts, entry, fact.construct.path));
  }
  if (made.size === 0) return;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Attribute") rewriter.attempt(RULE, () => attribute(rewriter, node));
    return true;
  });
}

function stand(
  rewriter: Rewriter,
  call: Call,
  facts: readonly CallFact[],
  entry: LayerEntry,
  path: string,
): void {
  const code = standingCode(rewriter, joined(rewriter, facts), entry, path);
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, code, RULE);
}

/** What stands for such a layer. */
export function standingCode(rewriter: Rewriter, args: Arguments, entry: LayerEntry, path: string): string {
  const module = entry.stands?.(args, rewriter);
  if (!module) throw new Unsupported(args.node, "a layer of this kind has to be in the list of a model");
  args.finish(path.slice("keras.layers.".length), ignoredBy(entry));
  for (const name of module.switches ?? []) rewriter.switches.set(name, true);
  rewriter.use(module.code);
  if (module.helper) rewriter.helper(module.helper, module.keywords);
  return codeOf(rewriter, module);
}

/** Attributes of such layers are known, or reported: `normalizer.mean.numpy()`. */
function attribute(rewriter: Rewriter, node: Attribute): void {
  const owner = rewriter.program.valueOf(node.value);
  const layers = owner && alternatives(owner).filter((one) => one.kind === "object" && one.construct.stands);
  if (!layers || layers.length === 0) return;
  for (const layer of layers) {
    if (layer.kind !== "object") continue;
    const member = rewriter.program.registry.member(layer.construct.path, node.attr);
    const called = node.parent?.type === "Call" && node.parent.func === node;
    if (member?.kind === "function" && called) continue;
    const outer = node.parent?.type === "Attribute" && node.parent.value === node ? node.parent : undefined;
    if (member?.kind === "constant" && outer?.attr === "numpy" && outer.parent?.type === "Call") {
      rewriter.edits.insert(node.end, ".cpu()", RULE);
      return;
    }
    throw new Unsupported(node, `\`${node.attr}\` of this layer is not supported${member ? " so" : " yet"}`);
  }
}
