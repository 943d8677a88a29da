/** A string that a builder takes as a parameter, of which all values are known: each becomes what it names. */
import type { Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import type { Rewriter } from "../rewriter.ts";

/** The strings that a value may be, where it is one of several. */
export function choicesOf(value: Value): readonly string[] | undefined {
  const all = alternatives(value);
  const strings = all.flatMap((one) => (one.kind === "str" ? [one.value] : []));
  return strings.length > 1 && strings.length === all.length ? strings : undefined;
}

/** The parameter that says which it is; undefined where another name or expression does. */
export function selector(rewriter: Rewriter, expr: Node | undefined): string | undefined {
  if (expr?.type !== "Name") return undefined;
  for (let node: Node | null = expr.parent; node; node = node.parent) {
    if (node.type !== "FunctionDef" || !node.params.some((parameter) => parameter.name === expr.id)) continue;
    return isRebound(node, expr.id) ? undefined : rewriter.source(expr);
  }
  return undefined;
}

function isRebound(owner: Node, name: string): boolean {
  let found = false;
  walk(owner, (node) => {
    if (node.type === "Name" && node.id === name && isTarget(node)) found = true;
  });
  return found;
}

/** `{"relu": nn.ReLU(), "tanh": nn.Tanh()}[activation]` */
export function pick(cases: ReadonlyMap<string, string>, chosen: string): string {
  const items = [...cases].map(([name, code]) => `${JSON.stringify(name)}: ${code}`);
  return `{${items.join(", ")}}[${chosen}]`;
}
