/** Names that import statements bind. */
import type { Import, ImportFrom } from "../../grammars/nodes.ts";
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
    if (!m.registry.isKeras(node.module)) return;
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
