import type { Module, Node } from "../nodes.ts";
import { forEachChild } from "../walk.ts";
import type { Mutable } from "./build.ts";

/**
 * Sets every node's parent, once the tree is whole.
 *
 * In one place, so that no lowering function can forget a child; it costs a few hundredths of the parse.
 */
export function linkParents(module: Module): void {
  let parent: Node = module;
  const link = (child: Mutable<Node>) => {
    child.parent = parent;
    const outer = parent;
    parent = child;
    forEachChild(child, link);
    parent = outer;
  };
  forEachChild(module, link);
}
