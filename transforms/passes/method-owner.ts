/** Objects of the script that keep tensors, as their methods see them. */
import type { Call, Expr } from "../../grammars/nodes.ts";
import type { Kind } from "../tensors/torch.ts";

/** What methods know of the object that they are called on: which of its attributes are tensors, and what statements on them become. */
export interface Owner {
  readonly attributes: ReadonlyMap<string, Kind>;
  /** Writes a statement or a call of its own; undefined for what is none. */
  readonly call: (node: Call, kindOf: (expr: Expr) => Kind) => Kind | undefined;
  /** Parameters that nobody passes. */
  readonly absent: ReadonlySet<string>;
}

/** Whether it is `name is not None` of one of these. */
export function isAsked(test: Expr, names: ReadonlySet<string>): boolean {
  if (test.type !== "Compare" || test.ops[0] !== "is not" || test.left.type !== "Name") return false;
  const [other] = test.comparators;
  return names.has(test.left.id) && other?.type === "Constant" && other.value === null;
}

export function isSelf(node: Expr): boolean {
  return node.type === "Name" && node.id === "self";
}
