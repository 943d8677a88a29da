/** The helpers' sources, parsed once for each parser. */
import type { PythonParser, Stmt } from "../../grammars/nodes.ts";
import type { Helper, Rendering } from "./specialize.ts";

export interface Library {
  readonly helpers: ReadonlyMap<string, Helper>;
  /** Import statements of the sources, by the name that they bind. */
  readonly imports: ReadonlyMap<string, string>;
  /** What was specialized before, by all that it depends on. */
  readonly rendered: Map<string, ReadonlyMap<string, Rendering>>;
}

const libraries = new WeakMap<PythonParser, Library>();

/** @param sources Python files, in the order in which their functions go into a script */
export function loadLibrary(parser: PythonParser, sources: readonly string[]): Library {
  const known = libraries.get(parser);
  if (known) return known;
  const helpers = new Map<string, Helper>();
  const imports = new Map<string, string>();
  for (const text of sources) {
    const { module } = parser.parse(text);
    if (!module) throw new Error("a helper's source does not parse");
    for (const node of module.body) collect(node, text, helpers, imports);
  }
  const library: Library = { helpers, imports, rendered: new Map() };
  libraries.set(parser, library);
  return library;
}

function collect(node: Stmt, text: string, helpers: Map<string, Helper>, imports: Map<string, string>): void {
  if (node.type === "FunctionDef" || node.type === "ClassDef")
    helpers.set(node.name, { name: node.name, text, node });
  else if (node.type === "Assign" && node.targets[0]?.type === "Name") {
    const { id } = node.targets[0];
    if (id !== id.toUpperCase()) helpers.set(id, { name: id, text, node });
  } else if (node.type === "Import") {
    for (const alias of node.names) {
      imports.set(
        alias.asname ?? alias.name,
        alias.asname ? `import ${alias.name} as ${alias.asname}` : `import ${alias.name}`,
      );
    }
  } else if (node.type === "ImportFrom") {
    for (const alias of node.names) {
      const as = alias.asname ? ` as ${alias.asname}` : "";
      imports.set(alias.asname ?? alias.name, `from ${node.module} import ${alias.name}${as}`);
    }
  }
}
