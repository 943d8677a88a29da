/** Small pieces of Python source. */
import type { Value } from "../src/analysis/values.ts";

/** A call: positional arguments, then keywords; those that are undefined are left out. */
export function call(
  callee: string,
  positional: readonly (string | undefined)[],
  keywords: Readonly<Record<string, string | undefined>> = {},
): string {
  const args = positional.filter((arg) => arg !== undefined);
  for (const [name, value] of Object.entries(keywords))
    if (value !== undefined) args.push(`${name}=${value}`);
  return `${callee}(${args.join(", ")})`;
}

/** Equal numbers as one, others as a tuple. */
export function sizes(values: readonly number[]): string {
  const [first] = values;
  return values.every((value) => value === first) ? String(first) : tuple(values);
}

export function tuple(values: readonly (number | string)[]): string {
  return values.length === 1 ? `(${values[0]},)` : `(${values.join(", ")})`;
}

/** A number as Python writes a float: `1e-07` is `1e-7`, `1` is `1.0`. */
export function float(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return `${value}.0`;
  return String(value);
}

export function string(value: string): string {
  return JSON.stringify(value);
}

export function flag(value: boolean): string {
  return value ? "True" : "False";
}

/** A value that is known in full, as a literal. */
export function constant(value: Value): string | undefined {
  switch (value.kind) {
    case "num":
      if (value.value === undefined) return undefined;
      return value.isFloat ? float(value.value) : String(value.value);
    case "str":
      return string(value.value);
    case "bool":
      return flag(value.value);
    case "none":
      return "None";
    case "tuple":
    case "list": {
      const parts = value.elements.map(constant).filter((one) => one !== undefined);
      if (value.open || parts.length < value.elements.length) return undefined;
      return value.kind === "tuple" ? tuple(parts) : `[${parts.join(", ")}]`;
    }
    default:
      return undefined;
  }
}

/** The keywords of a call that are written. */
export function namesGiven(keywords: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(keywords).flatMap(([name, text]) => (text === undefined ? [] : [name]));
}
