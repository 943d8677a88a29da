/** Schedules of the learning rate by epochs: functions of the epoch, or of the rate before too. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { methodOf } from "./own-classes.ts";

/** The number of arguments that Keras calls it with: two where it takes as many; undefined where it is not known. */
export function scheduleArity(rewriter: Rewriter, args: Arguments): number | undefined {
  const expr = args.expr("schedule");
  return expr && (arity(args.value("schedule")) ?? arityOfPartial(rewriter, expr));
}

function arity(value: Value): number | undefined {
  const called = value.kind === "instance" ? methodOf(value.cls, "__call__") : value;
  if (called?.kind !== "function" || called.node.params.some(({ kind }) => kind !== "regular"))
    return undefined;
  const { params } = called.node;
  return Math.min(params.length - (called.self || value.kind === "instance" ? 1 : 0), 2);
}

/** `partial(step_decay, drop=0.5)`: what is given already, Keras cannot give. */
function arityOfPartial(rewriter: Rewriter, expr: Expr): number | undefined {
  if (expr.type !== "Call" || expr.args.some(({ star }) => star)) return undefined;
  const callee = rewriter.program.valueOf(expr.func);
  if (callee?.kind !== "ref" || callee.path !== "functools.partial") return undefined;
  const [first, ...given] = expr.args;
  const func = first && rewriter.program.valueOf(first.value);
  if (func?.kind !== "function" || func.node.params.some(({ kind }) => kind !== "regular")) return undefined;
  const positional = given.filter(({ name }) => name === null).length;
  const left = func.node.params.slice(positional + (func.self ? 1 : 0));
  const second = left[1];
  return second && given.every(({ name }) => name !== second.name) ? 2 : 1;
}

/** A schedule of the epoch alone beside one that takes the rate too is given one that takes both. */
export function settleSchedule(rewriter: Rewriter, args: Arguments, call: Call): void {
  const taken = scheduleArity(rewriter, args);
  if (taken === undefined)
    throw new Unsupported(
      args.expr("schedule") ?? call,
      "which arguments this schedule takes is not known",
      "Give it a function of the epoch, or of the epoch and the rate before.",
    );
  if (taken !== 1 || !rewriter.switches.get("SCHEDULE_TAKES_RATE")) return;
  const expr = args.expr("schedule");
  const last = expr?.type === "Lambda" ? expr.params.at(-1) : undefined;
  if (last) rewriter.edits.insert(last.end, ", rate", "callback");
  else if (expr?.type === "Name" && rewriter.program.valueOf(expr)?.kind === "function")
    rewriter.edits.replace(expr.start, expr.end, `lambda epoch, rate: ${expr.id}(epoch)`, "callback");
  else throw new Unsupported(expr ?? call, "schedules of both kinds in one script are not supported here");
}
