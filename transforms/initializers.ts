/** Initializers by name, as lines over one parameter. */
import type { KerasVersion } from "../src/analysis/constructs.ts";

export interface InitializerEntry {
  /** In lower case; classes and functions differ from each other in case and underscores only. */
  readonly names: readonly string[];
  readonly signature: string;
  /** `p` is the parameter. */
  readonly line: (p: string, argument: (name: string) => string, version: KerasVersion) => string | undefined;
}

const seeded = "seed=None";

/**
 * Keras truncates normal distributions at two standard deviations and scales them up, so that
 * what remains has the standard deviation asked for (factor 0.87962566103423978).
 */
function truncated(p: string, fan: string): string {
  return `truncated_normal_(${p}, "${fan}")`;
}

export const INITIALIZERS: readonly InitializerEntry[] = [
  { names: ["glorotuniform"], signature: seeded, line: (p) => `nn.init.xavier_uniform_(${p})` },
  {
    names: ["heuniform"],
    signature: seeded,
    line: (p) => `nn.init.kaiming_uniform_(${p}, nonlinearity="relu")`,
  },
  {
    names: ["lecununiform"],
    signature: seeded,
    line: (p) => `nn.init.kaiming_uniform_(${p}, nonlinearity="linear")`,
  },
  { names: ["zeros", "zero"], signature: "", line: (p) => `nn.init.zeros_(${p})` },
  { names: ["ones", "one"], signature: "", line: (p) => `nn.init.ones_(${p})` },
  {
    names: ["constant"],
    signature: "value=0.0",
    line: (p, arg) => `nn.init.constant_(${p}, ${arg("value")})`,
  },
  { names: ["identity", "eye"], signature: "gain=1.0", line: () => undefined },
  { names: ["orthogonal"], signature: `gain=1.0, ${seeded}`, line: (p) => `nn.init.orthogonal_(${p})` },
  {
    names: ["uniform", "randomuniform"],
    signature: `minval=-0.05, maxval=0.05, ${seeded}`,
    line: (p, arg) => `nn.init.uniform_(${p}, ${arg("minval")}, ${arg("maxval")})`,
  },
  {
    names: ["normal", "randomnormal"],
    signature: `mean=0.0, stddev=0.05, ${seeded}`,
    line: (p, arg) => `nn.init.normal_(${p}, ${arg("mean")}, ${arg("stddev")})`,
  },
  { names: ["glorotnormal"], signature: seeded, line: (p) => truncated(p, "glorot") },
  { names: ["henormal"], signature: seeded, line: (p) => truncated(p, "he") },
  { names: ["lecunnormal"], signature: seeded, line: (p) => truncated(p, "lecun") },
  { names: ["truncatednormal"], signature: `mean=0.0, stddev=0.05, ${seeded}`, line: () => undefined },
];

const byName = new Map(INITIALIZERS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function initializerNamed(name: string): InitializerEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}
