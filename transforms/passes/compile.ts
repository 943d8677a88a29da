/** `compile`: what loss, optimizer and metrics are, and where they are kept. */
import type { Call, Node } from "../../grammars/nodes.ts";
import { blockOf, enclosingStatement } from "../../grammars/walk.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { indentation, lineBreak, lineStart, standsAlone } from "../../src/emit/lines.ts";
import { type Arguments, joinArguments, Unsupported } from "../arguments.ts";
import type { LossForm } from "../loss.ts";
import { lossRank } from "../masks.ts";
import type { CompiledNames, CompilePlan, ModelPlan, PlannedMetric } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { looseTargets } from "./boundary.ts";
import { readMetrics } from "./compile-metrics.ts";
import { optimizerLines } from "./compile-optimizer.ts";
import { type Loss, readLoss, single, singleExpr } from "./compile-values.ts";
import { metricCodeOf } from "./emit-metrics.ts";
import { loneTargets } from "./lone-targets.ts";
import { isMeasure, measureText } from "./measures.ts";
import { lossMethod } from "./own-classes.ts";
import { isStoredWhole, requireStorable } from "./storable.ts";
import { heldNorms } from "./trained-parts.ts";

const RULE = "compile";

export function compileUses(plan: ModelPlan): ModelUse[] {
  return plan.models.flatMap((model) => model.uses.filter((use) => use.name === "compile"));
}

/** Decides the loss and the metrics of a model from its `compile` calls. */
export function planCompile(rewriter: Rewriter, plan: ModelPlan): void {
  const dropped = new Set<ModelPlan["dropped"]>();
  for (const use of distinctCalls(compileUses(plan))) {
    const own = readCompile(rewriter, plan, use);
    dropped.add(plan.dropped);
    const { compile } = plan;
    const differs = compile && (compile.loss.targets !== own.loss.targets || compile.lone !== own.lone);
    if (dropped.size > 1 || differs)
      throw new Unsupported(
        use.node,
        "compiling one model with losses that read its outputs or targets differently is not supported yet",
      );
    plan.compiles.set(use.call, own);
    plan.compile ??= own;
  }
}

/** The metrics of all `compile` calls of a model. */
export function metricsOf({ compiles }: ModelPlan): readonly PlannedMetric[] {
  return [...compiles.values()].flatMap(({ metrics }) => metrics);
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
  return rewriter.arguments(use.args as NonNullable<ModelUse["args"]>, use.call);
}

function readCompile(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): CompilePlan {
  const args = argumentsOf(rewriter, use);
  const lossAt = args.argument("loss") ?? use.call;
  const loss = readLoss(rewriter, args, lossAt, use.call);
  const lossForm = formOf(rewriter, plan, loss, lossAt);
  if (loss.entry.targets === "float" && plan.output === undefined) {
    throw new Unsupported(lossAt, "the shape of this model's output is not known");
  }
  const metrics = readMetrics({ rewriter, args, plan, loss: loss.entry }, use);
  const mode = single(args.value("sample_weight_mode"));
  if (mode.kind !== "none" && !(mode.kind === "str" && mode.value === "temporal" && lossRank(plan) > 1))
    throw new Unsupported(
      args.argument("sample_weight_mode") ?? use.call,
      "this `sample_weight_mode` is not supported",
    );
  args.value("optimizer");
  const scale = scaleOf(rewriter, args);
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
    lossForm,
    metrics,
    lone: loneTargets(rewriter, plan, lossForm, metrics, lossAt),
    scale,
    names: { kind: "attributes" },
  };
}

/** The number that `loss_weights` multiplies the only loss by. */
function scaleOf(rewriter: Rewriter, args: Arguments): string | undefined {
  if (args.isNone("loss_weights")) return undefined;
  const value = single(args.value("loss_weights"));
  const expr = singleExpr(args.expr("loss_weights"));
  if (value.kind !== "num" || !expr) throw args.unknown("loss_weights");
  return value.value === 1 ? undefined : rewriter.source(expr);
}

