/** Metrics that a script holds by name and updates itself become small classes with the same methods. */
import type { Attribute, Call, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { CallFact } from "../../src/analysis/machine.ts";
import { alternatives, type KerasObject, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { LossEntry } from "../loss.ts";
import { lossNamed } from "../losses.ts";
import type { MetricContext, MetricForm } from "../metric.ts";
import { metricNamed } from "../metrics.ts";
import type { Rewriter } from "../rewriter.ts";
import { isInOwnMetric, OF_VALUES, OVER_ELEMENTS } from "../standing-metrics.ts";
import { typeOf } from "../tensors/operands.ts";
import { metricCode } from "./compile-metrics.ts";
import { joined } from "./functions.ts";
import { logName } from "./metric-names.ts";

const RULE = "function";
const METHODS: ReadonlySet<string> = new Set(["update_state", "result", "reset_state", "reset_states"]);

/** What is done with one. */
interface Use {
  /** Whether the name of some metric is read. */
  readonly named: boolean;
  readonly weighted: boolean;
  /** The size of the last axis of the outputs that it is given. */
  readonly units: number | undefined;
}

/** Writes classes where metrics are made that the script calls methods of. */
export function rewriteStandingMetrics(rewriter: Rewriter): void {
  if (rewriter.left.size > 0) return;
  const updated = new Set<Node>();
  const weighted = new Set<Node>();
  const units = new Map<Node, number | undefined>();
  for (const { receiver, args } of [...rewriter.program.calls.values()].flat())
    if (receiver && isMetric(receiver)) {
      updated.add(receiver.node);
      if (args.given.has("sample_weight")) weighted.add(receiver.node);
      const outputs = args.given.get("y_pred")?.value;
      const last = outputs && typeOf(outputs).shape?.at(-1)?.value;
      const same = !units.has(receiver.node) || units.get(receiver.node) === last;
      if (outputs) units.set(receiver.node, same ? last : undefined);
    }
  if (updated.size === 0) return;
  const named = attributes(rewriter, updated);
  if (named) rewriter.switches.set("STANDING_NAMES", true);
  const compiled = compiledMetrics(rewriter);
  for (const [call, facts] of rewriter.program.calls) {
    const [fact] = facts as [CallFact];
    if (fact.construct.kind !== "metric" || !updated.has(call) || isInOwnMetric(rewriter, call)) continue;
    rewriter.attempt(RULE, () => {
      if (compiled.has(call))
        throw new Unsupported(
          call,
          "a metric that `compile` is given is updated here too: not supported yet",
        );
      write(rewriter, call, facts, { named, weighted: weighted.has(call), units: units.get(call) });
    });
  }
}

function isMetric(value: Value): value is KerasObject {
  return value.kind === "object" && value.construct.kind === "metric";
}

/** Metrics that the script gives to `compile`. */
function compiledMetrics(rewriter: Rewriter): ReadonlySet<Node> {
  const found = new Set<Node>();
  const add = (value: Value | undefined): void => {
    for (const one of value ? alternatives(value) : []) {
      if (isMetric(one)) found.add(one.node);
      if (one.kind === "list" || one.kind === "tuple") one.elements.forEach(add);
      if (one.kind === "dict") for (const inner of one.entries.values()) add(inner);
    }
  };
  for (const model of rewriter.program.models)
    for (const { name, args } of model.uses)
      if (name === "compile")
        for (const key of ["metrics", "weighted_metrics"]) add(args?.given.get(key)?.value);
  return found;
}

/** Reports what is read of such metrics besides their methods; whether a name is. */
function attributes(rewriter: Rewriter, updated: ReadonlySet<Node>): boolean {
  let named = false;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Attribute")
      rewriter.attempt(RULE, () => {
        if (isName(rewriter, node, updated)) named = true;
      });
    return true;
  });
  return named;
}

function isName(rewriter: Rewriter, node: Attribute, updated: ReadonlySet<Node>): boolean {
  if (isInOwnMetric(rewriter, node)) return false;
  const owner = rewriter.program.valueOf(node.value);
  const called = node.parent?.type === "Call" && node.parent.func === node;
  // Elements of what is not followed may be such metrics.
  if (node.attr === "reset_states" && called && owner?.kind === "unknown" && !owner.library)
    throw new Unsupported(node, "what this resets is not known here: it may be a metric");
  const metrics = (owner ? alternatives(owner) : []).filter((one) => isMetric(one) && updated.has(one.node));
  if (metrics.length === 0) return false;
  if (node.attr !== "name" && !(METHODS.has(node.attr) && called))
    throw new Unsupported(node, `\`${node.attr}\` of a metric is not supported yet`);
  return node.attr === "name";
}

