/** Constraints by name: what each does to one parameter after every step of the optimizer. */
import type { Value } from "../src/analysis/values.ts";
import { type Arguments, Unsupported } from "./arguments.ts";
import { call, tuple } from "./python.ts";

export interface ConstraintEntry {
  /** In lower case without underscores. */
  readonly names: readonly string[];
  readonly signature: string;
  /** The helper that does it, with the arguments that it takes; none where a line does. */
  readonly helper?: { readonly name: string; readonly passes: readonly string[] };
}

export const CONSTRAINTS: readonly ConstraintEntry[] = [
  {
    names: ["maxnorm"],
    signature: "max_value=2, axis=0, m:max_value=2",
    helper: { name: "max_norm_", passes: ["max_value"] },
  },
  { names: ["unitnorm"], signature: "axis=0", helper: { name: "unit_norm_", passes: [] } },
  {
    names: ["minmaxnorm"],
    signature: "min_value=0.0, max_value=1.0, rate=1.0, axis=0",
    helper: { name: "min_max_norm_", passes: ["min_value", "max_value", "rate"] },
  },
  { names: ["nonneg"], signature: "" },
];

const byName = new Map(CONSTRAINTS.flatMap((entry) => entry.names.map((name) => [name, entry] as const)));

export function constraintNamed(name: string): ConstraintEntry | undefined {
  return byName.get(name.toLowerCase().replaceAll("_", ""));
}

/**
 * Lines over `{}`, the module, that hold a parameter to a constraint; none for None.
 *
 * @param axisOf where an axis of Keras's array, from 0, stands in the parameter
 * @param use asks for a helper function; its name in the script
 */
export function constraintLines(
  args: Arguments,
  name: string,
  parameter: string,
  axisOf: (axis: number) => number | undefined,
  use: (helper: string) => string,
): readonly string[] {
  const value = args.value(name);
  if (value.kind === "none") return [];
  const at = args.argument(name) ?? args.node;
  const found = read(args, value);
  if (!found) throw new Unsupported(at, "this constraint is not known here");
  const { entry, own } = found;
  const { helper } = entry;
  const p = `{}.${parameter}`;
  if (!helper) return [`${p}.clamp_(min=0)`];
  const axis = own?.value("axis") ?? { kind: "none" };
  const elements =
    axis.kind === "none" ? undefined : axis.kind === "list" || axis.kind === "tuple" ? axis.elements : [axis];
  const dims = elements?.map((one) =>
    one.kind === "num" && one.value !== undefined ? axisOf(one.value) : undefined,
  );
  const torch = dims ?? [axisOf(0)];
  if (torch.some((dim) => dim === undefined))
    throw new Unsupported(at, "a constraint along these axes is not supported here");
  const defaults = new Map(entry.signature.split(", ").map((part) => part.split("=") as [string, string]));
  const passed = helper.passes.map((one) => own?.factor(one) ?? defaults.get(one) ?? "");
  const dim = torch.length === 1 ? String(torch[0]) : tuple(torch as number[]);
  return [call(use(helper.name), [p, ...passed], { dim })];
}

function read(args: Arguments, value: Value): { entry: ConstraintEntry; own?: Arguments } | undefined {
  if (value.kind === "str") {
    const entry = constraintNamed(value.value);
    return entry && { entry };
  }
  if (value.kind !== "object" || value.construct.kind !== "constraint") return undefined;
  if (value.args.unbound.length > 0) return undefined;
  const entry = constraintNamed(value.construct.path.slice("keras.constraints.".length));
  return entry && { entry, own: args.of(value.args, value.node) };
}