/** The loss in PyTorch, by what the model gives; decides whether its last activation is left out. */
function formOf(rewriter: Rewriter, plan: ModelPlan, loss: Loss, at: Node): LossForm {
  const { entry } = loss;
  const rank = lossRank(plan);
  plan.dropped = entry.logits && plan.last !== "other" ? plan.last : undefined;
  if (entry.logits && !plan.lastIsKnown)
    throw new Unsupported(
      at,
      "a crossentropy of outputs whose last activation is not known here is not supported yet",
    );
  const form = entry.form({
    at,
    version: rewriter.program.version,
    options: loss.options,
    logits: loss.fromLogits || plan.dropped !== undefined,
    last: plan.last,
    rank,
    units: plan.output?.shape.at(-1)?.value,
    classesSecond: rank > 1 && plan.outputLayout === "first",
    loose: entry.classes && looseTargets(rewriter, plan),
  });
  loss.options?.finish(entry.names[0] as string, new Set(["name", "dtype"]));
  if (loss.reduction === "mean") return form;
  if (loss.reduction === "weighted") return { ...form, partial: true };
  return summed(plan, form, entry.classes || plan.output?.shape.at(-1)?.value === 1, lossAt(loss, at));
}

function lossAt({ options }: Loss, at: Node): Node {
  return options?.argument("reduction") ?? at;
}

/** The sum of the losses of a batch: of each row of the last axis. */
function summed(plan: ModelPlan, form: LossForm, oneEach: boolean, at: Node): LossForm {
  if (form.whole) return form;
  if (form.partial)
    throw new Unsupported(at, "the sum of losses that leave out a class is not supported yet");
  const rank = lossRank(plan);
  if (plan.keeps !== undefined)
    throw new Unsupported(at, "the sum of losses with masked steps is not supported yet");
  if (rank === 1 && oneEach && form.module && !form.targets)
    return { ...form, keywords: { ...form.keywords, reduction: '"sum"' } };
  const second = rank > 1 && plan.outputLayout === "first";
  return {
    ...form,
    times: rank === 1 ? "len(outputs)" : second ? "outputs[:, 0].numel()" : "outputs[..., 0].numel()",
  };
}

// Writing it

/** Writes `loss_fn = ...` and the rest in the place of each `compile` call. */
export function emitCompile(rewriter: Rewriter, plan: ModelPlan): void {
  for (const use of distinctCalls(compileUses(plan))) emitOne(rewriter, plan, use);
}

function emitOne(rewriter: Rewriter, plan: ModelPlan, use: ModelUse & { call: Call }): void {
  const compile = plan.compiles.get(use.call);
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
  const names = plan.compile?.names ?? compile.names;
  const at = (what: "loss" | "optimizer" | "metrics") => place(names, model, what);
  const args = argumentsOf(rewriter, use);
  if (rewriter.switches.get("WEIGHTS") && !args.isNone("weighted_metrics"))
    throw new Unsupported(
      args.argument("weighted_metrics") ?? use.call,
      "metrics that are weighed by samples are not supported yet",
    );
  const own = compile.lossForm.measure === undefined ? undefined : ownLoss(rewriter, plan, compile, args);
  const loss = own ? own.text : lossText(rewriter, compile, names.kind);
  const lines = [...(own?.line ? [own.line] : []), `${at("loss")} = ${loss}`];
  if (compile.lone === "batch" && alone(text, statement))
    lines.unshift(
      "# As in Keras: each output (N, T, 1) is compared with the targets (N,) of the whole batch.",
    );
  const measures = [...lines];
  const optimizer = optimizerLines(rewriter, args, plan, use, model, at("optimizer"));
  lines.push(...optimizer);
  lines.push(...heldNorms(rewriter, plan, use, model));
  if (compile.metrics.length > 0) {
    const items = compile.metrics.map((metric) => {
      const { text, line } = metricCodeOf(rewriter, plan, args, metric);
      if (line) lines.push(line);
      measures.push(text);
      return `${JSON.stringify(metric.name)}: ${text}`;
    });
    lines.push(...metricLines(at("metrics"), items));
  } else if (metricsOf(plan).length > 0) lines.push(`${at("metrics")} = {}`);
  requireStorable(rewriter, plan, use, measures, optimizer);
  const newLine = lineBreak(text) + indentation(text, statement.start);
  const first = alone(text, statement);
  if (first && !standsAlone(text, statement)) {
    const next = blockOf(statement)[blockOf(statement).indexOf(statement) + 1];
    if (next) rewriter.edits.replace(statement.end, next.start, newLine, RULE);
  }
  // Behind a colon or another statement they share its line.
  const separator = first ? newLine : "; ";
  const form = lines.join(separator);
  if ((rewriter.callForms.get(use.call) ?? form) !== form)
    throw new Unsupported(
      use.call,
      "one `compile` that gives its models different losses, optimizers or metrics is not supported yet",
    );
  rewriter.callForms.set(use.call, form);
  rewriter.edits.replace(statement.start, statement.end, form, RULE);
}

