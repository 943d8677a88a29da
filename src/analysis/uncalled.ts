/** Functions that nothing in the file calls when it runs: other files do. */
import type { FunctionDef, Lambda } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { callFunction } from "./calls.ts";
import type { Machine } from "./machine.ts";

type Function = FunctionDef | Lambda;

/**
 * Reads them with unknown arguments. Callers come first: what they give is what the functions that they call
 * are known to get.
 */
export function followUncalled(m: Machine): void {
  const namesOf = new Map<Function, ReadonlySet<string>>();
  const waiting = () => [...m.functions].filter(([node]) => !m.visited.has(node));
  for (let left = waiting(); left.length > 0; left = waiting()) {
    const callers = new Map<string, number>();
    for (const [node] of left) {
      const names = namesOf.get(node) ?? calledIn(node);
      namesOf.set(node, names);
      for (const name of names) callers.set(name, (callers.get(name) ?? 0) + 1);
    }
    const isOuter = ([node]: readonly [Function, unknown]) => {
      if (node.type === "Lambda") return true;
      const own = namesOf.get(node)?.has(node.name) ? 1 : 0;
      return (callers.get(node.name) ?? 0) === own;
    };
    const [node, value] = left.find(isOuter) ?? (left[0] as (typeof left)[number]);
    const returned = callFunction(m, value, undefined);
    if (node.type === "FunctionDef") m.escape(returned, node, "returned to code outside this file");
  }
  for (const { function: given, node, how } of m.handedOn) {
    const returned = m.results.get(given);
    if (returned) m.escape(returned, node, `made by a function that is ${how}`);
  }
}

/** Names of functions that are called by these in a function. */
function calledIn(node: Function): Set<string> {
  const names = new Set<string>();
  walk(node.type === "Lambda" ? node.body : node, (one) => {
    if (one.type === "Call" && one.func.type === "Name") names.add(one.func.id);
    return true;
  });
  return names;
}
