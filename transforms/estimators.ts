/** Keras's wrappers for scikit-learn: estimators that build a model by a function and train it. */
import type { Call, Expr, Node } from "../grammars/nodes.ts";
import { isTarget, walk } from "../grammars/walk.ts";
import { callFunction } from "../src/analysis/calls.ts";
import type { CallContext, Construct } from "../src/analysis/constructs.ts";
import { evaluate } from "../src/analysis/expressions.ts";
import { alternatives, external, join, UNKNOWN, type Value } from "../src/analysis/values.ts";

/** The classes, and the helpers that take their place. */
export const ESTIMATORS: Readonly<Record<string, string>> = {
  "keras.wrappers.scikit_learn.KerasClassifier": "Classifier",
  "keras.wrappers.scikit_learn.KerasRegressor": "Regressor",
};

/**
 * What a script may set an option to later: the values of dicts, as of the grid of a search, by their keys;
 * undefined where the values are not known.
 */
export function laterOptions(module: Node): ReadonlyMap<string, readonly Expr[] | undefined> {
  const options = new Map<string, readonly Expr[] | undefined>();
  const note = (name: string, value: Expr) => {
    // A step of a pipeline stands before the option: `mlp__epochs`.
    const option = name.split("__").at(-1) as string;
    const [before, now] = [options.get(option), listed(module, value)];
    options.set(option, options.has(option) ? before && now && [...before, ...now] : now);
  };
  walk(module, (node) => {
    if (node.type === "Dict")
      for (const { key, value } of node.items) if (key?.type === "String") note(key.value, value);
    if (node.type === "Assign") {
      for (const target of node.targets)
        if (target.type === "Subscript" && target.index.type === "String")
          note(target.index.value, node.value);
    }
    if (node.type !== "Call") return;
    const callee =
      node.func.type === "Name" ? node.func.id : node.func.type === "Attribute" ? node.func.attr : "";
    if (callee !== "dict" && callee !== "set_params") return;
    for (const { name, value } of node.args) if (name) note(name, value);
  });
  return options;
}

/** The elements of a list, also by the one name that it is given at module level. */
function listed(module: Node, value: Expr): readonly Expr[] | undefined {
  if (value.type === "List" || value.type === "Tuple") return value.elements;
  if (value.type !== "Name") return undefined;
  const lists: Expr[] = [];
  walk(module, (node) => {
    if (node.type === "Name" && node.id === value.id && isTarget(node)) {
      const { parent } = node;
      lists.push(parent?.type === "Assign" && parent.targets.includes(node) ? parent.value : node);
    }
  });
  const [only] = lists;
  return lists.length === 1 && (only?.type === "List" || only?.type === "Tuple") ? only.elements : undefined;
}

/** The builder runs with the options that are given; those that may be set later are any of their values. */
function build({ machine, call, args }: CallContext): Value {
  const builder = args.given.get("build_fn")?.value;
  if (builder?.kind !== "function") return UNKNOWN;
  const later = laterOptions(machine.module);
  const known = new Map<string, Value>();
  for (const { name, value } of call.args) if (name) known.set(name, evaluate(machine, value));
  for (const { name, default: fallback } of builder.node.params) {
    if (!later.has(name)) continue;
    const given = known.get(name) ?? (fallback ? evaluate(machine, fallback) : undefined);
    const values = later.get(name)?.map((value) => evaluate(machine, value)) ?? [UNKNOWN];
    const joined = [...values, ...(given ? [given] : [])].reduce(join);
    known.set(name, joined.kind === "num" ? { ...joined, value: undefined, sym: undefined } : joined);
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
