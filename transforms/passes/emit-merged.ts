/** A Sequential model that starts where several others meet: a class, whose `forward` has a line for each `add`. */
import type { Call, Expr, Stmt } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement } from "../../grammars/walk.ts";
import { deeper, indentation, lineBreak, lineEnd, lineStart } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import type { Text } from "../merging/rules.ts";
import type { ModelPlan, PlannedGraph, PlannedStep } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { addStatement, inARow, reindentComments } from "./emit-adds.ts";
import { blankBefore, classHead, indented } from "./graph-class.ts";
import { isOutputOfModel } from "./graph-tensors.ts";
import { after } from "./model-code.ts";

const RULE = "model";

export function emitMerged(rewriter: Rewriter, plan: ModelPlan, graph: PlannedGraph): void {
  const own = enclosingStatement(plan.node);
  if (own?.type !== "Assign" || own.value !== plan.node || own.targets.length !== 1)
    throw new Unsupported(
      plan.node,
      "a model that layers are added to has to be assigned to a name of its own",
    );
  const steps = graph.steps.filter(({ tensor }) => !isOutputOfModel(tensor));
  const adds = steps.map(({ tensor }) => addStatement(tensor.made as Call));
  if (!inARow(rewriter, blockOf(own), own, adds))
    throw new Unsupported(
      plan.node,
      "layers behind merged models that are not added one after the other are not supported yet",
    );
  const models = modelsOf(rewriter, graph);
  const { text } = rewriter;
  const nl = lineBreak(text);
  const indent = indentation(text, own.start);
  const inner = deeper(deeper(indent));
  const target = rewriter.source(own.targets[0] as Expr);
  const head = indented(classHead(rewriter, plan, graph, models), indent)
    .join(nl)
    .slice(indent.length);
  reindentComments(rewriter, own, adds, deeper(indent));
  rewriter.edits.replace(own.start, own.end, blankBefore(rewriter, own) + head, RULE);
  let current: Text = { text: "", whole: true };
  const last = adds.at(-1) as Stmt;
  steps.forEach((step, i) => {
    const add = adds[i] as Stmt;
    const before = current.text;
    current = textOf(graph, step, current);
    const ends = add === last;
    const line = inner + rewriter.use(ends ? `return ${current.text}` : `x = ${current.text}`);
    const start = lineStart(text, add.start);
    if (!ends && current.text === before)
      rewriter.edits.remove(start, lineEnd(text, add.end) + nl.length, RULE);
    else {
      rewriter.edits.absorb(text, step.tensor.expr.start, step.tensor.expr.end);
      rewriter.edits.replace(start, add.end, line, RULE);
    }
    if (current.text !== before) current = { text: "x", whole: true };
  });
  const apart = own.parent?.type === "Module" ? ["", ""] : [""];
  const call = `${target} = ${graph.className}(${models.join(", ")}).to(${rewriter.helper("device")})`;
  const closing = [...apart, ...[call, ...after(rewriter, plan, target)].map((line) => indent + line)];
  rewriter.edits.insert(lineEnd(text, last.end), closing.map((line) => nl + line).join(""), RULE);
}

/** The models that meet, by their names. */
function modelsOf(rewriter: Rewriter, graph: PlannedGraph): string[] {
  return graph.steps
    .flatMap(({ layer }) => layer.modules)
    .flatMap(({ nested }) => {
      if (!nested) return [];
      if (nested.expr.type !== "Name")
        throw new Unsupported(nested.expr, "a model without a name is not supported as a layer here yet");
      return [rewriter.source(nested.expr)];
    });
}

function textOf(graph: PlannedGraph, { tensor, layer, merged }: PlannedStep, current: Text): Text {
  if (merged) return merged(tensor.from.map((one) => branchText(graph, one)));
  const name = graph.members.get(layer);
  if (name === undefined || layer.modules.length === 0) return current;
  return { text: `self.${name}(${current.text})`, whole: true };
}

/** What a model that meets others gives for its own input. */
function branchText(graph: PlannedGraph, tensor: PlannedStep["tensor"]): Text {
  const step = graph.steps.find((one) => one.tensor === tensor);
  const input = graph.inputs.find((one) => tensor.from.includes(one.tensor));
  const name = step && graph.members.get(step.layer);
  if (!input) throw new Unsupported(tensor.made, "what this model is given is not known");
  return { text: name === undefined ? input.name : `self.${name}(${input.name})`, whole: true };
}
