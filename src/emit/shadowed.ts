/** Names of modules that the output reads where the script has something else under that name. */
import type { Attribute, FunctionDef, Lambda, Module, Name, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";

/** Which attributes are the module's, not those of a model that took its name. */
const OF_MODULE: Readonly<Record<string, RegExp>> = {
  copy: /^deepcopy$/,
  nn: /^(?:[A-Z]|init$|utils$|functional$)/,
};

/**
 * The first such read: `nn.Linear` after `nn = ...`, or in a function that has an `nn` of its own, which is so
 * from the function's first line on. What the original reads too is the script's own.
 */
export function shadowedModule(module: Module, original: Module | undefined): Attribute | undefined {
  const imported = importedBy(module.body);
  const own = new Set<string>();
  if (original) {
    for (const name of importedBy(allImports(original))) imported.delete(name);
    walk(original, (node) => {
      if (node.type === "Attribute" && node.value.type === "Name") own.add(`${node.value.id}.${node.attr}`);
    });
  }
  if (imported.size === 0) return undefined;
  const bound = new Map<Scope, Map<string, number>>();
  for (const [name, scope, from] of bindings(module, imported)) {
    const names = bound.get(scope) ?? new Map<string, number>();
    names.set(name, Math.min(from, names.get(name) ?? from));
    bound.set(scope, names);
  }
  if (bound.size === 0) return undefined;
  let found: Attribute | undefined;
  walk(module, (node) => {
    if (found || node.type !== "Attribute" || node.value.type !== "Name") return;
    const { id } = node.value;
    if (own.has(`${id}.${node.attr}`) || OF_MODULE[id]?.test(node.attr) === false) return;
    for (let scope: Scope | undefined = scopeOf(node); scope; scope = outer(scope)) {
      const from = bound.get(scope)?.get(id);
      if (from === undefined) continue;
      if (node.start >= from) found = node;
      return;
    }
  });
  return found;
}

type Scope = Module | FunctionDef | Lambda;

/** Where a scope gives a name of `names` to something: from the start in a function, later in the module. */
function bindings(module: Module, names: ReadonlySet<string>): [string, Scope, number][] {
  const found: [string, Scope, number][] = [];
  walk(module, (node) => {
    if (node.type === "Parameter" && names.has(node.name)) {
      const scope = node.parent;
      if (scope?.type === "FunctionDef" || scope?.type === "Lambda")
        found.push([node.name, scope, scope.start]);
    }
    if (node.type !== "Name" || !names.has(node.id) || !isTarget(node) || isInComprehension(node)) return;
    const scope = scopeOf(node);
    // The right side of an assignment is read before its left side is bound.
    const from = scope.type === "Module" ? (enclosingStatement(node)?.end ?? node.end) : scope.start;
    found.push([node.id, scope, from]);
  });
  return found;
}

function isInComprehension(node: Name): boolean {
  for (let at: Node | null = node.parent; at; at = at.parent) {
    if (at.type === "Comprehension") return true;
    if (at.type === "Assign" || at.type === "For" || at.type === "FunctionDef") return false;
  }
  return false;
}

function scopeOf(node: Node): Scope {
  let at: Node | null = node.parent;
  while (at && at.type !== "FunctionDef" && at.type !== "Lambda" && at.type !== "Module") at = at.parent;
  return at as Scope;
}

function outer(scope: Scope): Scope | undefined {
  return scope.type === "Module" ? undefined : scopeOf(scope);
}

function allImports(module: Module): Node[] {
  const found: Node[] = [];
  walk(module, (node) => {
    if (node.type === "Import" || node.type === "ImportFrom") found.push(node);
  });
  return found;
}

function importedBy(statements: readonly Node[]): Set<string> {
  const names = new Set<string>();
  for (const node of statements) {
    if (node.type !== "Import" && node.type !== "ImportFrom") continue;
    for (const { asname, name } of node.names) names.add(asname ?? name.split(".")[0] ?? name);
  }
  return names;
}
