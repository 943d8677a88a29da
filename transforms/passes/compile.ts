/** `compile`: what loss, optimizer and metrics are, and where they are kept. */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject, type Value } from "../../src/analysis/values.ts";
import { indentation, lineBreak, standsAlone } from "../../src/emit/lines.ts";
import { Arguments, joinArguments, Unsupported } from "../arguments.ts";
import { type LossEntry, lossNamed } from "../losses.ts";
import { metricNamed } from "../metrics.ts";
import { type OptimizerEntry, optimizerNamed } from "../optimizers.ts";
import type { CompiledNames, CompilePlan, ModelPlan } from "../plan.ts";
import { float } from "../python.ts";
import { isTarget, type Rewriter } from "../rewriter.ts";

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

interface Loss {
  readonly entry: LossEntry;
  readonly fromLogits: boolean;
  readonly code: CompilePlan["lossCode"];
}

function readLoss(rewriter: Rewriter, args: Arguments, at: Node): Loss {
  const value = single(args.value("loss"));
  const name = nameOf(rewriter, value, "keras.losses.") ?? nameOf(rewriter, value, "keras.metrics.");
  const entry = name === undefined ? undefined : lossNamed(name);
  if (!entry) {
    throw new Unsupported(
      at,
      name === undefined ? "what loss this is, is not known here" : `the loss '${name}' is not supported yet`,
    );
  }
  let fromLogits = false;
  if (value.kind === "object") {
    const own = args.of(value.args, value.node);
    fromLogits = own.has("from_logits") && own.flag("from_logits");
    for (const argument of ["reduction"]) {
      const reduction = own.value(argument);
      if (reduction.kind === "str" && ["auto", "sum_over_batch_size"].includes(reduction.value)) continue;
      if (own.has(argument)) throw own.unknown(argument);
    }
    own.finish(name ?? "", new Set(["name"]));
  }
  return { entry, fromLogits, code: { module: entry.module, functional: entry.functional } };
}

/** A list of one stands for its element. */
function single(value: Value): Value {
  return (value.kind === "list" || value.kind === "tuple") && !value.open && value.elements.length === 1
    ? (value.elements[0] as Value)
    : value;
}

/** The name of a string, a class, a function or an object of a module of Keras. */
function nameOf(rewriter: Rewriter, value: Value, module: string): string | undefined {
  if (value.kind === "str") return value.value;
  if (value.kind === "ref") {
    const path = rewriter.program.registry.canonical(value.path);
    return path.startsWith(module) ? path.slice(module.length) : undefined;
  }
  if (value.kind === "object")
    return value.construct.path.startsWith(module) ? value.construct.path.slice(module.length) : undefined;
  return undefined;
}

function readMetrics(
  rewriter: Rewriter,
  args: Arguments,
  use: ModelUse & { call: Call },
  loss: LossEntry,
  plan: ModelPlan,
  units: number | undefined,
): CompilePlan["metrics"] {
  const value = args.value("metrics");
  if (value.kind === "none") return [];
  const at = args.argument("metrics") ?? use.call;
  const elements = value.kind === "list" || value.kind === "tuple" ? value.elements : [value];
  if ((value.kind === "list" || value.kind === "tuple") && value.open)
    throw new Unsupported(at, "the metrics are not known one by one");
  return elements.map((element) => {
    const name = nameOf(rewriter, element, "keras.metrics.") ?? nameOf(rewriter, element, "keras.losses.");
    const entry = name === undefined ? undefined : metricNamed(name);
    if (!entry || name === undefined) {
      throw new Unsupported(
        at,
        name === undefined
          ? "what metric this is, is not known here"
          : `the metric '${name}' is not supported yet`,
      );
    }
    const label = element.kind === "object" ? metricLabel(element) : undefined;
    const helper = entry.helper({
      loss,
      units,
      dropped: plan.dropped,
      sequence: plan.output?.shape.length === 2,
    });
    if (helper === undefined)
      throw new Unsupported(at, `what '${name}' means for this loss and output is not supported yet`);
    const code =
      plan.dropped && !entry.onLogits
        ? `lambda outputs, targets: {}(outputs.${plan.dropped === "softmax" ? "softmax(-1)" : "sigmoid()"}, targets)`
        : "{}";
    return { name: label ?? asRead(rewriter, logName(element, name)), code, helper };
  });
}

/** The name that a metric object is given. */
function metricLabel(metric: KerasObject): string | undefined {
  for (const [argument, { node, value }] of metric.args.given) {
    if (argument === "name" && value.kind === "str") return value.value;
    if (argument !== "dtype")
      throw new Unsupported(
        node ?? metric.node,
        `the argument \`${argument}\` of this metric is not supported yet`,
      );
  }
  return undefined;
}

/**
 * Keras before 2.3 logs `acc` where the script says `accuracy`, later ones the name as it is
 * written. A script that reads one of them from its history means that one.
 */
