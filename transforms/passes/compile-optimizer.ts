/** The optimizer of a `compile`: PyTorch's class over the model's parameters, at the place of `compile`. */
import type { Call, Node, Stmt } from "../../grammars/nodes.ts";
import type { KerasVersion } from "../../src/analysis/constructs.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { EXPERIMENTAL, type OptimizerEntry, optimizerNamed, SQUARES_NOTE } from "../optimizers.ts";
import { type ModelPlan, modulesIn, someModule } from "../plan.ts";
import { formerDefaults } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import type { Schedule } from "../schedules.ts";
import { choicesOf, selector } from "./choices.ts";
import { readDecay, readSchedule, schedulerLines } from "./compile-rate.ts";
import { nameOf } from "./compile-values.ts";
import { moveToCompile, requireFresh, sharesSteps } from "./moved.ts";
import { emitFactory, factoriesIn } from "./optimizer-factories.ts";
import { rateChanges } from "./rates.ts";
import { noteDefaults } from "./releases.ts";
import { trainedPart } from "./trained-parts.ts";

const RULE = "compile";

/** What is known of the optimizer that a `compile` is given. */
interface Given {
  readonly entry: OptimizerEntry;
  /** Its own arguments; undefined for a string. */
  readonly own: Arguments | undefined;
  /** Whether it computes as Keras has since TensorFlow 2.11. */
  readonly modern: boolean;
  readonly schedule: Schedule | undefined;
  /** Whether the learning rate is changed while the model trains. */
  readonly isSet: boolean;
  /** `decay`, where it is not 0. */
  readonly decay: string | undefined;
  /** Where it is given to `compile`. */
  readonly at: Node;
  readonly version: KerasVersion;
  /** Defaults that the script's release of Keras had, by argument. */
  readonly former: ReadonlyMap<string, string> | undefined;
  /** Assignments whose values are written at `compile` now. */
  readonly moved: readonly (Stmt | undefined)[];
}

export function optimizerLines(
  rewriter: Rewriter,
  args: Arguments,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  model: string,
  target: string,
): string[] {
  const part = trainedPart(rewriter, plan, use, model);
  const expr = args.expr("optimizer");
  const factories = factoriesIn(rewriter, args.value("optimizer"), expr);
  if (factories && expr) {
    for (const one of factories) emitOptimizer(rewriter, args, plan, use, one);
    return [`${target} = ${rewriter.source(expr)}(${part}.parameters())`];
  }
  const names = choicesOf(args.value("optimizer"));
  // Its text stays where it is: it says which it is there.
  const chosen = names && (expr?.type === "Name" ? expr.id : selector(rewriter, expr));
  if (!names || chosen === undefined)
    return linesOf(rewriter, readOptimizer(rewriter, args, plan, use), part, target);
  const at = args.argument("optimizer") ?? use.call;
  const items = names.map((name) => {
    const given = readOptimizer(rewriter, args, plan, use, { kind: "str", value: name });
    const [line, ...more] = linesOf(rewriter, given, part, target);
    if (more.length > 0) throw new Unsupported(at, "which optimizer this is depends on the path taken here");
    return `    ${JSON.stringify(name)}: ${line?.slice(`${target} = `.length)},`;
  });
  return [`${target} = {`, ...items, `}[${chosen}]`];
}

/** An optimizer among several: what it is made with has to fit into one expression. */
function emitOptimizer(
  rewriter: Rewriter,
  args: Arguments,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  one: KerasObject,
): void {
  const given = readOptimizer(rewriter, args, plan, use, one, true);
  const { own, schedule, decay } = given;
  const clips = CLIPS.some(([name]) => own?.isGiven(name));
  if (!own || schedule || decay !== undefined || clips)
    throw new Unsupported(
      one.node,
      "one of several optimizers, with a rate that falls or gradients that are clipped, is not supported yet",
    );
  if (sharesSteps(rewriter, one)) {
    const keywords = keywordsOf(given, "SharedAdam");
    const helper = rewriter.helper("SharedAdam", ["steps", ...parts(given, true).map(([name]) => name)]);
    emitFactory(rewriter, one, helper, ["steps=[0]", ...keywords]);
  } else {
    const helper = exactClass(rewriter, given);
    emitFactory(rewriter, one, classOf(given, helper), keywordsOf(given, helper));
    if (given.entry.note) rewriter.note(given.at, "optimizer", given.entry.note);
  }
  own.finish(given.entry.name, DROPS);
}

