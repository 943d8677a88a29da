/** Initializers by name: what each means for one parameter, and how PyTorch says it. */
import type { KerasVersion } from "../src/analysis/constructs.ts";
import { call, float } from "./python.ts";

/** Sizes that a parameter's fans are counted from, where they are not those that PyTorch counts. */
export type Fans =
  /** PyTorch's fan_in is Keras's fan_out: the table of an embedding. */
  | "swapped"
  /** Known only as numbers: biases, depthwise kernels. */
  | { readonly in: number | undefined; readonly out: number | undefined };

/** The fans of an array of Keras's by its shape; a vector's length is both. */
export function fansOf(shape: readonly (number | undefined)[]): Exclude<Fans, "swapped"> {
  const product = (dims: readonly (number | undefined)[]) =>
    dims.reduce((all, dim) => (all === undefined || dim === undefined ? undefined : all * dim), 1);
  if (shape.length === 1) return { in: shape[0], out: shape[0] };
  const [before, last] = [shape.at(-2), shape.at(-1)];
  const field = shape.slice(0, -2);
  return { in: product([...field, before]), out: product([...field, last]) };
}

/** A variance that depends on the sizes of the parameter. */
export interface Scaling {
  readonly scale: string;
  readonly mode: string;
  readonly distribution: string;
}

export type Meaning =
  /** A line over `p`. */
  { readonly line: (p: string) => string; readonly needsMatrix?: boolean } | Scaling;

/** An argument as source; undefined where it is not known. */
type Argument = (name: string) => string;

export interface InitializerEntry {
  /** In lower case; classes and functions differ from each other in case and underscores only. */
  readonly names: readonly string[];
  readonly signature: string;
  readonly meaning: (argument: Argument, version: KerasVersion) => Meaning;
}

const seeded = "seed=None";
const unquoted = (text: string) => (/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);
const scaled = (scale: string, mode: string, distribution: string) => (): Meaning => ({
  scale,
  mode,
  distribution,
});
/** Keras 1 does not cut it off. */
const normal = (scale: string, mode: string) => (_: Argument, version: KerasVersion) => ({
  scale,
  mode,
  distribution: version === "keras1" ? "untruncated_normal" : "truncated_normal",
});
const line =
  (text: (p: string, argument: Argument) => string, needsMatrix = false) =>
  (argument: Argument): Meaning => ({ line: (p) => text(p, argument), needsMatrix });

export const INITIALIZERS: readonly InitializerEntry[] = [
  { names: ["glorotuniform"], signature: seeded, meaning: scaled("1.0", "fan_avg", "uniform") },
  { names: ["glorotnormal"], signature: seeded, meaning: normal("1.0", "fan_avg") },
  { names: ["heuniform"], signature: seeded, meaning: scaled("2.0", "fan_in", "uniform") },
  { names: ["henormal"], signature: seeded, meaning: normal("2.0", "fan_in") },
  { names: ["lecununiform"], signature: seeded, meaning: scaled("1.0", "fan_in", "uniform") },
  { names: ["lecunnormal"], signature: seeded, meaning: scaled("1.0", "fan_in", "truncated_normal") },
  {
    names: ["variancescaling"],
    signature: `scale=1.0, mode='fan_in', distribution='truncated_normal', ${seeded}`,
    meaning: (argument) => ({
      scale: argument("scale"),
      mode: unquoted(argument("mode")),
      // The older name is that of the truncated distribution.
      distribution:
        unquoted(argument("distribution")) === "normal"
          ? "truncated_normal"
          : unquoted(argument("distribution")),
    }),
  },
  { names: ["zeros", "zero"], signature: "", meaning: line((p) => `nn.init.zeros_(${p})`) },
  { names: ["ones", "one"], signature: "", meaning: line((p) => `nn.init.ones_(${p})`) },
  {
    names: ["constant"],
    signature: "value=0.0",
    meaning: line((p, argument) => `nn.init.constant_(${p}, ${argument("value")})`),
  },
  {
    names: ["identity", "identityinitializer"],
    signature: "gain=1.0",
    meaning: line((p, argument) => {
      const gain = argument("gain");
      return Number(gain) === 1 ? `nn.init.eye_(${p})` : `nn.init.eye_(${p}).data.mul_(${gain})`;
    }, true),
  },
  {
    names: ["orthogonal", "orthogonalinitializer"],
    signature: `gain=1.0, ${seeded}`,
    meaning: (argument, version) => {
      const gain = version === "keras1" ? "1.1" : argument("gain");
      const line = (p: string) => `nn.init.orthogonal_(${p}${Number(gain) === 1 ? "" : `, gain=${gain}`})`;
      return { line, needsMatrix: true };
    },
  },
  {
    names: ["uniform", "randomuniform"],
    signature: `minval=-0.05, maxval=0.05, ${seeded}, scale:maxval=0.05`,
    meaning: line((p, argument) => `nn.init.uniform_(${p}, ${argument("minval")}, ${argument("maxval")})`),
  },
  {
    names: ["normal", "randomnormal"],
    signature: `mean=0.0, stddev=0.05, ${seeded}`,
    meaning: line((p, argument) => `nn.init.normal_(${p}, ${argument("mean")}, ${argument("stddev")})`),
  },
  {
    names: ["truncatednormal"],
    signature: `mean=0.0, stddev=0.05, ${seeded}`,
    meaning: line((p, argument) => truncatedNormal(p, argument("mean"), argument("stddev"))),
  },
];

