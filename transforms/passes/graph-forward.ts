/** The lines of `forward`: the script's own statements, with modules in the place of layers. */
import type { Expr, Stmt } from "../../grammars/nodes.ts";
import type { KerasTensor } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Text } from "../merging/rules.ts";
import type { ModelPlan, PlannedGraph, PlannedStep } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { isTensorOf, tensorKind } from "./graph-tensors.ts";

const whole = (text: string): Text => ({ text, whole: true });

export class Forward {
  /** Models that are layers, by the parameter of `__init__` for each: the expressions that say them. */
  readonly models = new Map<string, string>();
  private readonly read = new Set<PlannedStep>();
  private readonly rewriter: Rewriter;
  private readonly plan: ModelPlan;
  private readonly graph: PlannedGraph;

  constructor(rewriter: Rewriter, plan: ModelPlan, graph: PlannedGraph) {
    this.rewriter = rewriter;
    this.plan = plan;
    this.graph = graph;
    for (const { layer } of graph.steps) this.addModel(layer);
  }

  /** What a statement becomes; nothing for one that makes an input or a layer. */
  lines(statement: Stmt): string[] {
    if (statement.type !== "Assign") throw this.unknown(statement);
    const [target, ...more] = statement.targets;
    if (!target || more.length > 0) throw this.unknown(statement);
    if (target.type === "Tuple" && statement.value.type === "Tuple") {
      const names = target.elements.map((one) => (one.type === "Name" ? one.id : undefined));
      const texts = statement.value.elements.map((one) => this.text(one).text);
      if (names.includes(undefined) || names.length !== texts.length) throw this.unknown(statement);
      return [`${names.join(", ")} = ${this.rewriter.use(texts.join(", "))}`];
    }
    if (target.type !== "Name") throw this.unknown(statement);
    const value = this.rewriter.program.valueOf(statement.value);
    // A layer, or an input.
    if (value?.kind === "object" && value.node === statement.value) return [];
    const { text } = this.text(statement.value);
    return text === target.id ? [] : [`${target.id} = ${this.rewriter.use(text)}`];
  }

  /** What the model gives. */
  output(): string {
    const outputs = this.plan.node.args.find(({ name }) => name === "outputs" || name === "output");
    const expr = outputs?.value ?? this.plan.node.args.filter(({ name }) => name === null)[1]?.value;
    const list = expr?.type === "List" || expr?.type === "Tuple" ? expr.elements[0] : expr;
    if (!list) throw this.unknown(this.plan.node);
    return this.rewriter.use(this.text(list).text);
  }

  private unknown(node: Expr | Stmt): Unsupported {
    return new Unsupported(node, "a layer that is called inside another statement is not supported yet");
  }

  private addModel({ modules }: PlannedStep["layer"]): void {
    for (const { nested } of modules) {
      if (!nested) continue;
      const { expr } = nested;
      if (expr.type !== "Name")
        throw new Unsupported(expr, "a model without a name is not supported as a layer here yet");
      const name = this.rewriter.source(expr);
      this.models.set(name, name);
    }
  }

  /** A tensor as an expression over the names of the script. */
  private text(expr: Expr): Text {
    const read = expr.type === "Attribute" && this.readFromModel(expr);
    if (read) return read;
    const step = this.graph.steps.find(({ tensor }) => tensor.made === expr);
    if (step) return this.call(step, expr);
    const tensors = [...this.graph.inputs, ...this.graph.steps].map(({ tensor }) => tensor);
    if (expr.type === "Name" && tensorKind(this.rewriter, expr, tensors) === "own") return whole(expr.id);
    throw this.unknown(expr);
  }

  /** `base.output`, where the model that has a name calls the other one; and its input. */
  private readFromModel(expr: Expr): Text | undefined {
    const value = this.rewriter.program.valueOf(expr);
    if (value?.kind !== "layer-tensor") return undefined;
    const input = this.graph.inputs.find(({ tensor }) => isTensorOf(tensor, value));
    if (input) return whole(input.name);
    const step = this.graph.steps.find(({ tensor }) => isTensorOf(tensor, value));
    if (!step) return undefined;
    if (this.read.has(step))
      throw new Unsupported(
        expr,
        "the output of a model that is read in several places is not supported yet",
      );
    this.read.add(step);
    const from = this.graph.inputs.find(({ tensor }) => step.tensor.from.includes(tensor));
    const name = this.graph.members.get(step.layer);
    return from && whole(name === undefined ? from.name : `self.${name}(${from.name})`);
  }

  private call({ tensor, layer, merged }: PlannedStep, expr: Expr): Text {
    const operands = this.operands(tensor, expr);
    if (merged) return merged(operands);
    const name = this.graph.members.get(layer);
    const [given] = operands as [Text];
    return name === undefined || layer.modules.length === 0 ? given : whole(`self.${name}(${given.text})`);
  }

  /** What a layer is called on. */
  private operands(tensor: KerasTensor, expr: Expr): Text[] {
    if (expr.type === "BinOp") return [this.text(expr.left), this.text(expr.right)];
    if (expr.type !== "Call") throw this.unknown(expr);
    const given = expr.args.find(({ name }) => name === null || name === "inputs")?.value;
    const listed = given?.type === "List" || given?.type === "Tuple" ? given.elements : given && [given];
    if (!listed || listed.length !== tensor.from.length) throw this.unknown(expr);
    return listed.map((one) => this.text(one));
  }
}