function linesOf(rewriter: Rewriter, given: Given, model: string, target: string): string[] {
  const { entry, own, at, schedule, decay } = given;
  const helper = exactClass(rewriter, given);
  const lines = [
    `${target} = ${classOf(given, helper)}(${[`${model}.parameters()`, ...keywordsOf(given, helper)].join(", ")})`,
  ];
  const factor = schedule?.factor ?? (decay === undefined ? undefined : `1 / (1 + ${decay} * step)`);
  if (factor !== undefined) lines.push(...schedulerLines(rewriter, target, factor, schedule?.binds));
  if (schedule?.imports) rewriter.imports.add(schedule.imports);
  lines.push(...clipLines(rewriter, own, target));
  own?.finish(entry.name, DROPS);
  if (decay !== undefined && own?.has("momentum") && !helper) {
    rewriter.note(
      at,
      "optimizer",
      "Keras multiplies each step by the learning rate before it adds to the momentum: with a rate that falls so slowly the weights drift by about 1e-5",
    );
  }
  if (!own) noteDefaults(rewriter, at, `keras.optimizers.${entry.name}`, () => false);
  const moved = given.moved.filter((statement) => statement !== undefined);
  rewriter.removeStatements(moved, RULE);
  return lines.map((line) => rewriter.use(line));
}

/** @param isFactory whether it stays where it is made */
function readOptimizer(
  rewriter: Rewriter,
  args: Arguments,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  value = args.value("optimizer"),
  isFactory = false,
): Given {
  const at = args.argument("optimizer") ?? use.call;
  if (alternatives(value).length > 1)
    throw new Unsupported(at, "which optimizer this is depends on the path taken here");
  const name = nameOf(rewriter, value, "keras.optimizers.");
  const entry = name === undefined ? undefined : optimizerNamed(name);
  if (!entry || name === undefined) {
    throw new Unsupported(
      at,
      name === undefined
        ? "what optimizer this is, is not known here"
        : `the optimizer '${name}' is not supported yet`,
    );
  }
  const own = value.kind === "object" ? args.of(value.args, value.node) : undefined;
  const expr = args.expr("optimizer");
  const moved: (Stmt | undefined)[] = [];
  if (value.kind === "object" && isFactory) requireFresh(rewriter, value, entry);
  else if (value.kind === "object") moved.push(moveToCompile(rewriter, value, expr, use, entry));
  if (entry.note && !isFactory) rewriter.note(at, "optimizer", entry.note);
  const keras3 = rewriter.program.version === "keras3";
  const isTable = ({ code }: Module) => code.startsWith("nn.Embedding(");
  if (keras3 && entry.squares && someModule(modulesIn(plan), isTable))
    rewriter.note(at, "optimizer", SQUARES_NOTE);
  const decays = own?.has("weight_decay") && !own.isNone("weight_decay");
  const modern = keras3 || name.startsWith(EXPERIMENTAL) || decays === true;
  if (entry.name === "Nadam" && modern && !keras3)
    throw new Unsupported(at, "Nadam of Keras 2.11 to 2.15 counts its steps once for each weight");
  const schedule = readSchedule(rewriter, own, args, use, moved);
  const decay = readDecay(rewriter, own, modern);
  const isSet = rateChanges(rewriter, plan);
  if ((schedule || decay !== undefined) && isSet) {
    throw new Unsupported(
      own?.argument(schedule ? "learning_rate" : "decay") ?? at,
      "a learning rate that falls by itself and is also set is not supported yet",
    );
  }
  return {
    isSet,
    entry,
    own,
    modern,
    schedule,
    decay,
    at,
    version: own?.version ?? rewriter.program.version,
    former: formerDefaults(`keras.optimizers.${entry.name}`, rewriter.program.machine.release),
    moved,
  };
}

/** Arguments that change no number by themselves. */
const DROPS = new Set([
  "name",
  "jit_compile",
  "ema_momentum",
  "ema_overwrite_frequency",
  "use_locking",
  "loss_scale_factor",
]);

const CLIPS = [
  ["clipvalue", "clip_values"],
  ["clipnorm", "clip_norms"],
  ["global_clipnorm", "clip_global_norm"],
] as const;

