/** Optimizers that are made of their names and configurations: `optimizers.get("adam")`, `SGD.from_config({...})`. */
import type { BoundArg, CallContext, Construct } from "../src/analysis/constructs.ts";
import { overAlternatives } from "../src/analysis/expressions.ts";
import { bindGiven, type Given, partsOf } from "../src/analysis/signature.ts";
import { alternatives, join, UNKNOWN, type Value } from "../src/analysis/values.ts";
import { optimizerNamed } from "./optimizers.ts";

const PREFIX = "keras.optimizers.";

/** The construct of an optimizer by its name, in any spelling. */
function constructOf({ machine }: CallContext, name: string): Construct | undefined {
  const entry = optimizerNamed(name);
  return entry && !name.includes(".") ? machine.registry.find(PREFIX + entry.name) : undefined;
}

/** An optimizer with what a configuration gives; unknown where some of it is not known, or a schedule. */
function made(context: CallContext, construct: Construct | undefined, config: BoundArg | undefined): Value {
  const { machine, call } = context;
  const [at] = call.args;
  const parts = config ? partsOf(config) : new Map<string, BoundArg>();
  if (!construct || !parts || !at) return UNKNOWN;
  const given: Given[] = [...parts].map(([name, bound]) => ({ name, bound: { ...bound, node: at }, at }));
  if (given.some(({ bound }) => bound.value.kind === "dict")) return UNKNOWN;
  return { kind: "object", construct, args: bindGiven(construct, given, machine.version), node: call };
}

/** What `get` and `deserialize` take: a name, a configuration with a name, or an optimizer as it is. */
const identified: NonNullable<Construct["result"]> = (context) => {
  const given = context.args.given.get("identifier");
  if (!given) return UNKNOWN;
  // Names that Keras knows nothing of never get here: it raises an error.
  const all = alternatives(given.value);
  const named = all.filter((one) => one.kind !== "str" || optimizerNamed(one.value) !== undefined);
  return overAlternatives(named.length > 0 ? named.reduce(join) : given.value, (one) => {
    if (one.kind === "str") return made(context, constructOf(context, one.value), undefined);
    if (one.kind !== "dict") return one;
    const parts = partsOf({ ...given, value: one });
    const name = parts?.get("class_name")?.value;
    return name?.kind === "str"
      ? made(context, constructOf(context, name.value), parts?.get("config"))
      : UNKNOWN;
  });
};

const ofConfig: NonNullable<Construct["result"]> = (context) => {
  const path = context.machine.registry.canonical(ownerOf(context));
  return made(context, context.machine.registry.find(path), context.args.given.get("config"));
};

function ownerOf({ machine, call }: CallContext): string {
  const owner = call.func.type === "Attribute" ? machine.values.get(call.func.value) : undefined;
  return owner?.kind === "ref" ? owner.path : "";
}

const GIVES = { kind: "function", result: identified } as const;

export const madeOptimizers: readonly Construct[] = [
  { path: `${PREFIX}get`, signatures: { keras2: "identifier, **" }, ...GIVES },
  {
    path: `${PREFIX}deserialize`,
    signatures: { keras2: "config:identifier, custom_objects=None, **" },
    ...GIVES,
  },
];

/** `Adam.from_config`, by its path. */
export function fromConfig(path: string): Construct | undefined {
  const [owner, method, ...rest] = path.slice(PREFIX.length).split(".");
  if (!path.startsWith(PREFIX) || method !== "from_config" || rest.length > 0) return undefined;
  if (!owner || !optimizerNamed(owner)) return undefined;
  return { path, kind: "function", signatures: { keras2: "config, custom_objects=None" }, result: ofConfig };
}
