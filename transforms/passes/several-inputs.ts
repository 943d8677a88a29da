/** Models of several inputs: what they are given is a list, and each of its arrays becomes a tensor. */
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan, PlannedGraph, PlannedLayer } from "../plan.ts";
import type { Body, Rewriter } from "../rewriter.ts";
import { inputBody, inputText, type ReadInput } from "./boundary.ts";
import { type Fed, fed } from "./fed.ts";

/** Whether some model of the script has several inputs: the inputs of all models are lists of tensors then. */
export function hasSeveralInputs(rewriter: Rewriter): boolean {
  return rewriter.program.models.some(
    ({ node, graph }) => graph !== undefined && graph.inputs.length > 1 && !rewriter.left.has(node),
  );
}

/** How data become what a model reads. */
export function readingBody(rewriter: Rewriter, plan: ModelPlan): Body {
  if (!hasSeveralInputs(rewriter)) return inputBody(rewriter, plan);
  if (!plan.graph || plan.graph.inputs.length === 1) {
    const { doc, lines } = inputBody(rewriter, plan);
    return { doc, lines: lines.map((line) => `${line.replace("return ", "return [")}]`) };
  }
  return listBody(rewriter, plan, plan.graph);
}

function listBody(rewriter: Rewriter, plan: ModelPlan, graph: PlannedGraph): Body {
  const data = fed(rewriter, plan, "x");
  const texts = graph.inputs.map(({ tensor, type, layout }, i) => {
    const readers = graph.steps.filter((step) => step.tensor.from.includes(tensor));
    const ids = readers.some(({ layer }) => readsIndices(layer));
    if (ids && !readers.every(({ layer }) => readsIndices(layer)))
      throw new Unsupported(tensor.made, "an input that is indices and numbers is not supported yet");
    const read: ReadInput = { type, layout, ids, node: tensor.made };
    const own = data.flatMap((one) => partsOf(one, i, graph.inputs.length));
    return inputText(rewriter, read, own, `x[${i}]`);
  });
  const doc = "The inputs of the model, one tensor each.";
  const line = `return [${texts.join(", ")}]`;
  if (line.length <= 100) return { doc, lines: [line] };
  return { doc, lines: ["return [", ...texts.map((text) => `    ${text},`), "]"] };
}

/** Whether what a layer gets are indices. */
function readsIndices({ modules }: PlannedLayer): boolean {
  const [first] = modules;
  if (!first?.nested) return first?.code.startsWith("nn.Embedding(") ?? false;
  const inner = first.nested.plan.layers.find((layer) => layer.modules.length > 0);
  return inner !== undefined && readsIndices(inner);
}

/** The data for one of the inputs; reported where they are not known to be a list of so many. */
function partsOf({ value, use }: Fed, index: number, count: number): Fed[] {
  return alternatives(value).map((one): Fed => {
    const listed = one.kind === "list" || one.kind === "tuple" ? one : undefined;
    const part = listed?.elements[index];
    if (!listed || listed.open || listed.elements.length !== count || !part || !isArray(part))
      throw new Unsupported(
        use.node,
        `this model has ${count} inputs: what it is given is not known to be a list of ${count} arrays`,
      );
    return { value: part, use };
  });
}

function isArray(value: Value): boolean {
  return alternatives(value).every(({ kind }) => kind === "array" || kind === "unknown");
}

/** Reported where a list of inputs goes into what is not done for lists. */
export function checkSeveral(rewriter: Rewriter, plans: readonly ModelPlan[]): void {
  if (!hasSeveralInputs(rewriter)) return;
  const switches = [
    "BATCHES",
    "PREDICT_BATCHES",
    "ARRAY_STEPS",
    "MASKED_OUTPUTS",
    "LOGITS_BEFORE_LAST",
    "ON_PREDICT_BATCH_BEGIN",
    "ON_PREDICT_BATCH_END",
  ];
  const found = switches.find((name) => rewriter.switches.get(name) === true);
  const several = plans.find(({ graph }) => graph && graph.inputs.length > 1);
  const trained = plans.some(({ models }) => models.some((model) => model.estimators.length > 0));
  if (several && (found || trained))
    throw new Unsupported(
      several.node,
      "a model of several inputs beside data in batches, masks or callbacks of batches is not supported yet",
    );
}
