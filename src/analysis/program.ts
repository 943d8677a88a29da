/** The result of the analysis: what the passes read. */
import type { Call, Expr, Module } from "../../grammars/nodes.ts";
import type { KerasRelease, KerasVersion, Registry } from "./constructs.ts";
import type { Files } from "./files.ts";
import { type CallFact, Machine } from "./machine.ts";
import type { Model, ModelUse, TensorType } from "./model.ts";
import { addedInPlace, flatType, isSequenceLayer, retype, shapeType } from "./models.ts";
import { executeBlock } from "./statements.ts";
import * as symbolic from "./symbolic.ts";
import { followUncalled } from "./uncalled.ts";
import { type Num, same, UNKNOWN, type Value } from "./values.ts";

export interface Program {
  readonly text: string;
  readonly module: Module;
  readonly version: KerasVersion;
  readonly registry: Registry;
  readonly machine: Machine;
  readonly models: readonly Model[];
  /** Modules beside the script, by the first name of their path, that use Keras: they may make models. */
  readonly siblings: ReadonlySet<string>;
  readonly calls: ReadonlyMap<Call, readonly CallFact[]>;
  valueOf(node: Expr): Value | undefined;
}

/** Interprets the script from its first statement to its last, then every function that nothing called. */
export function analyze(
  text: string,
  module: Module,
  registry: Registry,
  version: KerasVersion,
  release?: KerasRelease,
  siblings: ReadonlySet<string> = new Set(),
): Program {
  const read = (channelsFirst: boolean, later?: Files) =>
    interpret(new Machine(text, module, registry, version, release, channelsFirst, later));
  // What it reads before it saves it, a run before has saved: only then is all of it known.
  const run = (channelsFirst: boolean) => {
    const first = read(channelsFirst);
    return first.files.missed && first.files.size > 0 ? read(channelsFirst, first.files) : first;
  };
  let machine = run(false);
  // Keras 1 kept its setting in a file: it said channels-first where only that makes shapes possible.
  if (version === "keras1" && !machine.setsFormat && leavesNothing(machine)) {
    const other = run(true);
    if (!leavesNothing(other)) machine = other;
  }
  return {
    text,
    module,
    version,
    registry,
    machine,
    models: machine.models,
    siblings,
    calls: machine.calls,
    valueOf: (node) => machine.values.get(node),
  };
}

function interpret(machine: Machine): Machine {
  executeBlock(machine, machine.module.body);
  followUncalled(machine);
  for (const model of machine.models)
    if (!model.input && !model.part && !model.graph && model.layers.length > 0) inferInput(machine, model);
  return machine;
}

/** Whether some layer is left without a cell of what it gets. */
function leavesNothing(machine: Machine): boolean {
  return machine.models.some((model) =>
    model.layers.some((use) => use.output?.shape.some((dim) => dim?.value !== undefined && dim.value <= 0)),
  );
}

const FED = new Set(
  "fit fit_generator train_on_batch evaluate evaluate_generator predict predict_generator __call__ call".split(
    " ",
  ),
);

/** A model that declares no input takes it from the first data that it sees. */
function inferInput(m: Machine, model: Model): void {
  const built = model.uses.find((one) => one.name === "build")?.args?.given.get("input_shape");
  const declared = built && shapeType(m, built.value, built.expr, "float", 1);
  if (declared) {
    retype(m, model, declared);
    return;
  }
  const use = model.uses.find((one) => FED.has(one.name));
  const x = use?.args?.given.get("x");
  if (!use || !x) return;
  const batch = inputsOf(x.value);
  const rank = rankOf(model, batch);
  const hasShape =
    x.value.kind === "unknown" || (x.value.kind === "array" && x.value.container === "ndarray");
  if (rank === undefined && hasShape && flattensFirst(model)) {
    const data = x.expr && useOfData(m, x.expr, use);
    if (data) retype(m, model, flatType(`${data.name}.shape[1:]`, [data], "float"));
    return;
  }
  if (rank === undefined || rank < 2) return;
  const known = batch.kind === "array" ? batch.shape : undefined;
  if (x.value.kind === "batches" && known?.slice(1).some((dim) => dim === undefined)) return;
  const shape = Array.from(
    { length: rank - 1 },
    (_, i) => known?.[i + 1] ?? sizeOfData(m, x.expr, i + 1, use),
  );
  const input: TensorType = { shape, dtype: "float" };
  retype(m, model, input);
  // What a loop or conditional adds may be left out: then the next layer gets something else.
  const loose = model.layers.filter((one) => !addedInPlace(model, one));
  if (loose.some((one) => !sameType(one.input, one.output))) forget(model);
}

/** The inputs in what a model is fed: batches have them beside the targets. */
function inputsOf(data: Value): Value {
  if (data.kind !== "batches") return data;
  const one = data.seen ?? data.element;
  return one.kind === "tuple" && !one.open ? (one.elements[0] ?? UNKNOWN) : one;
}

/**
 * Axes of the data: as many as the first layer takes, where nothing else tells. A Dense that gets its
 * size from the second axis of other data fails when it is called.
 */
function rankOf(model: Model, data: Value): number | undefined {
  if (data.kind === "array" && data.shape) return data.shape.length;
  if (data.kind !== "array" && data.kind !== "unknown") return undefined;
  const first = model.layers.find(
    ({ layer }) => layer?.kind !== "object" || !layer.construct.keepsShape,
  )?.layer;
  if (first?.kind !== "object") return undefined;
  const { path, rank, usualRank } = first.construct;
  const own = rank ?? usualRank ?? (isSequenceLayer(path) ? 2 : undefined);
  return own === undefined ? undefined : own + 1;
}

function sameType(a: TensorType | undefined, b: TensorType | undefined): boolean {
  if (!a || !b || a.shape.length !== b.shape.length) return false;
  return a.shape.every((dim, i) => {
    const other = b.shape[i];
    return dim === other || (dim !== undefined && other !== undefined && same(dim, other));
  });
}

/** Takes back what was taken for the model's input. */
function forget(model: Model): void {
  model.input = undefined;
  model.current = undefined;
  for (const use of model.layers) {
    use.input = undefined;
    use.output = undefined;
  }
}

function flattensFirst(model: Model): boolean {
  const first = model.layers[0]?.layer;
  return first?.kind === "object" && first.construct.flattens === true;
}

/** The size of an axis of the data, by their name. */
function sizeOfData(m: Machine, data: Expr | undefined, axis: number, use: ModelUse): Num | undefined {
  const read = data && useOfData(m, data, use);
  const sym = read && symbolic.atom(`${read.name}.shape[${axis}]`, [read]);
  return sym && { kind: "num", value: undefined, isFloat: false, sym };
}

function useOfData(m: Machine, data: Expr, use: ModelUse): symbolic.NameUse | undefined {
  if (data.type !== "Name") return undefined;
  const scope = (use.scope ?? m.scope).find(data.id);
  const boundAt = scope?.lastBinding(data.id, use.time);
  return scope && boundAt !== undefined ? { scope, name: data.id, boundAt } : undefined;
}
