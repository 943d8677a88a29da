/** Initializers that a layer asks for, as lines over its module. */
import type { Node } from "../../grammars/nodes.ts";
import type { Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import {
  type Fans,
  type InitializerEntry,
  initializerNamed,
  type Meaning,
  scalingLine,
} from "../initializers.ts";
import { isFirst } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { choicesOf, selector } from "./choices.ts";

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
  t_left_initializer: "zeros",
  a_left_initializer: "glorotuniform",
  t_right_initializer: "glorotuniform",
  a_right_initializer: "ones",
  moving_mean_initializer: "zeros",
  moving_variance_initializer: "ones",
};

/** Switches of the helper that initializes by name. */
const CHOICES: Record<string, string> = {
  glorotuniform: "GLOROT_UNIFORM",
  heuniform: "HE_UNIFORM",
  lecununiform: "LECUN_UNIFORM",
  glorotnormal: "GLOROT_NORMAL",
  henormal: "HE_NORMAL",
  lecunnormal: "LECUN_NORMAL",
  uniform: "UNIFORM",
  normal: "NORMAL",
  zeros: "ZEROS",
  ones: "ONES",
  orthogonal: "ORTHOGONAL",
};

interface Found {
  readonly entry: InitializerEntry;
  readonly argument: (name: string) => string;
  /** Without arguments that change a number. */
  readonly plain: boolean;
  /** Whether what was read of the arguments holds names that may be those of a function. */
  readonly isLocal?: () => boolean;
}

/**
 * Lines over `{}`, the module; none where the default stands.
 *
 * @param fans how Keras counts the parameter's fans, where PyTorch counts others
 */
export function bindInitializer(
  rewriter: Rewriter,
  args: Arguments,
  name: string,
  parameter: string,
  fans?: Fans,
): readonly string[] {
  const value = args.value(name);
  if (value.kind === "none") return [];
  const at = args.argument(name) ?? args.node;
  const names = choicesOf(value);
  const chosen = names && selector(rewriter, args.expr(name));
  if (names && chosen !== undefined) {
    // Both kernels of a recurrent layer, and tables of embeddings, count their fans in another way.
    if (fans !== undefined) throw new Unsupported(at, "this initializer is not known here");
    for (const one of names) {
      const choice = CHOICES[initializerNamed(one)?.names[0] ?? ""];
      if (!choice || one !== one.toLowerCase())
        throw new Unsupported(at, `the initializer '${one}' is not supported as one of several`);
      rewriter.switches.set(choice, true);
    }
    const line = `${rewriter.helper("initialize")}({}.${parameter}, ${chosen})`;
    rewriter.localLines.add(line);
    rewriter.parameterLines.add(line);
    return [line];
  }
  const found = named(rewriter, args, value);
  if (!found) throw new Unsupported(at, "this initializer is not known here");
  const { entry, argument, plain } = found;
  const first = isFirst(args.version, args.machine.release);
  const meaning = entry.meaning(argument, first ? "keras1" : "keras2");
  const other = first && args.isGiven(name) && entry.names.includes("orthogonal");
  if (plain && !other && entry.names.includes(DEFAULTS[name] ?? "")) return [];
  const p = `{}.${parameter}`;
  const line = lineOf(rewriter, meaning, p, fans, at);
  if (found.isLocal?.()) rewriter.localLines.add(line);
  return [line];
}

function lineOf(rewriter: Rewriter, meaning: Meaning, p: string, fans: Fans | undefined, at: Node): string {
  if ("line" in meaning) {
    if (meaning.needsMatrix && fans !== undefined && fans !== "swapped")
      throw new Unsupported(at, "this initializer is not supported for this parameter");
    return rewriter.use(meaning.line(p));
  }
  const scaling = scalingLine(p, meaning, fans);
  if (!scaling) throw new Unsupported(at, "the sizes that this initializer depends on are not known here");
  const { line, helper } = scaling;
  return helper ? line.replace(helper, rewriter.helper(helper)) : rewriter.use(line);
}

function named(rewriter: Rewriter, args: Arguments, value: Value): Found | undefined {
  const plain = (entry: InitializerEntry | undefined): Found | undefined =>
    entry && { entry, argument: (name) => defaultOf(entry, name), plain: true };
  if (value.kind === "str") return plain(initializerNamed(value.value));
  if (value.kind === "ref") {
    const path = rewriter.program.registry.canonical(value.path);
    return plain(
      path.startsWith("keras.initializers.")
        ? initializerNamed(path.slice("keras.initializers.".length))
        : undefined,
    );
  }
  if (value.kind !== "object" || value.construct.kind !== "initializer") return undefined;
  const entry = initializerNamed(value.construct.path.slice("keras.initializers.".length));
  if (!entry || value.args.unbound.length > 0) return undefined;
  const own = args.of(value.args, value.node);
  const written = [...value.args.given.keys()].filter((name) => name !== "seed" && name !== "dtype");
  let local = false;
  const argument = (name: string) => {
    const given = value.args.given.get(name)?.expr;
    if (!given) return defaultOf(entry, name);
    const known = own.value(name);
    if (known.kind === "str") return known.value;
    if (known.kind === "num" && known.value !== undefined) return own.factor(name) ?? "";
    local = true;
    return rewriter.source(given);
  };
  return { entry, argument, plain: written.length === 0, isLocal: () => local };
}

function defaultOf(entry: InitializerEntry, name: string): string {
  const part = entry.signature.split(", ").find((one) => one.startsWith(`${name}=`));
  return part?.slice(name.length + 1) ?? "";
}
