/** Keras's wrappers for scikit-learn: estimators that build a model by a function and train it. */
import type { Call, Node } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import { callFunction } from "../src/analysis/calls.ts";
import type { CallContext, Construct } from "../src/analysis/constructs.ts";
import { evaluate } from "../src/analysis/expressions.ts";
import { alternatives, external, UNKNOWN, type Value } from "../src/analysis/values.ts";

/** The classes, and the helpers that take their place. */
export const ESTIMATORS: Readonly<Record<string, string>> = {
  "keras.wrappers.scikit_learn.KerasClassifier": "Classifier",
  "keras.wrappers.scikit_learn.KerasRegressor": "Regressor",
};

/** The names under which a script may set an option later: keys of dicts, as of the grid of a search. */
export function laterOptions(module: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const note = (node: Node | null) => {
    // A step of a pipeline stands before the option: `mlp__epochs`.
    if (node?.type === "String") names.add(node.value.split("__").at(-1) as string);
  };
  walk(module, (node) => {
    if (node.type === "Dict") for (const item of node.items) note(item.key);
    if (node.type === "Subscript") note(node.index);
    if (node.type !== "Call") return;
    const callee =
      node.func.type === "Name" ? node.func.id : node.func.type === "Attribute" ? node.func.attr : "";
    if (callee !== "dict" && callee !== "set_params") return;
    for (const { name } of node.args) if (name) names.add(name.split("__").at(-1) as string);
  });
  return names;
}

/** The builder runs with the options that are given; those that may be set later are not known. */
function build({ machine, call, args }: CallContext): Value {
  const builder = args.given.get("build_fn")?.value;
  if (builder?.kind !== "function") return UNKNOWN;
  const later = laterOptions(machine.module);
  const known = new Map<string, Value>();
  for (const { name, value } of call.args) if (name) known.set(name, evaluate(machine, value));
  for (const { name, default: fallback } of builder.node.params) {
    if (!later.has(name)) continue;
    const value = known.get(name) ?? (fallback ? evaluate(machine, fallback) : UNKNOWN);
    known.set(name, value.kind === "num" ? { ...value, value: undefined, sym: undefined } : UNKNOWN);
  }
  for (const one of alternatives(callFunction(machine, builder, undefined, known))) {
    if (one.kind !== "model") continue;
    const use = { name: "estimator", node: call, call, args, owner: machine.owner, time: machine.tick() };
    one.model.estimators.push(use);
  }
  return external("sklearn");
}

const OPTIONS =
  "epochs=1, batch_size=None, verbose=1, callbacks=None, validation_split=0., shuffle=True, initial_epoch=0";

export const estimatorConstructs: readonly Construct[] = Object.keys(ESTIMATORS).map((path) => ({
  path,
  kind: "function",
  signatures: {
    keras1: `build_fn=None, *, nb_epoch:epochs=1, ${OPTIONS}, **`,
    keras2: `build_fn=None, *, ${OPTIONS}, **`,
  },
  result: build,
}));

/** The options that go to `fit`. */
export const FIT_OPTIONS: readonly string[] = OPTIONS.split(", ").map(
  (option) => option.split("=")[0] as string,
);

/** Options of an estimator's call by name, but for its builder. */
export function optionsOf(call: Call): readonly string[] {
  return call.args.flatMap(({ name }) => (name && name !== "build_fn" ? [name] : []));
}
