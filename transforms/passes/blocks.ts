/** `with` blocks that are left without their first line. */
import type { Node, Stmt, With } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";

/** `strategy.num_replicas_in_sync`: one where one device trains. */
export function isReplicas(node: Node): boolean {
  return node.type === "Attribute" && node.attr === "num_replicas_in_sync";
}

/** Behind the colon of a `with` statement. */
export function headerEnd(text: string, { items }: With): number {
  const last = items.at(-1);
  return text.indexOf(":", outerSpan(last?.target ?? (last as With["items"][number]).context).end) + 1;
}

/** Whether it holds a text over several lines, which would change if it were moved. */
export function holdsLines(text: string, statement: Stmt): boolean {
  let found = false;
  walk(statement, (node) => {
    if (node.type === "String" || node.type === "FString")
      found ||= text.slice(node.start, node.end).includes("\n");
    return !found;
  });
  return found;
}