/** Whether a statement is the first on its line. */
function alone(text: string, { start }: Node): boolean {
  return text.slice(lineStart(text, start), start).trim() === "";
}

const WIDTH = 110;

/** The metrics by name, on a line of their own where they are long. */
function metricLines(place: string, items: readonly string[]): string[] {
  const line = `${place} = {${items.join(", ")}}`;
  if (line.length <= WIDTH) return [line];
  return [`${place} = {`, ...items.map((item) => `    ${item},`), "}"];
}

/** A loss of the script's own, which Keras averages over what it gives. */
function ownLoss(
  rewriter: Rewriter,
  plan: ModelPlan,
  { scale }: CompilePlan,
  args: Arguments,
): { readonly line: string | undefined; readonly text: string } {
  const given = single(args.value("loss"));
  const value = lossMethod(rewriter, given) ?? given;
  const expr = singleExpr(args.expr("loss"));
  if (!isMeasure(value)) throw args.unknown("loss");
  const { line, call, scalar } = measureText(rewriter, plan, value, expr, "criterion");
  const weighted = rewriter.switches.get("WEIGHTS") === true;
  if (weighted && scalar)
    throw new Unsupported(
      args.argument("loss") ?? args.node,
      "a loss of whole batches cannot be weighed by samples",
    );
  const factor = scale === undefined ? "" : `${scale} * `;
  const callee = expr?.type === "Name" && value.node.parent?.type === "Module" ? expr.id : undefined;
  const isMean = !scalar && !weighted && factor === "" && call === `${callee}(targets, outputs)`;
  // A file cannot hold a lambda.
  if (isMean && line === undefined && isStoredWhole(rewriter, plan)) {
    rewriter.imports.add("from functools import partial");
    return { line, text: `partial(${rewriter.helper("mean_loss")}, ${callee})` };
  }
  return { line, text: `lambda outputs, targets: ${factor}${call}${scalar || weighted ? "" : ".mean()"}` };
}

/** A loss as an object, or as a function where the model carries it. */
function lossText(
  rewriter: Rewriter,
  { lossForm: form, lone, scale }: CompilePlan,
  kind: CompiledNames["kind"],
): string {
  for (const name of form.switches ?? []) rewriter.switches.set(name, true);
  const weighted = !form.helper && rewriter.switches.get("WEIGHTS") === true;
  const keywords = { ...form.keywords, ...(weighted && { reduction: '"none"' }) };
  const given = Object.entries(keywords).map(([name, text]) => `${name}=${text}`);
  const broadcasts = !form.helper && lone !== undefined && lone !== "own";
  const isWritten = (form.targets ?? form.outputs ?? form.times ?? scale) !== undefined || broadcasts;
  const isFunction = isWritten || kind === "attributes";
  const callee = form.helper
    ? rewriter.helper(form.helper, Object.keys(keywords))
    : rewriter.use((isFunction ? form.functional : form.module) ?? "");
  if (isWritten) {
    const pair = `${(form.outputs ?? "{}").replace("{}", "outputs")}, ${(form.targets ?? "{}").replace("{}", "targets")}`;
    const passed = [broadcasts ? `*${rewriter.use("torch.broadcast_tensors")}(${pair})` : pair, ...given];
    const factors = [scale, form.times].flatMap((one) => (one === undefined ? [] : [one, " * "])).join("");
    return `lambda outputs, targets: ${factors}${callee}(${passed.join(", ")})`;
  }
  if (!form.helper && kind === "variables") return `${callee}(${given.join(", ")})`;
  if (given.length === 0) return callee;
  rewriter.imports.add("from functools import partial");
  return `partial(${[callee, ...given].join(", ")})`;
}

/** How a part of what Keras keeps on the model is written. */
export function place(names: CompiledNames, model: string, what: "loss" | "optimizer" | "metrics"): string {
  if (names.kind === "variables") return names[what];
  return `${model}.${what === "loss" ? "loss_fn" : what}`;
}
