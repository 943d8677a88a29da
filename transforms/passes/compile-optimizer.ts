/** The optimizer of a `compile`: PyTorch's class over the model's parameters, at the place of `compile`. */
import type { Call, Stmt } from "../../grammars/nodes.ts";
import type { BoundArgs } from "../../src/analysis/constructs.ts";
import type { ModelUse } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { type Arguments, joinArguments, Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import { EXPERIMENTAL, optimizerNamed, SQUARES_NOTE } from "../optimizers.ts";
import { type ModelPlan, modulesIn, someModule } from "../plan.ts";
import { formerDefaults } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { choicesOf, selector } from "./choices.ts";
import { readDecay, readSchedule, schedulerLines } from "./compile-rate.ts";
import { nameOf } from "./compile-values.ts";
import { moveToCompile, requireFresh, sharesSteps } from "./moved.ts";
import {
  byCall,
  heldClass,
  type Maker,
  madeBy,
  type OptimizerCode,
  severalBy,
  unreached,
} from "./optimizer-classes.ts";
import { classOf, exactClass, type Given, keywordsOf, parts } from "./optimizer-code.ts";
import { emitFactory, factoriesIn, neighboursOf } from "./optimizer-factories.ts";
import { rateChanges, usesRates } from "./rates.ts";
import { noteDefaults } from "./releases.ts";
import { trainedPart } from "./trained-parts.ts";

const RULE = "compile";

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
    const makers = byCall(factories).map((group) => emitOptimizers(rewriter, args, plan, use, group));
    const [maker] = factories.every(({ node }) => node === expr) ? makers : [];
    const made = rewriter.source(expr);
    return calledWith(target, maker ?? { callee: made, keywords: [] }, part);
  }
  const names = choicesOf(args.value("optimizer"));
  // Its text stays where it is: it says which it is there.
  const chosen =
    names &&
    (expr?.type === "Name" || expr?.type === "Subscript" ? rewriter.source(expr) : selector(rewriter, expr));
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

const WIDTH = 110;

/** What makes an optimizer is called with the parameters; the entries of a long mapping get a line each. */
function calledWith(target: string, { callee, keywords, lines }: Maker, part: string): string[] {
  const given = `(${[`${part}.parameters()`, ...keywords].join(", ")})`;
  const line = `${target} = ${callee}${given}`;
  if (!lines || line.length <= WIDTH) return [line];
  return [`${target} = ${lines[0]}`, ...lines.slice(1, -1), `${lines.at(-1)}${given}`];
}

/** Optimizers among several, which one call makes: what they are made with has to fit into one expression. */
function emitOptimizers(
  rewriter: Rewriter,
  args: Arguments,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  group: readonly KerasObject[],
): Maker {
  const [first] = group as [KerasObject];
  const others = heldClass(rewriter, first.node) ? unreached(rewriter, group) : [];
  const codes = [...group, ...others].map((one) => codeOf(rewriter, args, plan, use, one));
  const maker = severalBy(rewriter, codes);
  emitFactory(rewriter, first.node, madeBy(rewriter, maker.callee, maker.keywords));
  for (const one of neighboursOf(rewriter, first))
    if (!rewriter.factories.has(one.node)) emitOptimizers(rewriter, args, plan, use, [one]);
  return maker;
}

/** The class of an optimizer and what it is made with, where it stays where it is made. */
function codeOf(
  rewriter: Rewriter,
  args: Arguments,
  plan: ModelPlan,
  use: ModelUse & { call: Call },
  object: KerasObject,
): OptimizerCode {
  const given = readOptimizer(rewriter, args, plan, use, object, true);
  const { own } = given;
  if (!own) throw new Unsupported(object.node, "what optimizer this is, is not known here");
  const shares = sharesSteps(rewriter, object);
  const all = parts(given, true);
  const helper = shares
    ? rewriter.helper("SharedAdam", ["steps", ...all.map(({ keyword }) => keyword)])
    : exactClass(rewriter, given);
  if (!shares && given.entry.note) rewriter.note(given.at, "optimizer", given.entry.note);
  const keywords = parts(given, helper !== undefined).map(({ keyword, text, isGiven }) => ({
    text: `${keyword}=${text}`,
    isGiven,
  }));
  const callee = classOf(given, helper);
  const code = {
    object,
    callee,
    keywords: shares ? [{ text: "steps=[0]", isGiven: false }, ...keywords] : keywords,
  };
  const tuned = tunedWith(rewriter, given);
  own.finish(given.entry.name, DROPS);
  if (tuned.length === 0) return code;
  const make = madeBy(
    rewriter,
    callee,
    code.keywords.map(({ text }) => text),
  );
  return {
    object,
    callee: rewriter.helper("tuned", ["make", ...tuned.map(([name]) => name)]),
    keywords: [["make", make] as const, ...tuned].map(([name, text]) => ({
      text: `${name}=${text}`,
      isGiven: false,
    })),
  };
}

