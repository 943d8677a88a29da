/** Initializers that a layer asks for, as lines after the model. */
import type { Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import { type InitializerEntry, initializerNamed } from "../initializers.ts";
import type { Rewriter } from "../rewriter.ts";

/** Keras's own choices, which `init_weights` makes already. */
const DEFAULTS: Record<string, string> = {
  kernel_initializer: "glorotuniform",
  pointwise_initializer: "glorotuniform",
  depthwise_initializer: "glorotuniform",
  bias_initializer: "zeros",
  recurrent_initializer: "orthogonal",
  embeddings_initializer: "uniform",
  beta_initializer: "zeros",
  gamma_initializer: "ones",
  alpha_initializer: "zeros",
};

/** Lines over `{}`, the module; none where the default stands. */
export function bindInitializer(
  rewriter: Rewriter,
  args: Arguments,
  name: string,
  parameter: string,
): readonly string[] {
  const value = args.value(name);
  if (value.kind === "none") return [];
  const at = args.argument(name) ?? args.node;
  const found = named(rewriter, value);
  if (!found) throw new Unsupported(at, "this initializer is not known here");
  const { entry, argument, plain } = found;
  if (plain && entry.names.includes(DEFAULTS[name] ?? "")) return [];
  const line = entry.line(`{}.${parameter}`, argument, args.version);
  if (line === undefined) throw new Unsupported(at, "this initializer is not supported yet");
  if (line.startsWith("truncated_normal_")) rewriter.helper("truncated_normal_");
  return [rewriter.use(line)];
}

function named(
  rewriter: Rewriter,
  value: Value,
): { entry: InitializerEntry; argument: (name: string) => string; plain: boolean } | undefined {
  if (value.kind === "str") {
    const entry = initializerNamed(value.value);
    return entry && { entry, argument: (name) => defaultOf(entry, name), plain: true };
  }
  if (value.kind === "ref") {
    const path = rewriter.program.registry.canonical(value.path);
    const entry = path.startsWith("keras.initializers.")
      ? initializerNamed(path.slice("keras.initializers.".length))
      : undefined;
    return entry && { entry, argument: (name) => defaultOf(entry, name), plain: true };
  }
  if (value.kind === "object" && value.construct.kind === "initializer") {
    const entry = initializerNamed(value.construct.path.slice("keras.initializers.".length));
    if (!entry || value.args.unbound.length > 0) return undefined;
    const written = [...value.args.given.keys()].filter((name) => name !== "seed");
    const argument = (name: string) => {
      const expr = value.args.given.get(name)?.expr;
      return expr ? rewriter.source(expr) : defaultOf(entry, name);
    };
    return { entry, argument, plain: written.length === 0 };
  }
  return undefined;
}

function defaultOf(entry: InitializerEntry, name: string): string {
  const part = entry.signature.split(", ").find((one) => one.startsWith(`${name}=`));
  return part?.slice(name.length + 1) ?? "";
}
