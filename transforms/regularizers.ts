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
}

export const REGULARIZERS: readonly RegularizerEntry[] = [
  { names: ["l1"], signature: "l1=0.01, l:l1=0.01", terms: [{ factor: "l1", sum: "abs" }] },
  { names: ["l2"], signature: "l2=0.01, l:l2=0.01", terms: [{ factor: "l2", sum: "square" }] },
  {
    names: ["l1l2"],
    signature: "l1=0.01, l2=0.01",
    terms: [
      { factor: "l1", sum: "abs" },
      { factor: "l2", sum: "square" },
    ],
  },
];

const byName = new Map(REGULARIZERS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function regularizerNamed(name: string): RegularizerEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}

/** Terms over `{}`, the module, that a regularizer argument adds to the loss; none for None. */
export function penaltyTerms(args: Arguments, name: string, parameter: string): readonly string[] {
  const value = args.value(name);
  if (value.kind === "none") return [];
  const at = args.argument(name) ?? args.node;
  const found = read(args, value);
  if (!found) throw new Unsupported(at, "this regularizer is not known here");
  return found.entry.terms.flatMap(({ factor, sum }) => {
    const text = found.factor(factor);
    return text === undefined || Number(text) === 0 ? [] : [`${text} * {}.${parameter}.${sum}().sum()`];
  });
}

function read(
  args: Arguments,
  value: Value,
): { entry: RegularizerEntry; factor: (name: string) => string | undefined } | undefined {
  if (value.kind === "str") {
    const entry = regularizerNamed(value.value);
    return entry && { entry, factor: () => "0.01" };
  }
  if (value.kind !== "object" || value.construct.kind !== "regularizer") return undefined;
  const name = value.construct.path.slice("keras.regularizers.".length);
  const entry = regularizerNamed(name);
  if (!entry) return undefined;
  const own = args.of(value.args, value.node);
  // The class of both has factors of 0 by itself, the function 0.01.
  const fallback = name === "L1L2" ? "0" : "0.01";
  return { entry, factor: (factor) => own.text(factor) ?? fallback };
}