/** What else an optimizer gets that stays where it is made: a rate that falls, gradients that are clipped. */
function tunedWith(rewriter: Rewriter, given: Given): (readonly [string, string])[] {
  const { own, schedule, decay } = given;
  const found: (readonly [string, string])[] = [];
  const clips = CLIPS.filter(([name]) => own?.isGiven(name));
  const [clip] = clips;
  const isPlain =
    typeof (schedule?.factor ?? "") === "string" && !given.moved.some((one) => one !== undefined);
  if (decay !== undefined && (given.isSet || usesRates(rewriter)))
    throw new Unsupported(
      own?.argument("decay") ?? given.at,
      "one of several optimizers, with a rate that falls and is read or set, is not supported yet",
    );
  if (clips.length > 1 || !isPlain)
    throw new Unsupported(
      own?.node ?? given.at,
      "one of several optimizers, with a schedule that has a name or gradients that are clipped twice, is not supported yet",
    );
  const factor = schedule?.factor ?? (decay === undefined ? undefined : decayFactor(decay));
  if (schedule?.imports) rewriter.imports.add(schedule.imports);
  if (typeof factor === "string")
    found.push([
      "factor",
      schedule?.function ??
        `lambda step${schedule?.binds === undefined ? "" : `, ${schedule.binds}`}: ${factor}`,
    ]);
  if (clip && own)
    found.push(["clip", rewriter.helper(clip[1], ["limit"])], ["limit", own.required(clip[0])]);
  return found;
}

function decayFactor(decay: string): string {
  return `1 / (1 + ${decay} * step)`;
}

function linesOf(rewriter: Rewriter, given: Given, model: string, target: string): string[] {
  const { entry, own, at, schedule, decay } = given;
  const helper = exactClass(rewriter, given);
  const lines = [
    `${target} = ${classOf(given, helper)}(${[`${model}.parameters()`, ...keywordsOf(given, helper)].join(", ")})`,
  ];
  // A rate that somebody reads or sets is the one before its decay.
  const hooks = decay !== undefined && (given.isSet || usesRates(rewriter));
  if (hooks) lines.push(`${rewriter.helper("decay_rate", ["decay"])}(${target}, ${decay})`);
  const factor = schedule?.factor ?? (decay === undefined || hooks ? undefined : decayFactor(decay));
  if (factor !== undefined) lines.push(...schedulerLines(rewriter, target, { ...schedule, factor }));
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
  const own = value.kind === "object" ? args.of(argumentsOf(rewriter, value), value.node) : undefined;
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
  const schedule = readSchedule(rewriter, own, args, use, moved, isFactory);
  const decay = readDecay(rewriter, own, modern);
  const isSet = rateChanges(rewriter, plan);
  if (schedule && isSet) {
    throw new Unsupported(
      own?.argument("learning_rate") ?? at,
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

/** What an optimizer is made with, all the times that its call is reached. */
function argumentsOf({ program }: Rewriter, { node, construct, args }: KerasObject): BoundArgs {
  const all = (program.calls.get(node) ?? []).flatMap(({ value }) =>
    alternatives(value).filter(
      (one): one is KerasObject => one.kind === "object" && one.construct.path === construct.path,
    ),
  );
  return all.length > 0 ? joinArguments(all.map((one) => one.args)) : args;
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
