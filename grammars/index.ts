/** Python's syntax: the typed tree, the parser that makes it, and the ways to walk it. */
export { type LoadOptions, loadParser } from "./binding.ts";
export type * from "./nodes.ts";
export {
  blockOf,
  blocksOf,
  children,
  enclosingStatement,
  forEachChild,
  isStatement,
  isTarget,
  outerSpan,
  sourceOf,
  walk,
} from "./walk.ts";
