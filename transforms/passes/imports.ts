/** Removes what is imported from Keras and TensorFlow. */
import type { Alias, Import, ImportFrom, Stmt, Try } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { lineStart, nextLine, standsAlone } from "../../src/emit/lines.ts";
import type { Rewriter } from "../rewriter.ts";

/** `K = keras.backend`: names that stand for a part of Keras go like imports. */
export function removeAliases(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Assign" || node.targets.some((target) => target.type !== "Name")) return true;
    const { value } = node;
    if ((value.type !== "Name" && value.type !== "Attribute") || !rewriter.isKeras(value)) return true;
    if (rewriter.edits.covers(value.start, value.end) || rewriter.partial) return true;
    rewriter.removeStatement(node, "imports");
    return false;
  });
}

/** The statement at module level whose place the new imports take, if there is one. */
export function rewriteImports(rewriter: Rewriter): Stmt | undefined {
  let place: Stmt | undefined;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Try" && onlyKerasImports(rewriter, node)) {
      if (node.parent?.type === "Module") place ??= node;
      rewriter.removeStatement(node, "imports");
      return false;
    }
    if (node.type !== "Import" && node.type !== "ImportFrom") return true;
    const kept = keptNames(rewriter, node);
    const star = node.type === "ImportFrom" && node.star && isKerasModule(rewriter, node.module);
    if (star ? rewriter.partial : kept.length === node.names.length) return false;
    if (kept.length > 0) {
      const names = kept.map((alias) => rewriter.text.slice(alias.start, alias.end)).join(", ");
      const from = node.type === "ImportFrom" ? `from ${node.module} ` : "";
      rewriter.edits.replace(node.start, node.end, `${from}import ${names}`, "imports");
      return false;
    }
    if (node.parent?.type === "Module") place ??= node;
    if (node === place && standsAlone(rewriter.text, node))
      rewriter.edits.remove(
        lineStart(rewriter.text, node.start),
        nextLine(rewriter.text, node.end),
        "imports",
      );
    else rewriter.removeStatement(node, "imports");
    return false;
  });
  return place;
}

/**
 * Reports names of Keras that a file only imports to give them to others: `from keras.layers import Dense` in
 * a file of nothing but imports, as many `__init__.py` are, `import x as x`, names in `__all__`.
 */
export function reportGivenOn(rewriter: Rewriter): void {
  const { module } = rewriter.program;
  const read = new Set<string>();
  const exported = new Set<string>();
  walk(module, (node) => {
    if (node.type === "Name") read.add(node.id);
    if (node.type === "Assign" && node.targets.some((one) => one.type === "Name" && one.id === "__all__"))
      walk(node.value, (one) => {
        if (one.type === "String") exported.add(one.value);
        return true;
      });
    return true;
  });
  const others = module.body.every(onlyGivesOn);
  for (const node of module.body) {
    if (node.type !== "Import" && node.type !== "ImportFrom") continue;
    const level = node.type === "ImportFrom" ? node.level : 0;
    const given = node.names.find(({ name, asname }) => {
      const path = node.type === "ImportFrom" ? node.module : name;
      if (level > 0 || !isKerasModule(rewriter, path)) return false;
      const bound = asname ?? (name.split(".")[0] as string);
      return !read.has(bound) && (others || asname === name || exported.has(bound));
    });
    const star = others && node.type === "ImportFrom" && node.star && isKerasModule(rewriter, node.module);
    if (!given && !star) continue;
    const what = given ? `\`${given.asname ?? given.name}\`` : "what Keras has here";
    rewriter.report(
      node,
      "unsupported",
      `this file gives ${what} to files that import it, which are not followed`,
    );
  }
}

function onlyGivesOn(node: Stmt): boolean {
  if (node.type === "ExprStmt") return node.value.type === "String";
  if (node.type === "Assign")
    return node.targets.every((one) => one.type === "Name" && one.id.startsWith("__"));
  return node.type === "Import" || node.type === "ImportFrom";
}

function isKerasModule(rewriter: Rewriter, name: string): boolean {
  return rewriter.program.registry.isKeras(rewriter.program.registry.canonical(name));
}

/** The names of an import that stay: other libraries', and those that something left as Keras reads. */
function keptNames(rewriter: Rewriter, node: Import | ImportFrom): Alias[] {
  const isKeras = (alias: Alias) =>
    node.type === "ImportFrom"
      ? node.level === 0 && isKerasModule(rewriter, node.module)
      : isKerasModule(rewriter, alias.name);
  return node.names.filter((alias) => !isKeras(alias) || isStillRead(rewriter, alias));
}

/** Whether a part of the script that stays Keras reads the name. */
function isStillRead(rewriter: Rewriter, alias: Alias): boolean {
  if (!rewriter.partial) return false;
  const name = alias.asname ?? alias.name.split(".")[0];
  let found = false;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Name" && node.id === name && !rewriter.edits.covers(node.start, node.end))
      found = true;
    return !found;
  });
  return found;
}

/** `try: from tensorflow.keras ... except ImportError: from keras ...` */
function onlyKerasImports(rewriter: Rewriter, node: Try): boolean {
  const blocks = [node.body, ...node.handlers.map((handler) => handler.body), node.orelse, node.finalbody];
  return blocks.every((block) =>
    block.every((statement) => {
      if (statement.type !== "Import" && statement.type !== "ImportFrom") return false;
      return keptNames(rewriter, statement).length === 0;
    }),
  );
}
