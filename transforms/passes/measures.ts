/** Functions of the script that take targets and outputs: its own losses and metrics. */
import type { Expr, FunctionDef, Lambda, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { FunctionValue, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { fed, ranks } from "./fed.ts";
import { translateMeasure } from "./tensor-functions.ts";

/** A function of the script that takes targets first, as PyTorch calls one. */
export interface Measure {
  /** A line that gives it a name first, where it has none. */
  readonly line: string | undefined;
  readonly call: string;
  readonly scalar: boolean;
}

export function measureText(
  rewriter: Rewriter,
  plan: ModelPlan,
  value: FunctionValue,
  expr: Expr | undefined,
  wanted: string,
): Measure {
  const scalar = translateMeasure(rewriter, value);
  const { node } = value;
  const isName = expr?.type === "Name" || expr?.type === "Attribute";
  // An element of a list that stands elsewhere goes by its own name.
  if (!expr && (node.type === "Lambda" || node.parent?.type !== "Module"))
    throw new Unsupported(node, "this function is not known by a name where it is used");
  const name = isName || !expr ? "" : freshName(rewriter, wanted);
  const callee = name || (expr ? rewriter.source(expr) : (node as FunctionDef).name);
  const pair = given(rewriter, plan, value.node, wanted === "measure" ? "function" : "loss");
  return {
    line: expr && name ? `${name} = ${rewriter.source(expr)}` : undefined,
    call: `${callee}(${pair.targets}, ${pair.outputs})`,
    scalar,
  };
}

/** Targets and outputs as Keras gives them to losses and metrics of the script. */
export function given(
  rewriter: Rewriter,
  plan: ModelPlan,
  at: Node,
  to: "loss" | "function" | "object" = "object",
): { readonly targets: string; readonly outputs: string } {
  const second = (plan.output?.shape.length ?? 0) > 1 && plan.outputLayout === "first";
  const turned = second ? ".movedim(1, -1)" : "";
  const classes = `.softmax(${second ? 1 : -1})`;
  const activation = plan.dropped === "sigmoid" ? ".sigmoid()" : plan.dropped === "softmax" ? classes : "";
  const axes = to === "loss" ? "" : targetAxes(rewriter, plan, at, to === "function");
  const moved = plan.compile?.loss.targets === "index" ? "" : turned;
  return { targets: `targets${axes}${moved}`, outputs: `outputs${activation}${turned}` };
}

/** Targets with the axes with which Keras gives them to a metric of the script's own. */
function targetAxes(rewriter: Rewriter, plan: ModelPlan, at: Node, casts: boolean): string {
  const rank = (plan.output?.shape.length ?? 0) + 1;
  const data = fed(rewriter, plan, "y");
  const known = ranks(data);
  const keras3 = rewriter.program.version === "keras3";
  if (plan.compile?.loss.targets === "index") {
    const float = keras3 || !casts ? "" : ".float()";
    if (rank === 2 && !keras3) return `.unsqueeze(-1)${float}`;
    if (known.size === 1 && known.has(rank - 1)) return float;
    if (known.size === 1 && known.has(rank)) return `.unsqueeze(-1)${float}`;
    throw new Unsupported(
      at,
      "whether the targets have a last axis is not known, which a metric's function sees",
    );
  }
  const single = plan.output?.shape.at(-1)?.value === 1;
  if (!single || (known.size === 1 && known.has(rank)) || (rank === 2 && !keras3)) return "";
  if (known.size === 1 && known.has(rank - 1)) {
    if (!keras3 || onlyAligned(rewriter, at)) return "";
    rewriter.note(at, "compile", BROADCAST);
    return ".squeeze(-1)";
  }
  if (!keras3) return "";
  throw new Unsupported(
    at,
    "whether the targets have a last axis is not known, which a metric's function sees",
  );
}

/**
 * Functions of losses in Keras 3 give targets (N,) the axis that outputs (N, 1) have. Whether a function only hands
 * its targets to such; reported where it does other things with them too.
 */
function onlyAligned(rewriter: Rewriter, at: Node): boolean {
  const value = rewriter.program.valueOf(at as Expr);
  const node = value?.kind === "instance" ? value.cls.node : at;
  const isScore = (one: Node | null | undefined): boolean =>
    one?.type === "Call" &&
    rewriter.program.calls
      .get(one)
      ?.some(({ construct }) => /^keras\.(?:losses|metrics)\.[a-z]/.test(construct.path)) === true;
  const targets = node.type === "FunctionDef" || node.type === "Lambda" ? node.params[0]?.name : undefined;
  let scores = 0;
  let others = 0;
  walk(node, (one) => {
    if (isScore(one)) scores++;
    if (one.type === "Name" && one.id === targets && !isScore(one.parent?.parent)) others++;
    return true;
  });
  if (scores > 0 && (others > 0 || targets === undefined))
    throw new Unsupported(
      at,
      "targets without a last axis, which some of this gives one, are not supported here",
    );
  return scores > 0;
}

const BROADCAST =
  "Keras 3 gives targets (N,) to this function as they are, beside outputs (N, 1): what it computes of both together is computed for all pairs of samples, and so it is here";

/** A name for this place alone: the lambda that reads it may run later. */
function freshName(rewriter: Rewriter, wanted: string): string {
  const count = (rewriter.fresh.get(wanted) ?? 0) + 1;
  rewriter.fresh.set(wanted, count);
  return rewriter.name(count === 1 ? wanted : `${wanted}_${count}`);
}

/** What Keras calls a function in its logs. */
export function functionName(value: FunctionValue): string {
  return value.node.type === "Lambda" ? "<lambda>" : value.node.name;
}

/** A function of targets and outputs: two parameters, more only with defaults. */
export function isMeasure(value: Value | undefined): value is FunctionValue {
  if (value?.kind !== "function") return false;
  const node: FunctionDef | Lambda = value.node;
  const own = node.params.slice(value.self ? 1 : 0);
  return (
    own.length >= 2 &&
    own.every((one, i) => one.kind !== "*" && one.kind !== "**" && i < 2 !== Boolean(one.default))
  );
}
