/** Regularizers by name: what each adds to the loss for one parameter. */
import type { Value } from "../src/analysis/values.ts";
import type { Arguments } from "./arguments.ts";
import { Unsupported } from "./arguments.ts";

export interface RegularizerEntry {
  /** In lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** Terms over a parameter: its factor's argument, and what is summed. */
  readonly terms: readonly { readonly factor: string; readonly sum: "abs" | "square" }[];
  /** It looks at the rows or columns of a matrix together: `parameterOf` writes its term. */
  readonly matrix?: true;
}

const L1 = { factor: "l1", sum: "abs" } as const;
const L2 = { factor: "l2", sum: "square" } as const;

export const REGULARIZERS: readonly RegularizerEntry[] = [
  { names: ["l1", "activityl1"], signature: "l1=0.01, l:l1=0.01", terms: [L1] },
  { names: ["l2", "activityl2"], signature: "l2=0.01, l:l2=0.01", terms: [L2] },
  { names: ["l1l2", "activityl1l2", "weightregularizer"], signature: "l1=0.01, l2=0.01", terms: [L1, L2] },
  { names: ["orthogonalregularizer"], signature: "factor=0.01, mode='rows'", terms: [], matrix: true },
];

const byName = new Map(REGULARIZERS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function regularizerNamed(name: string): RegularizerEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}

/** What a regularizer argument asks for: factors of the sums of absolute values and of squares; none for None. */
export function regularization(args: Arguments, name: string): { factor: string; sum: "abs" | "square" }[] {
  const value = args.value(name);
  if (value.kind === "none") return [];
  const at = args.argument(name) ?? args.node;
  const found = read(args, value);
  if (!found) throw new Unsupported(at, "this regularizer is not known here");
  if (found.entry.matrix)
    throw new Unsupported(at, "this regularizer is supported for kernels of two axes only");
  return found.entry.terms.flatMap(({ factor, sum }) => {
    const text = found.factor(factor);
    return Number(text) === 0 ? [] : [{ factor: text, sum }];
  });
}

/** Terms over `{}`, the module, that a regularizer argument adds to the loss; none for None. */
export function penaltyTerms(args: Arguments, name: string, parameter: string): readonly string[] {
  return regularization(args, name).map(({ factor, sum }) => `${factor} * {}.${parameter}.${sum}().sum()`);
}

function read(
  args: Arguments,
  value: Value,
): { entry: RegularizerEntry; factor: (name: string) => string } | undefined {
  if (value.kind === "str") {
    const entry = regularizerNamed(value.value);
    return entry && { entry, factor: () => (value.value === "L1L2" ? "0" : "0.01") };
  }
  if (value.kind !== "object" || value.construct.kind !== "regularizer") return undefined;
  const name = value.construct.path.slice("keras.regularizers.".length);
  const entry = regularizerNamed(name);
  if (!entry || value.args.unbound.length > 0) return undefined;
  const own = args.of(value.args, value.node);
  // The class of both has factors of 0 by itself, the function of Keras 1 and 2 has 0.01.
  const both = entry.terms.length === 2;
  const isClass = name === "L1L2" || name === "WeightRegularizer" || args.version === "keras3";
  return { entry, factor: (factor) => own.factor(factor) ?? (both && isClass ? "0" : "0.01") };
}
