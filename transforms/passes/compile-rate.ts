/** Learning rates that fall by themselves: schedules, and `decay`. */
import type { Call, Stmt } from "../../grammars/nodes.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type FunctionValue } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { type Schedule, scheduleNamed } from "../schedules.ts";
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
  moved.push(moveToCompile(rewriter, value, own.expr("learning_rate"), use, undefined));
  const inner = args.of(value.args, value.node);
  const schedule = entry.write(inner);
  inner.finish(entry.name, new Set(["name"]));
  const { factor, helper, note } = schedule;
  if (note) rewriter.note(at, "optimizer", note);
  if (!helper || typeof factor !== "string") return schedule;
  return { ...schedule, factor: factor.replace("{}", rewriter.helper(helper.name, helper.passes)) };
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
  factor: Schedule["factor"],
  binds?: string,
): string[] {
  const name = rewriter.name("scheduler");
  const made =
    typeof factor === "string"
      ? `LambdaLR(${target}, lambda step${binds === undefined ? "" : `, ${binds}`}: ${factor})`
      : `${factor.scheduler}(${target}, ${factor.options})`;
  return [
    `${name} = torch.optim.lr_scheduler.${made}`,
    `${target}.register_step_post_hook(lambda *_, scheduler=${name}: scheduler.step())`,
  ];
}
