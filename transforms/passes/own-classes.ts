/** Classes of the script that derive from Keras's losses, schedules, regularizers, constraints and initializers: what they derive from, and the methods of Keras in them. */
import type { Call, Expr, FunctionDef } from "../../grammars/nodes.ts";
import { isBaseInit, walk } from "../../grammars/walk.ts";
import type { ClassValue, FunctionValue, Instance, Value } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { removeArguments } from "./edit-call.ts";

const RULE = "compile";
const LOSS = "keras.losses.Loss";
/** What derives from these is called as it was. */
const PLAIN = [
  "keras.optimizers.schedules.LearningRateSchedule",
  "keras.regularizers.Regularizer",
  "keras.constraints.Constraint",
  "keras.initializers.Initializer",
] as const;
const [SCHEDULE] = PLAIN;

/** Whether a class of the script derives from a class of Keras, at whatever remove. */
export function derives(rewriter: Rewriter, cls: ClassValue, path: string): boolean {
  return cls.bases.some(
    (base) => isRef(rewriter, base, path) || (base.kind === "class" && derives(rewriter, base, path)),
  );
}

function isRef(rewriter: Rewriter, value: Value | undefined, path: string): boolean {
  return value?.kind === "ref" && rewriter.program.registry.canonical(value.path) === path;
}

/** A method of a class or of one that it derives from. */
export function methodOf(cls: ClassValue, name: string): FunctionValue | undefined {
  const own = cls.members.values.get(name);
  if (own) return own.kind === "function" ? own : undefined;
  const inherited = cls.bases.map((base) => (base.kind === "class" ? methodOf(base, name) : undefined));
  return inherited.find((one) => one !== undefined);
}

/** What an object of such a class computes: its loss of targets and outputs, or its rate after so many steps. */
function computes(rewriter: Rewriter, value: Value | undefined, base: string, name: string) {
  if (value?.kind !== "instance" || !derives(rewriter, value.cls, base)) return undefined;
  return methodOf(value.cls, name);
}

export function lossMethod(rewriter: Rewriter, value: Value | undefined): FunctionValue | undefined {
  return computes(rewriter, value, LOSS, "call");
}

export function scheduleMethod(rewriter: Rewriter, value: Value | undefined): FunctionValue | undefined {
  return computes(rewriter, value, SCHEDULE, "__call__");
}

/** Losses become modules, whose `call` is `forward`; the others become plain classes. */
export function rewriteOwnClasses(rewriter: Rewriter): void {
  for (const { cls } of rewriter.program.machine.prototypes.values()) {
    if (derives(rewriter, cls, LOSS))
      rewriter.attempt(RULE, () => rewriteClass(rewriter, cls, LOSS, rewriter.use("nn.Module")));
    for (const path of PLAIN)
      if (derives(rewriter, cls, path))
        rewriter.attempt(RULE, () => rewriteClass(rewriter, cls, path, undefined));
  }
}

/** Takes Keras out of a class: its base, what it tells Keras of itself. */
export function rewriteClass(
  rewriter: Rewriter,
  { node }: ClassValue,
  path: string,
  base: string | undefined,
): void {
  const { edits, program } = rewriter;
  for (const [i, { value, start, end, name }] of node.bases.entries()) {
    if (name !== null || !isRef(rewriter, program.valueOf(value), path)) continue;
    if (base !== undefined) edits.replace(value.start, value.end, base, RULE);
    else if (node.bases.length === 1)
      edits.remove(node.nameSpan.end, rewriter.text.indexOf(")", end) + 1, RULE);
    else edits.remove(start, node.bases[i + 1]?.start ?? end, RULE);
  }
  for (const member of node.body) {
    if (member.type !== "FunctionDef") continue;
    if (member.name === "get_config" || member.name === "from_config") {
      requireUncalled(rewriter, member);
      edits.absorb(rewriter.text, member.start, member.end);
      rewriter.removeStatements([member], RULE);
    } else if (path === LOSS && member.name === "call")
      edits.replace(member.nameSpan.start, member.nameSpan.end, "forward", RULE);
    else if (member.name === "__init__") rewriteInit(rewriter, member);
    else if (path === LOSS && member.name === "__call__")
      throw new Unsupported(member, "a loss that says itself how it is called is not supported");
  }
}

/** What Keras is told of itself nobody asks for any more. */
function requireUncalled(rewriter: Rewriter, member: FunctionDef): void {
  walk(rewriter.program.module, (node) => {
    if (node.type === "FunctionDef" && node.name === member.name) return false;
    if (node.type === "Attribute" && node.attr === member.name) {
      const owner = rewriter.program.valueOf(node.value);
      if (owner?.kind === "instance" || owner?.kind === "class")
        throw new Unsupported(node, `\`${member.name}\` of an own class is not supported`);
    }
    return true;
  });
}

/** `super().__init__(name=name)` tells Keras what PyTorch's modules are not told. */
function rewriteInit(rewriter: Rewriter, member: FunctionDef): void {
  for (const call of superCalls(member)) removeArguments(rewriter, call, new Set(call.args));
}

/** The calls of `super().__init__` in a constructor. */
export function superCalls(member: FunctionDef): Call[] {
  const found: Call[] = [];
  walk(member, (node) => {
    if (node.type === "Call" && isBaseInit(node)) found.push(node);
  });
  return found;
}

const MEAN = new Set(["auto", "sum_over_batch_size", "mean", "mean_with_sample_weight"]);

/** Reports losses of the script's own that are not reduced to their mean. */
export function requireMean(rewriter: Rewriter, { cls }: Instance, given: Expr | undefined): void {
  const inits = cls.node.body.filter(
    (one): one is FunctionDef => one.type === "FunctionDef" && one.name === "__init__",
  );
  const calls = [...inits.flatMap(superCalls), ...(given ? [given] : [])];
  for (const call of calls) {
    if (call.type !== "Call") continue;
    const isInit = call !== given;
    for (const arg of call.args) {
      if (isInit && arg.name === null && !arg.star && arg === call.args[0]) {
        requireMeanValue(rewriter, arg.value, false);
        continue;
      }
      if (arg.name === "reduction") requireMeanValue(rewriter, arg.value, true);
    }
  }
}

/** The first argument of `super().__init__` is the reduction in Keras 2, and the name in Keras 3. */
function requireMeanValue(rewriter: Rewriter, expr: Expr, named: boolean): void {
  const value = rewriter.program.valueOf(expr);
  const path = value?.kind === "ref" ? rewriter.program.registry.canonical(value.path) : undefined;
  const text = value?.kind === "str" ? value.value : path?.slice(path.lastIndexOf(".") + 1);
  if (text !== undefined && MEAN.has(text.toLowerCase())) return;
  if (!named && rewriter.program.version === "keras3" && value?.kind === "str") return;
  throw new Unsupported(expr, "a loss of one's own that is not reduced to the mean is not supported yet");
}
