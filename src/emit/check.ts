/** The emitter checks its own work: what it wrote is Python, whole, and free of Keras. */
import type { Module, Node, PythonParser } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { Registry } from "../analysis/constructs.ts";
import { positionOf } from "../diagnostics.ts";
import type { HelperBlock } from "./helpers.ts";
import { shadowedModule } from "./shadowed.ts";

/** What is wrong with an output. */
export interface Fault {
  readonly message: string;
  /** What to do about it, where the script has caused it. */
  readonly hint?: string;
}

/**
 * What is wrong with an output; undefined where nothing is.
 *
 * @param removed names that the removed imports bound
 * @param complete whether all of Keras should be gone
 * @param original what the output was made of: imports that nothing reads may be its own
 */
export function checkOutput(
  parser: PythonParser,
  output: string,
  removed: ReadonlySet<string>,
  registry: Registry,
  complete: boolean,
  original?: Module,
  helpers?: HelperBlock,
): Fault | undefined {
  if (helpers?.problem !== undefined) return { message: `a helper does not parse: ${helpers.problem}` };
  const { module, problems } = parser.parse(helpers ? withoutBlock(output, helpers.text) : output);
  const [problem] = problems;
  const lineOf = (node: { start: number } | undefined) =>
    `line ${positionOf(output, node?.start ?? 0).line} of the output`;
  if (!module) return { message: `${lineOf(problem)} does not parse: ${problem?.detail ?? ""}` };
  const bound = new Set<string>();
  const read = new Map<string, Node>();
  for (const name of helpers?.binds ?? []) bound.add(name);
  for (const name of helpers?.reads ?? []) read.set(name, module);
  let keras: string | undefined;
  walk(module, (node) => {
    collect(node, bound, read);
    if (
      node.type === "Import" &&
      node.names.some((alias) => registry.isKeras(registry.canonical(alias.name)))
    )
      keras = output.slice(node.start, node.end);
    if (node.type === "ImportFrom" && node.level === 0 && registry.isKeras(registry.canonical(node.module)))
      keras = output.slice(node.start, node.end);
  });
  if (keras && complete) return { message: `the output still has \`${keras}\`` };
  for (const name of removed) {
    if (read.has(name) && !bound.has(name))
      return { message: `${lineOf(read.get(name))} reads \`${name}\`, which is gone` };
  }
  const unused = unusedImport(module, read, original);
  if (unused !== undefined) return { message: unused };
  const shadowed = shadowedModule(module, original);
  if (shadowed?.value.type !== "Name") return undefined;
  const { id } = shadowed.value;
  return {
    message: `${lineOf(shadowed)} reads \`${id}.${shadowed.attr}\`, but the script has another \`${id}\` there`,
    hint: `Give that \`${id}\` another name.`,
  };
}

/** The helpers are checked by themselves, once for all scripts that share them. */
function withoutBlock(output: string, block: string): string {
  if (block === "") return output;
  const text = output.includes("\r\n") ? block.replaceAll("\n", "\r\n") : block;
  const at = output.indexOf(text);
  return at < 0 ? output : output.slice(0, at) + output.slice(at + text.length);
}

function collect(node: Node, bound: Set<string>, read: Map<string, Node>): void {
  switch (node.type) {
    case "Name":
      if (isTarget(node) && !readsToo(node.parent)) bound.add(node.id);
      else if (!read.has(node.id)) read.set(node.id, node);
      return;
    case "Parameter":
    case "FunctionDef":
    case "ClassDef":
      bound.add(node.name);
      return;
    case "Import":
      for (const alias of node.names) bound.add(alias.asname ?? alias.name.split(".")[0] ?? "");
      return;
    case "ImportFrom":
      for (const alias of node.names) bound.add(alias.asname ?? alias.name);
      return;
    default:
  }
}

/** `x += 1` and `del x` need the name to be there already. */
function readsToo(parent: Node | null): boolean {
  return parent?.type === "AugAssign" || parent?.type === "Delete";
}

const EMITTED = new Set(["torch", "nn", "F"]);

/** An import of ours that nothing reads. */
function unusedImport(
  module: Module,
  read: ReadonlyMap<string, Node>,
  original: Module | undefined,
): string | undefined {
  const own = new Set<string>();
  for (const node of original?.body ?? []) {
    if (node.type !== "Import" && node.type !== "ImportFrom") continue;
    for (const alias of node.names) own.add(alias.asname ?? alias.name);
  }
  for (const node of module.body) {
    if (node.type !== "Import" && node.type !== "ImportFrom") continue;
    for (const alias of node.names) {
      const name = alias.asname ?? alias.name;
      if (EMITTED.has(name) && !read.has(name) && !own.has(name))
        return `the output imports \`${name}\`, which nothing reads`;
    }
  }
  return undefined;
}