function write(
  rewriter: Rewriter,
  call: Call,
  facts: readonly CallFact[],
  { named, weighted, units }: Use,
): void {
  const [fact] = facts as [CallFact];
  const args = joined(rewriter, facts);
  const path = fact.construct.path;
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (rewriter.program.version === "keras3") rewriter.switches.set("STANDING_SAMPLES", true);
  const { kind, code, keywords } = OF_VALUES.has(name)
    ? { kind: name, code: undefined, keywords: [] }
    : standing(rewriter, args, name, units);
  if (weighted && (kind === "EpochMetric" || kind === "Sum" || code?.includes(".expand(")))
    throw new Unsupported(call, "weights of samples in this metric are not supported yet");
  const given = [...(code === undefined ? [] : [code]), ...keywords.map((one) => `${one}=True`)];
  if (named) given.push(`name=${label(rewriter, fact, name, args)}`);
  args.finish(name, new Set(["name", "dtype"]));
  const passed = [...keywords, ...(named ? ["name"] : [])];
  const callee = rewriter.helper(kind, passed);
  // The base of others is made by its own arguments.
  rewriter.edits.absorb(rewriter.text, call.start, call.end);
  rewriter.edits.replace(call.start, call.end, `${callee}(${given.join(", ")})`, RULE);
}

function label(rewriter: Rewriter, { value }: CallFact, name: string, args: Arguments): string {
  const text = args.isGiven("name") ? args.text("name") : undefined;
  if (text !== undefined) return text;
  if (OF_VALUES.has(name)) return JSON.stringify(name.toLowerCase());
  return JSON.stringify(logName(rewriter, value, name, metricNamed(name), args.node));
}

interface Standing {
  readonly kind: string;
  readonly code: string;
  readonly keywords: readonly string[];
}

/** A class over what computes the metric of outputs and targets. */
function standing(rewriter: Rewriter, args: Arguments, name: string, units: number | undefined): Standing {
  const entry = metricNamed(name);
  for (const loss of [lossNamed("mse"), lossNamed("sparse_categorical_crossentropy")]) {
    if (!loss) continue;
    const options = args;
    const context: MetricContext = {
      at: args.node,
      loss,
      options,
      units,
      dropped: undefined,
      rank: 1,
      classesSecond: false,
    };
    const form = entry?.form(context);
    if (form) return ofForm(rewriter, form, name, loss);
  }
  const loss = lossNamed(name);
  if (loss) return ofLoss(rewriter, args, loss, units);
  throw new Unsupported(args.node, `the metric '${name}' by itself is not supported yet`);
}

function ofForm(rewriter: Rewriter, form: MetricForm, name: string, loss: LossEntry): Standing {
  const helper = rewriter.helper(form.helper, Object.keys(form.keywords ?? {}));
  const through = form.through && rewriter.helper(form.through.helper);
  const code = metricCode(form, "", { rank: 1, classesSecond: false, loss })
    .replace("{}", helper)
    .replace("{through}", through ?? "");
  const several = form.several === true || form.each !== undefined;
  if (form.epoch) return { kind: "EpochMetric", code, keywords: several ? ["several"] : [] };
  const classes = loss.targets === "index" ? ["classes"] : [];
  return { kind: "MeanMetric", code, keywords: OVER_ELEMENTS.has(name) ? ["elements"] : classes };
}

/** A loss as a metric: Keras takes numbers for probabilities, unless it is told that they are logits. */
function ofLoss(rewriter: Rewriter, args: Arguments, loss: LossEntry, units: number | undefined): Standing {
  const logits = args.has("from_logits") && args.flag("from_logits");
  const form = loss.form({
    at: args.node,
    version: rewriter.program.version,
    options: args,
    logits,
    last: "other",
    rank: 1,
    units,
    classesSecond: false,
    loose: false,
  });
  if (form.partial) throw new Unsupported(args.node, "a metric that leaves out a class is not supported yet");
  for (const one of form.switches ?? []) rewriter.switches.set(one, true);
  const keywords = Object.entries(form.keywords ?? {});
  const keys = keywords.map(([key]) => key);
  const callee = form.helper ? rewriter.helper(form.helper, keys) : rewriter.use(form.functional ?? "");
  const [outputs, targets] = [
    (form.outputs ?? "{}").replace("{}", "outputs"),
    (form.targets ?? "{}").replace("{}", "targets"),
  ];
  const given = [outputs, targets, ...keywords.map(([key, text]) => `${key}=${text}`)];
  const each = loss.classes ? "" : ".mean(1)";
  const code = form.helper
    ? `lambda outputs, targets: ${callee}(${given.join(", ")}).expand(len(outputs))`
    : `lambda outputs, targets: ${callee}(${[...given, 'reduction="none"'].join(", ")})${each}`;
  return { kind: "MeanMetric", code, keywords: loss.targets === "index" ? ["classes"] : [] };
}
