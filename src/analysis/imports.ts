/** Names that import statements bind. */
import type { Import, ImportFrom } from "../../grammars/nodes.ts";
import { BUILTINS } from "./builtins.ts";
import type { Machine } from "./machine.ts";
import { UNKNOWN } from "./values.ts";

export function bindImport(m: Machine, node: Import): void {
  for (const alias of node.names) {
    // `import a.b` binds `a`, `import a.b as c` binds the submodule.
    const [top = ""] = alias.name.split(".");
    const path = alias.asname === null ? top : alias.name;
    m.bind(alias.asname ?? top, { kind: "ref", path });
  }
}

export function bindImportFrom(m: Machine, node: ImportFrom): void {
  if (node.star) {
    if (!m.registry.isKeras(node.module)) {
      m.foreignStars = true;
      return;
    }
    m.stars.push(node.module);
    for (const name of m.registry.exports(node.module)) {
      m.bind(name, { kind: "ref", path: `${node.module}.${name}` });
    }
    return;
  }
  for (const alias of node.names) {
    const value = node.level > 0 ? UNKNOWN : ({ kind: "ref", path: `${node.module}.${alias.name}` } as const);
    m.bind(alias.asname ?? alias.name, value);
  }
}

/**
 * Where a name comes from that nothing in the script binds: of what `from module import *` brings, not all is
 * in the tables.
 */
export function starredPath(m: Machine, name: string): string | undefined {
  const paths = m.stars.map((module) => `${module}.${name}`);
  const known = paths.findLast((path) => m.registry.find(m.registry.canonical(path)));
  const isClass = name[0] !== name[0]?.toLowerCase();
  return known ?? (isClass && !m.foreignStars && !BUILTINS.has(name) ? paths.at(-1) : undefined);
}
