/** Sizes that only an object of the output tells, by its name. */
import { enclosingStatement } from "../../grammars/walk.ts";
import * as symbolic from "../../src/analysis/symbolic.ts";
import type { Num } from "../../src/analysis/values.ts";
import type { Arguments } from "../arguments.ts";

/** The size that `name.vocabulary_size()` tells, where the layer is assigned to a name. */
export function sizeByName(args: Arguments, member: string): Num | undefined {
  const { machine } = args;
  const [given] = args.names();
  const node = given === undefined ? undefined : args.argument(given)?.parent;
  if (node?.type !== "Call") return undefined;
  const statement = enclosingStatement(node);
  const [target] = statement?.type === "Assign" && statement.value === node ? statement.targets : [];
  const sym = target?.type === "Name" ? machine.atomOf(target) : undefined;
  if (!sym || target?.type !== "Name") return undefined;
  const text = `${target.id}.${member}`;
  return { kind: "num", value: undefined, isFloat: false, sym: symbolic.atom(text, symbolic.usesOf(sym)) };
}
