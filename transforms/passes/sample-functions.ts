/** Functions of samples, as `map` of a data set is given them: TensorFlow's calls become PyTorch's. */
import type { Call, Expr, FunctionDef, Lambda, Node } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";
import type { Scope } from "../../src/analysis/scope.ts";
import type { FunctionValue, Value } from "../../src/analysis/values.ts";
import { augmentCall, augmented } from "../augmented.ts";
import type { Rewriter } from "../rewriter.ts";
import { TENSOR } from "../tensors/kinds.ts";
import type { Kind } from "../tensors/torch.ts";
import { untranslated } from "../tensors/untranslated.ts";
import { isTextLayer, isTextPart } from "../text-samples.ts";
import { Translator } from "./translator.ts";

const RULE = "pipeline";

const TEXT: Kind = { tensor: false, text: true };

/** Rewrites what a function calls that is given the parts of each sample, or of each batch. */
export function translateSamples(
  rewriter: Rewriter,
  value: FunctionValue,
  parts: readonly Value[],
  isRow: boolean,
): void {
  if (rewriter.measures.has(value.node)) return;
  const kinds = parts.map((part) => (isTextPart(part) ? TEXT : TENSOR));
  const kind = new SampleTranslator(rewriter, value.scope, isRow).callee(value, kinds, value.node);
  if (kind.parts) return;
  if (!kind.tensor && !kind.text) throw untranslated(value.node);
  // A sample of one part is a tuple too.
  for (const result of resultsOf(value.node)) {
    const whole = outerSpan(result);
    const text = rewriter.source(whole);
    rewriter.edits.absorb(rewriter.text, whole.start, whole.end);
    rewriter.edits.replace(whole.start, whole.end, `(${text},)`, RULE);
  }
}

/** What a function returns. */
function resultsOf(node: FunctionDef | Lambda): Expr[] {
  if (node.type === "Lambda") return [node.body];
  const results: Expr[] = [];
  for (const statement of node.body)
    walk(statement, (one: Node) => {
      if (one.type === "Return" && one.value) results.push(one.value);
      return one.type !== "FunctionDef" && one.type !== "Lambda";
    });
  return results;
}

class SampleTranslator extends Translator {
  private readonly scope: Scope;
  /** Whether the function gets samples one by one. */
  private readonly isRow: boolean;

  constructor(rewriter: Rewriter, scope: Scope, isRow: boolean) {
    super(rewriter);
    this.scope = scope;
    this.isRow = isRow;
  }

  protected override listed(node: Expr, kinds: readonly Kind[]): Kind {
    return node.type === "Tuple" ? { tensor: false, parts: kinds } : super.listed(node, kinds);
  }

  protected override expr(node: Expr): Kind {
    const isPassedOn = node.type === "Name" || node.type === "Call" || node.type === "Tuple";
    if (!isPassedOn && this.readsText(node)) throw untranslated(node);
    return super.expr(node);
  }

  protected override ownCall(node: Call): Kind | undefined {
    const { rewriter } = this;
    const images = augmented(rewriter, node);
    if (images) {
      if (rewriter.edits.covers(node.start, node.end)) return TENSOR;
      if (!this.expr(images).tensor) throw untranslated(node);
      const text = augmentCall(rewriter, node, images, undefined);
      rewriter.edits.absorb(rewriter.text, node.start, node.end);
      rewriter.edits.replace(node.start, node.end, text, RULE);
      return TENSOR;
    }
    const [x] = node.args;
    if (x && node.args.length === 1 && isRescaling(rewriter, node.func)) return this.expr(x.value);
    return this.readsText(node) ? this.ofText(node) : undefined;
  }

  /** Texts become numbers by a layer, and get an axis for it. */
  private ofText(node: Call): Kind {
    const [x, axis] = node.args;
    if (!x || x.name !== null || x.star || !this.expr(x.value).text) throw untranslated(node);
    const { rewriter } = this;
    const named = node.func.type === "Name" ? this.scope.find(node.func.id) : undefined;
    const layer =
      (node.func.type === "Name" && named?.values.get(node.func.id)) || rewriter.program.valueOf(node.func);
    if (isTextLayer(layer)) {
      if (node.args.length > 1) throw untranslated(node);
      return TEXT;
    }
    const [fact] = rewriter.program.calls.get(node) ?? [];
    const at = axis && rewriter.program.valueOf(axis.value);
    const isAxis = at?.kind === "num" && at.value === -1 && node.args.length === 2;
    if (fact?.construct.path !== "tensorflow.expand_dims" || !isAxis || this.isRow) throw untranslated(node);
    const text = rewriter.use(`np.expand_dims(${rewriter.source(x.value)}, -1)`);
    rewriter.edits.absorb(rewriter.text, node.start, node.end);
    rewriter.edits.replace(node.start, node.end, text, RULE);
    return TEXT;
  }

  private readsText(node: Node): boolean {
    let found = false;
    walk(node, (one) => {
      if (one.type === "Name" && this.names.get(one.id)?.text) found = true;
      return !found;
    });
    return found;
  }
}

/** Whether a layer is called that scales what it is given, and is in no model: it becomes a module. */
function isRescaling(rewriter: Rewriter, func: Expr): boolean {
  const layer = rewriter.program.valueOf(func);
  if (layer?.kind !== "object" || layer.construct.path !== "keras.layers.Rescaling") return false;
  const added = rewriter.program.models.some((model) => model.layers.some((use) => use.layer === layer));
  const { node } = layer;
  const args = rewriter.arguments(layer.args, node);
  const numbers = ["scale", "offset"].every((name) => args.value(name).kind === "num");
  if (added || !numbers || !args.names().every((name) => name === "scale" || name === "offset")) return false;
  if (!rewriter.edits.covers(node.func.start, node.func.end)) {
    const helper = rewriter.helper("Rescaling", args.names());
    rewriter.edits.replace(node.func.start, node.func.end, helper, RULE);
  }
  return true;
}
