/** Learning rates that fall by themselves: schedules, and `decay`. */
import type { Call, Stmt } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type FunctionValue } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { type Schedule, scheduleNamed } from "../schedules.ts";
import { keepSchedule, keptName, scheduleOf } from "./kept-schedules.ts";
import { moveToCompile } from "./moved.ts";
import { scheduleMethod } from "./own-classes.ts";
import { translateSchedule } from "./tensor-functions.ts";

/** The schedule that is given as the learning rate. */
export function readSchedule(
  rewriter: Rewriter,
  own: Arguments | undefined,
  args: Arguments,
  use: ModelUse & { call: Call },
  moved: (Stmt | undefined)[],
  isFactory: boolean,
): Schedule | undefined {
  if (!own?.has("learning_rate")) return undefined;
  const at = own.argument("learning_rate") ?? own.node;
  const values = alternatives(own.value("learning_rate"));
  const other = values.some((one) => ["object", "instance", "function", "class"].includes(one.kind));
  if (!other) return undefined;
  const [value] = values;
  const rule = values.length === 1 ? scheduleMethod(rewriter, value) : undefined;
  if (rule) return ownSchedule(rewriter, rule, own);
  const entry =
    value?.kind === "object" && value.construct.kind === "schedule"
      ? scheduleNamed(value.construct.path.slice("keras.optimizers.schedules.".length))
      : undefined;
  if (values.length > 1 || value?.kind !== "object" || !entry)
    throw new Unsupported(at, "what this schedule of the learning rate does is not known here");
  const inner = args.of(value.args, value.node);
  const kept = keptName(rewriter, value, isFactory);
  const given = own.expr("learning_rate");
  if (kept !== undefined && given?.type === "Name") {
    keepSchedule(rewriter, value, inner);
    return { rate: "1.0", factor: `${given.id}(step)`, function: given.id };
  }
  moved.push(moveToCompile(rewriter, value, given, use, undefined));
  const schedule = scheduleOf(rewriter, value, inner);
  if (schedule?.note) rewriter.note(at, "optimizer", schedule.note);
  return schedule;
}

/** A schedule of the script's own: an object that is called with the number of steps. */
function ownSchedule(rewriter: Rewriter, rule: FunctionValue, own: Arguments): Schedule {
  translateSchedule(rewriter, rule);
  const factor = `float(schedule(${rewriter.use("torch.tensor")}(float(step))))`;
  return { rate: "1.0", factor, binds: `schedule=${own.required("learning_rate")}` };
}

export function readDecay(
  rewriter: Rewriter,
  own: Arguments | undefined,
  modern: boolean,
): string | undefined {
  if (!own?.has("decay") || own.isNone("decay") || own.number("decay") === 0) return undefined;
  if (rewriter.program.version === "keras3") {
    rewriter.note(
      own.argument("decay") ?? own.node,
      "optimizer",
      "Keras 3 ignores `decay`, and so it is left out",
    );
    return undefined;
  }
  if (modern)
    throw new Unsupported(
      own.argument("decay") ?? own.node,
      "`decay` and `weight_decay` belong to different versions of Keras",
    );
  return own.required("decay");
}

/** The scheduler goes a step with each step of the optimizer, whoever makes it. */
export function schedulerLines(
  rewriter: Rewriter,
  target: string,
  { factor, binds, function: named }: Pick<Schedule, "factor" | "binds" | "function">,
): string[] {
  const name = rewriter.name("scheduler");
  const made =
    typeof factor === "string"
      ? `LambdaLR(${target}, ${named ?? `lambda step${binds === undefined ? "" : `, ${binds}`}: ${factor}`})`
      : `${factor.scheduler}(${target}, ${factor.options})`;
  return [
    `${name} = torch.optim.lr_scheduler.${made}`,
    `${target}.register_step_post_hook(lambda *_, scheduler=${name}: scheduler.step())`,
  ];
}
