/** What is left of Keras when all rules have run is reported: nothing passes through in silence. */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import { indentation, lineBreak, lineStart } from "../../src/emit/lines.ts";
import { withoutTranslation } from "../layers/without-translation.ts";
import { isForKeras } from "../libraries.ts";
import type { Rewriter } from "../rewriter.ts";

export function reportLeftovers(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node: Node) => {
    if (node.type === "Import" || node.type === "ImportFrom") return false;
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    if (rewriter.edits.covers(node.start, node.end)) return false;
    if (!rewriter.isKeras(node) || isHeld(rewriter, node)) return true;
    // What a rule knows has been reported by it; only names that no table has are left to say.
    const value = rewriter.program.valueOf(node);
    const known =
      value?.kind === "ref" &&
      rewriter.program.registry.find(rewriter.program.registry.canonical(value.path));
    if (known && rewriter.diagnostics.some((one) => one.severity === "error")) return false;
    rewriter.report(
      node,
      "unsupported",
      `\`${rewriter.text.slice(node.start, node.end)}\` ${reasonOf(rewriter, value)}`,
    );
    return false;
  });
}

/** Reports what works on Keras models without being Keras: parts of other libraries, and code in texts. */
export function reportStrangers(rewriter: Rewriter): void {
  const { registry, machine } = rewriter.program;
  const refTo = (node: Expr) => {
    const value = rewriter.program.valueOf(node);
    return value?.kind === "ref" ? registry.canonical(value.path) : "";
  };
  walk(rewriter.program.module, (node: Node) => {
    if (node.type === "Import" || node.type === "ImportFrom") return false;
    if (node.type === "Call" && RUN_TEXT.has(refTo(node.func))) {
      const [code] = node.args;
      const words = code?.value.type === "String" ? code.value.value.split(/\W+/) : [];
      const named = words.find((word) => concernsKeras(machine.scope.values.get(word), rewriter));
      if (named)
        rewriter.report(node, "unsupported", `code in a text is not followed: this one reads \`${named}\``);
    }
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    const path = refTo(node);
    if (registry.isKeras(path) || !isForKeras(path)) return true;
    // The longest path says it.
    if (node.parent?.type === "Attribute" && isForKeras(refTo(node.parent))) return false;
    const text = rewriter.text.slice(node.start, node.end);
    const [library, name = ""] = path.split(".");
    const why =
      library === "builtins"
        ? `is not known: nothing in this file binds \`${name}\``
        : "works on Keras models, of which none is left";
    rewriter.report(node, "unsupported", `\`${text}\` ${why}`);
    return false;
  });
}

const RUN_TEXT: ReadonlySet<string> = new Set(["builtins.exec", "builtins.eval"]);

function concernsKeras(value: Value | undefined, rewriter: Rewriter): boolean {
  const { registry } = rewriter.program;
  return (value ? alternatives(value) : []).some(
    (one) =>
      one.kind === "model" ||
      one.kind === "object" ||
      one.kind === "history" ||
      (one.kind === "ref" && registry.isKeras(registry.canonical(one.path))),
  );
}

/** Whether a name is bound there: what it gets is Keras's, or was written anew. */
function isHeld({ chosenNames }: Rewriter, node: Node): boolean {
  return chosenNames.has(node) || ((node.type === "Name" || node.type === "Attribute") && isTarget(node));
}

function reasonOf(rewriter: Rewriter, value: Value | undefined): string {
  const path = value?.kind === "ref" ? rewriter.program.registry.canonical(value.path) : "";
  const reason = withoutTranslation(path);
  return reason === undefined ? "is not supported yet" : `is not supported: ${reason}`;
}

/** A comment above every statement that stays Keras and was reported. */
export function markLeftovers(rewriter: Rewriter): void {
  const { text, program } = rewriter;
  const nl = lineBreak(text);
  const marked = new Set<number>();
  for (const { start, severity, message } of rewriter.diagnostics) {
    if (severity !== "error") continue;
    const statement = statementAt(program.module, start);
    const at = lineStart(text, statement?.start ?? start);
    if (marked.has(at)) continue;
    marked.add(at);
    rewriter.edits.insert(at, `${indentation(text, at)}# keras-to-torch: ${message}${nl}`, "mark");
  }
}

/** The innermost statement at a place. */
function statementAt(module: Node, offset: number): Node | null {
  let found: Node | null = null;
  walk(module, (node) => {
    if (offset < node.start || node.end <= offset) return node.type === "Module";
    found = enclosingStatement(node);
    return true;
  });
  return found;
}
