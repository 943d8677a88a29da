/** The optimizer of a `compile`: PyTorch's class over the model's parameters, at the place of `compile`. */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type OptimizerEntry, optimizerNamed } from "../optimizers.ts";
import { float } from "../python.ts";
import type { Rewriter } from "../rewriter.ts";
import { nameOf } from "./compile-values.ts";

const RULE = "compile";

/** The name of the variable that the optimizer is assigned to before it is given to `compile`. */
export function optimizerVariable(rewriter: Rewriter, use: ModelUse): string | undefined {
  const expr = use.args?.given.get("optimizer")?.expr;
  if (expr?.type !== "Name") return undefined;
  const value = rewriter.program.valueOf(expr);
  return value?.kind === "object" && value.construct.kind === "optimizer" ? expr.id : undefined;
}

export function optimizerLines(
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
  if (entry.oldRate && !own?.has("learning_rate")) {
    rewriter.note(
      at,
      "optimizer",
      `the default learning rate is that of the last Keras 2, 0.001; before tf.keras it was ${entry.oldRate}`,
    );
  }
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