function asRead(rewriter: Rewriter, name: string): string {
  if (name !== "acc" && name !== "accuracy") return name;
  if (rewriter.program.version === "keras1" && !rewriter.historyReads.has("accuracy")) return "acc";
  const reads = rewriter.historyReads;
  const other = name === "acc" ? "accuracy" : "acc";
  const isRead = (one: string) => reads.has(one) || reads.has(`val_${one}`);
  return !isRead(name) && isRead(other) ? other : name;
}

/** The name in the logs: strings as they are written, objects and functions in snake case. */
function logName(value: Value, name: string): string {
  if (value.kind === "str") return value.value;
  return [...name]
    .map((c, i) => (c !== c.toLowerCase() && i > 0 ? `_${c.toLowerCase()}` : c.toLowerCase()))
    .join("");
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

/** The name of the variable that the optimizer is assigned to before it is given to `compile`. */
export function optimizerVariable(rewriter: Rewriter, use: ModelUse): string | undefined {
  const expr = use.args?.given.get("optimizer")?.expr;
  if (expr?.type !== "Name") return undefined;
  const value = rewriter.program.valueOf(expr);
  return value?.kind === "object" && value.construct.kind === "optimizer" ? expr.id : undefined;
}

function optimizerLines(
  rewriter: Rewriter,
  args: Arguments,
  use: ModelUse & { call: Call },
  model: string,
  target: string,
): string[] {
  const value = args.value("optimizer");
  const at = args.argument("optimizer") ?? use.call;
  if (alternatives(value).length > 1)
    throw new Unsupported(at, "which optimizer this is depends on the path taken here");
  const name = nameOf(rewriter, value, "keras.optimizers.");
  const entry = name === undefined ? undefined : optimizerNamed(name);
  if (!entry) {
    throw new Unsupported(
      at,
      name === undefined
        ? "what optimizer this is, is not known here"
        : `the optimizer '${name}' is not supported yet`,
    );
  }
  const own = value.kind === "object" ? args.of(value.args, value.node) : undefined;
  if (value.kind === "object") removeAssignment(rewriter, value, args.expr("optimizer"), use.call);
  const keras3 = rewriter.program.version === "keras3";
  const decay = own?.has("decay") && own.number("decay") !== 0 ? own.required("decay") : undefined;
  const helper = exactClass(rewriter, entry, own, keras3, decay);
  const code = optimizerCode(entry, own, model, keras3, helper);
  if (entry.note) rewriter.note(at, "optimizer", entry.note);
  rewriter.imports.add("import torch");
  const lines = [`${target} = ${code}`];
  if (decay !== undefined) {
    lines.push(
      `scheduler = torch.optim.lr_scheduler.LambdaLR(${target}, lambda step: 1 / (1 + ${decay} * step))`,
      `${target}.register_step_post_hook(lambda *_, scheduler=scheduler: scheduler.step())`,
    );
    if (rewriter.taken.has("scheduler"))
      throw new Unsupported(at, "`decay` where the script has a `scheduler` of its own is not supported yet");
  }
  const notYet = [
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    ...(entry.name === "AdamW" ? [] : ["weight_decay"]),
  ];
  for (const clip of notYet) {
    const given = own?.value(clip);
    if (given && given.kind !== "none" && !(given.kind === "bool" && !given.value)) {
      throw new Unsupported(own?.argument(clip) ?? at, `\`${clip}\` of an optimizer is not supported yet`);
    }
  }
  own?.finish(entry.name, new Set(["name", "jit_compile", "schedule_decay"]));
  return lines;
}

/**
 * The helper that takes the place of PyTorch's class where that drifts away: RMSprop of Keras 3,
 * and momentum under a changing rate, of which a decay of at most 1e-5 makes no difference.
 */
function exactClass(
  rewriter: Rewriter,
  entry: OptimizerEntry,
  own: Arguments | undefined,
  keras3: boolean,
  decay: string | undefined,
): string | undefined {
  if (entry.name === "RMSprop" && keras3) return rewriter.helper("KerasRMSprop", ["lr", "rho", "eps"]);
  if (entry.name !== "SGD" || (own?.number("momentum") ?? 0) === 0) return undefined;
  const changes = [...rewriter.program.calls.values()].some(([fact]) =>
    ["keras.callbacks.LearningRateScheduler", "keras.callbacks.ReduceLROnPlateau"].includes(
      fact?.construct.path ?? "",
    ),
  );
  const decays = decay !== undefined && !(Number(decay) <= 1e-5);
  if (!changes && !decays) return undefined;
  return rewriter.helper("KerasSGD", ["lr", "momentum", ...(own?.has("nesterov") ? ["nesterov"] : [])]);
}

function optimizerCode(
  entry: OptimizerEntry,
  own: Arguments | undefined,
  model: string,
  keras3: boolean,
  helper: string | undefined,
): string {
  const parts = [`${model}.parameters()`];
  for (const { keras, torch, torchDefault } of entry.keywords) {
    const text = keras === "betas" ? betas(own) : textOf(own, entry, keras);
    if (text === undefined) continue;
    const isDefault =
      torchDefault !== undefined && (text === torchDefault || Number(text) === Number(torchDefault));
    const noMomentum = keras === "nesterov" && (own?.number("momentum") ?? 0) === 0;
    // The exact classes keep Keras's name for it.
    const keyword = helper && torch === "alpha" ? keras : torch;
    if (!isDefault && !noMomentum) parts.push(`${keyword}=${text}`);
  }
  if (entry.name === "Nadam" && keras3) parts.push("momentum_decay=1.0");
  return `${helper ?? `torch.optim.${entry.torch}`}(${parts.join(", ")})`;
}

/** The argument as written, else Keras's default. */
function textOf(own: Arguments | undefined, entry: OptimizerEntry, name: string): string | undefined {
  if (own?.has(name) && !own.isNone(name)) return own.required(name);
  const signature = entry.signatures.keras2 ?? "";
  const declared = signature.split(", ").find((part) => part.startsWith(`${name}=`));
  const fallback = declared?.slice(name.length + 1);
  return fallback === undefined || fallback === "0." ? fallback && "0.0" : fallback;
}

function betas(own: Arguments | undefined): string | undefined {
  if (!own || (!own.has("beta_1") && !own.has("beta_2"))) return undefined;
  const one = (name: string, fallback: number) => own.text(name) ?? float(fallback);
  return `(${one("beta_1", 0.9)}, ${one("beta_2", 0.999)})`;
}

/** An optimizer made before its model: PyTorch's wants the model's parameters, so it moves to `compile`. */
function removeAssignment(
  rewriter: Rewriter,
  value: KerasObject,
  given: Expr | undefined,
  compile: Call,
): void {
  if (given === value.node) return;
  const statement = enclosingStatement(value.node);
  if (
    statement?.type !== "Assign" ||
    statement.value !== value.node ||
    statement.targets[0]?.type !== "Name"
  ) {
    throw new Unsupported(
      value.node,
      "an optimizer that is not given to `compile` directly or by a name of its own is not supported yet",
    );
  }
  requireStable(rewriter, value.node, statement, compile);
  requireUnread(rewriter, value, statement.targets[0].id);
  if (!rewriter.edits.covers(statement.start, statement.end)) rewriter.removeStatement(statement, RULE);
}

/** It is a PyTorch optimizer only from `compile` on: nothing else may read it, so far. */
function requireUnread(rewriter: Rewriter, value: KerasObject, name: string): void {
  const given = new Set<Node | undefined>();
  for (const [{ args, construct }] of rewriter.program.calls.values() as Iterable<[CallFact]>)
    if (construct.path === "Model.compile") given.add(args.given.get("optimizer")?.expr);
  walk(rewriter.program.module, (one) => {
    if (one.type !== "Name" || one.id !== name || isTarget(one) || given.has(one)) return;
    const read = rewriter.program.valueOf(one);
    const same = read && alternatives(read).some((own) => own.kind === "object" && own.node === value.node);
    if (same && !rewriter.edits.covers(one.start, one.end))
      throw new Unsupported(one, "reading an optimizer outside of `compile` is not supported yet");
  });
}

/** The names that the optimizer's arguments read are read by `compile` now: they must mean the same there. */
function requireStable(rewriter: Rewriter, node: Call, statement: Stmt, compile: Call): void {
  const names = new Set<string>();
  for (const arg of node.args) walk(arg.value, (one) => one.type === "Name" && names.add(one.id));
  const around = functionsAround(compile);
  const inner = around.filter((one) => one.start > statement.end);
  walk(rewriter.program.module, (one) => {
    const binds =
      one.type === "Parameter"
        ? names.has(one.name) && inner.some((owner) => owner === one.parent)
        : one.type === "Name" && names.has(one.id) && one.start > statement.end && isTarget(one);
    if (!binds) return;
    const [owner] = functionsAround(one);
    // What another function binds is its own, unless it says otherwise.
    if (owner && !around.includes(owner) && !declaresGlobal(owner)) return;
    throw new Unsupported(
      node,
      `\`${rewriter.text.slice(one.start, one.end)}\` changes between this optimizer and its \`compile\``,
    );
  });
}

function functionsAround(node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node.parent; at; at = at.parent)
    if (at.type === "FunctionDef" || at.type === "Lambda" || at.type === "Comprehension") found.push(at);
  return found;
}

function declaresGlobal(owner: Node): boolean {
  let found = false;
  walk(owner, (one) => {
    found ||= one.type === "Global" || one.type === "Nonlocal";
  });
  return found;
}
