/** `compile`: what loss, optimizer and metrics are, and where they are kept. */
import type { Call } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { indentation, lineBreak, standsAlone } from "../../src/emit/lines.ts";
import { Arguments, joinArguments, Unsupported } from "../arguments.ts";
import type { CompiledNames, CompilePlan, ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { optimizerLines } from "./compile-optimizer.ts";
import { readLoss, readMetrics } from "./compile-values.ts";

const RULE = "compile";

export function compileUses(plan: ModelPlan): ModelUse[] {
  return plan.models.flatMap((model) => model.uses.filter((use) => use.name === "compile"));
}

/** Decides the loss and the metrics of a model from its `compile` calls. */
export function planCompile(rewriter: Rewriter, plan: ModelPlan): void {
  const uses = distinctCalls(compileUses(plan));
  if (uses.length === 0) return;
  const plans = uses.map((use) => readCompile(rewriter, plan, use));
  const [first] = plans as [CompilePlan, ...CompilePlan[]];
  if (
    plans.some(
      (other) =>
        JSON.stringify([other.loss.names, other.metrics]) !==
        JSON.stringify([first.loss.names, first.metrics]),
    )
  ) {
    throw new Unsupported(
      uses[1]?.node ?? plan.node,
      "compiling one model with different losses or metrics is not supported yet",
    );
  }
  plan.compile = first;
}

/** The uses with a call of their own: loops and repeated calls reach one call several times. */
export function distinctCalls(uses: readonly ModelUse[]): (ModelUse & { call: Call })[] {
  const found = new Map<Call, ModelUse & { call: Call }>();
  for (const use of uses) {
    if (!use.call || !use.args) continue;
    const before = found.get(use.call);
    found.set(use.call, {
      ...(before ?? use),
      call: use.call,
      args: before?.args ? joinArguments([before.args, use.args]) : use.args,
    });
  }
  return [...found.values()];
}

function argumentsOf(rewriter: Rewriter, use: ModelUse & { call: Call }): Arguments {
  return new Arguments(
    use.args as NonNullable<ModelUse["args"]>,
    use.call,
    rewriter.program.machine,
    (expr) => rewriter.source(expr),
  );
}

function readCompile(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): CompilePlan {
  const args = argumentsOf(rewriter, use);
  const lossAt = args.argument("loss") ?? use.call;
  const loss = readLoss(rewriter, args, lossAt);
  const units = plan.output?.shape.at(-1)?.value;
  const rank = plan.output?.shape.length ?? 0;
  const sequence = rank === 2 ? loss.entry.sequence : undefined;
  plan.dropped = undefined;
  if (loss.entry.logits) {
    const logits = loss.fromLogits || plan.last !== "other";
    if (!logits)
      throw new Unsupported(
        lossAt,
        "a crossentropy of outputs that no softmax or sigmoid makes is not supported yet",
      );
    if (plan.last !== "other") plan.dropped = plan.last;
    if (loss.entry.sequence === undefined && loss.entry.functional === "F.cross_entropy" && rank > 1) {
      throw new Unsupported(lossAt, "this loss over sequences or maps is not supported yet");
    }
    if (rank > 2 || (rank === 2 && plan.outputLayout === "first" && loss.entry.sequence)) {
      if (loss.entry.sequence) throw new Unsupported(lossAt, "a crossentropy over maps is not supported yet");
    }
  }
  if (loss.entry.targets === "float" && plan.output === undefined) {
    throw new Unsupported(lossAt, "the shape of this model's output is not known");
  }
  const metrics = readMetrics(rewriter, args, use, loss.entry, plan, units);
  for (const name of ["loss_weights", "weighted_metrics", "sample_weight_mode"]) {
    if (!args.isNone(name))
      throw new Unsupported(args.argument(name) ?? use.call, `\`${name}\` is not supported yet`);
  }
  args.value("optimizer");
  args.finish(
    "compile",
    new Set([
      "run_eagerly",
      "jit_compile",
      "steps_per_execution",
      "target_tensors",
      "class_mode",
      "auto_scale_loss",
    ]),
  );
  return {
    loss: loss.entry,
    lossCode: sequence ? { module: sequence, functional: sequence, helper: sequence } : loss.code,
    metrics,
    names: { kind: "attributes" },
  };
}

// Writing it

/** Writes `loss_fn = ...` and the rest in the place of each `compile` call. */
export function emitCompile(rewriter: Rewriter, plan: ModelPlan): void {
  for (const use of distinctCalls(compileUses(plan))) emitOne(rewriter, plan, use);
}

function emitOne(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): void {
  const { compile } = plan;
  const statement = enclosingStatement(use.call);
  if (
    !compile ||
    statement?.type !== "ExprStmt" ||
    statement.value !== use.call ||
    use.call.func.type !== "Attribute"
  ) {
    throw new Unsupported(use.call, "`compile` inside another expression is not supported");
  }
  const { text } = rewriter;
  const model = rewriter.source(use.call.func.value);
  const names = compile.names;
  const at = (what: "loss" | "optimizer" | "metrics") => place(names, model, what);
  if (compile.lossCode.helper) rewriter.helper(compile.lossCode.helper);
  const lossCode = names.kind === "attributes" ? compile.lossCode.functional : compile.lossCode.module;
  const lines = [`${at("loss")} = ${rewriter.use(lossCode)}`];
  const args = argumentsOf(rewriter, use);
  lines.push(...optimizerLines(rewriter, args, use, model, at("optimizer")));
  if (compile.metrics.length > 0) {
    const items = compile.metrics.map(
      (metric) =>
        `${JSON.stringify(metric.name)}: ${metric.code.replace("{}", rewriter.helper(metric.helper))}`,
    );
    lines.push(`${at("metrics")} = {${items.join(", ")}}`);
  }
  if (!standsAlone(text, statement))
    throw new Unsupported(
      use.call,
      "`compile` that shares its line with other statements is not supported yet",
    );
  const separator = lineBreak(text) + indentation(text, statement.start);
  rewriter.edits.replace(statement.start, statement.end, lines.join(separator), RULE);
}

/** How a part of what Keras keeps on the model is written. */
export function place(names: CompiledNames, model: string, what: "loss" | "optimizer" | "metrics"): string {
  if (names.kind === "variables") return names[what];
  return `${model}.${what === "loss" ? "loss_fn" : what}`;
}
