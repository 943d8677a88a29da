/** The result of the analysis: what the passes read. */
import type { Call, Expr, Module } from "../../grammars/nodes.ts";
import { followUncalled } from "./calls.ts";
import type { KerasRelease, KerasVersion, Registry } from "./constructs.ts";
import { type CallFact, Machine } from "./machine.ts";
import type { Model, ModelUse, TensorType } from "./model.ts";
import { addedInPlace, retype } from "./models.ts";
import { executeBlock } from "./statements.ts";
import * as symbolic from "./symbolic.ts";
import type { Num, Value } from "./values.ts";

export interface Program {
  readonly text: string;
  readonly module: Module;
  readonly version: KerasVersion;
  readonly registry: Registry;
  readonly machine: Machine;
  readonly models: readonly Model[];
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
): Program {
  const run = (channelsFirst: boolean) =>
    interpret(new Machine(text, module, registry, version, release, channelsFirst));
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
    calls: machine.calls,
    valueOf: (node) => machine.values.get(node),
  };
}

function interpret(machine: Machine): Machine {
  executeBlock(machine, machine.module.body);
  followUncalled(machine);
  for (const model of machine.models) {
    const inPlace = model.layers.every((use) => addedInPlace(model, use));
    if (!model.input && model.layers.length > 0 && inPlace) inferInput(machine, model);
  }
  return machine;
}

/** Whether some layer is left without a cell of what it gets. */
function leavesNothing(machine: Machine): boolean {
  return machine.models.some((model) =>
    model.layers.some((use) => use.output?.shape.some((dim) => dim?.value !== undefined && dim.value <= 0)),
  );
}

const FED = new Set(["fit", "train_on_batch", "evaluate", "predict", "__call__", "call"]);

/** A model that declares no input takes it from the first data that it sees. */
function inferInput(m: Machine, model: Model): void {
  const use = model.uses.find((one) => FED.has(one.name));
  const x = use?.args?.given.get("x");
  if (x?.value.kind !== "array" || !x.value.shape || x.value.shape.length < 2) return;
  const shape = x.value.shape.slice(1).map((dim, i) => dim ?? (x.expr && sizeOfData(m, x.expr, i + 1, use)));
  retype(m, model, { shape, dtype: "float" } satisfies TensorType);
}

function sizeOfData(m: Machine, data: Expr, axis: number, use: ModelUse | undefined): Num | undefined {
  if (data.type !== "Name" || !use) return undefined;
  const scope = m.scope.find(data.id);
  const boundAt = scope?.lastBinding(data.id, use.time);
  if (!scope || boundAt === undefined) return undefined;
  const sym = symbolic.atom(`${data.id}.shape[${axis}]`, [{ scope, name: data.id, boundAt }]);
  return { kind: "num", value: undefined, isFloat: false, sym };
}