const byName = new Map(INITIALIZERS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function initializerNamed(name: string): InitializerEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}

/** Keras cuts off at two standard deviations from the mean. */
function truncatedNormal(p: string, mean: string, std: string): string {
  const centred = Number(mean) === 0;
  const bound = (sign: "-" | "+") => {
    const value = Number(mean) + (sign === "-" ? -2 : 2) * Number(std);
    if (Number.isFinite(value)) return float(Number(value.toPrecision(12)));
    return centred ? `${sign === "-" ? "-" : ""}2 * ${std}` : `${mean} ${sign} 2 * ${std}`;
  };
  return call("nn.init.trunc_normal_", [p], {
    mean: centred ? undefined : mean,
    std,
    a: bound("-"),
    b: bound("+"),
  });
}

/** The line of an initializer whose variance depends on sizes, and the helper that it calls. */
export function scalingLine(
  p: string,
  { scale, mode, distribution }: Scaling,
  fans: Fans | undefined,
): { line: string; helper?: string } | undefined {
  if (fans !== undefined && fans !== "swapped") return withNumbers(p, { scale, mode, distribution }, fans);
  const own = fans === "swapped" ? ({ fan_in: "fan_out", fan_out: "fan_in" }[mode] ?? mode) : mode;
  const key = `${Number(scale)} ${own} ${distribution}`;
  const idiom = IDIOMS[key];
  if (idiom !== undefined) return { line: idiom.replace("p", p) };
  const named = TRUNCATED[key];
  if (named !== undefined)
    return { line: `truncated_normal_(${p}, "${named}")`, helper: "truncated_normal_" };
  return {
    line: `variance_scaling_(${p}, ${scale}, "${own}", "${distribution}")`,
    helper: "variance_scaling_",
  };
}

/** How PyTorch calls them. */
const IDIOMS: Record<string, string> = {
  "1 fan_avg uniform": "nn.init.xavier_uniform_(p)",
  "2 fan_in uniform": 'nn.init.kaiming_uniform_(p, nonlinearity="relu")',
  "1 fan_in uniform": 'nn.init.kaiming_uniform_(p, nonlinearity="linear")',
  "2 fan_out uniform": 'nn.init.kaiming_uniform_(p, mode="fan_out", nonlinearity="relu")',
  "1 fan_out uniform": 'nn.init.kaiming_uniform_(p, mode="fan_out", nonlinearity="linear")',
  "1 fan_avg untruncated_normal": "nn.init.xavier_normal_(p)",
  "2 fan_in untruncated_normal": 'nn.init.kaiming_normal_(p, nonlinearity="relu")',
  "1 fan_in untruncated_normal": 'nn.init.kaiming_normal_(p, nonlinearity="linear")',
};
const TRUNCATED: Record<string, string> = {
  "1 fan_avg truncated_normal": "glorot",
  "2 fan_in truncated_normal": "he",
  "1 fan_in truncated_normal": "lecun",
};

/** Bounds as numbers, for a parameter whose fans PyTorch does not count. */
function withNumbers(
  p: string,
  { scale, mode, distribution }: Scaling,
  fans: { readonly in: number | undefined; readonly out: number | undefined },
): { line: string } | undefined {
  const fan =
    mode === "fan_in"
      ? fans.in
      : mode === "fan_out"
        ? fans.out
        : fans.in !== undefined && fans.out !== undefined
          ? (fans.in + fans.out) / 2
          : undefined;
  const variance = Number(scale) / Math.max(fan ?? Number.NaN, 1);
  if (!Number.isFinite(variance)) return undefined;
  const short = (value: number) => float(Number(value.toPrecision(8)));
  if (distribution === "uniform") {
    const bound = short(Math.sqrt(3 * variance));
    return { line: `nn.init.uniform_(${p}, -${bound}, ${bound})` };
  }
  if (distribution === "untruncated_normal")
    return { line: `nn.init.normal_(${p}, std=${short(Math.sqrt(variance))})` };
  const std = Math.sqrt(variance) / TRUNCATION;
  return {
    line: `nn.init.trunc_normal_(${p}, std=${short(std)}, a=-${short(2 * std)}, b=${short(2 * std)})`,
  };
}

/** The standard deviation that is left of 1 when a normal distribution is cut off at 2. */
const TRUNCATION = 0.87962566103423978;