/** Gradients are clipped before each step of the optimizer, whoever makes it. */
function clipLines(rewriter: Rewriter, own: Arguments | undefined, target: string): string[] {
  return CLIPS.filter(([name]) => own?.has(name) && !own.isNone(name)).map(
    ([name, helper]) => `${rewriter.helper(helper, ["limit"])}(${target}, ${own?.required(name)})`,
  );
}

/**
 * The helper that takes the place of PyTorch's class where that drifts away: RMSprop of Keras 3 or
 * with momentum, and momentum of SGD under weight decay or a changing rate, of which a decay of at
 * most 1e-5 makes no difference.
 */
function exactClass(rewriter: Rewriter, given: Given): string | undefined {
  const { entry, own } = given;
  if (!entry.exact) return undefined;
  const has = (name: string) => own?.has(name) === true && !isOff(own, name);
  if (entry.torch) {
    const changes = given.schedule || given.isSet || (given.decay && !(Number(given.decay) <= 1e-5));
    const drifts =
      entry.name === "SGD"
        ? has("momentum") && (changes || has("weight_decay"))
        : given.modern || has("momentum") || has("centered");
    if (!drifts) return undefined;
  }
  const passes = parts(given, true).map(([keyword]) => keyword);
  return rewriter.helper(entry.exact, passes);
}

/** Whether an argument is known to be 0, False or None. */
function isOff(own: Arguments, name: string): boolean {
  const value = own.value(name);
  return (
    value.kind === "none" ||
    (value.kind === "num" && value.value === 0) ||
    (value.kind === "bool" && !value.value)
  );
}

function classOf({ entry, own }: Given, helper: string | undefined): string {
  const decays = own?.has("weight_decay") === true && !isOff(own, "weight_decay");
  return helper ?? `torch.optim.${entry.torch}${entry.decays === "class" && decays ? "W" : ""}`;
}

function keywordsOf(given: Given, helper: string | undefined): string[] {
  return parts(given, helper !== undefined).map(([keyword, text]) => `${keyword}=${text}`);
}

/** The keyword arguments that differ from what the class takes by itself. */
function parts(given: Given, exact: boolean): (readonly [string, string])[] {
  const { entry, own, modern } = given;
  const found: (readonly [string, string])[] = [];
  for (const { keras, torch, torchDefault } of entry.keywords) {
    const text =
      keras === "betas"
        ? betas(given)
        : keras === "learning_rate" && given.schedule
          ? given.schedule.rate
          : textOf(given, keras);
    if (text === undefined) continue;
    const isDefault =
      torchDefault !== undefined && (text === torchDefault || Number(text) === Number(torchDefault));
    const noMomentum = keras === "nesterov" && (!own?.has("momentum") || isOff(own, "momentum"));
    // The exact classes keep Keras's name for it.
    const keyword = exact && torch === "alpha" ? keras : torch;
    if (!isDefault && !noMomentum) found.push([keyword, text]);
  }
  if (entry.name === "Nadam") {
    const decay = modern ? "1.0" : own?.text("schedule_decay");
    if (decay !== undefined) found.push(["momentum_decay", decay]);
  }
  if (entry.decays && own?.has("weight_decay") && !isOff(own, "weight_decay")) {
    found.push(["weight_decay", own.required("weight_decay")]);
    if (entry.decays === "decoupled") found.push(["decoupled_weight_decay", "True"]);
  }
  return found;
}

/** The argument as written, else Keras's default. */
function textOf({ own, entry, version, former }: Given, name: string): string | undefined {
  if (own?.has(name) && !own.isNone(name)) return own.required(name);
  const before = former?.get(name);
  if (before !== undefined) return before;
  const signature = (version === "keras3" && entry.signatures.keras3) || entry.signatures.keras2 || "";
  const declared = signature.split(", ").find((part) => part.startsWith(`${name}=`));
  const fallback = declared?.slice(name.length + 1);
  return fallback === "0." ? "0.0" : fallback;
}

function betas(given: Given): string | undefined {
  if (!given.own?.has("beta_1") && !given.own?.has("beta_2")) return undefined;
  return `(${textOf(given, "beta_1")}, ${textOf(given, "beta_2")})`;
}
