/** Functions of the script that `TextVectorization` calls on texts: of strings of Python instead of TensorFlow's. */
import type { Argument, Call, Expr, FunctionDef, Lambda, Node, Stmt } from "../grammars/nodes.ts";
import { walk } from "../grammars/walk.ts";
import type { FunctionValue } from "../src/analysis/values.ts";
import { Unsupported } from "./arguments.ts";
import { patternOf, readsAlike } from "./patterns.ts";
import type { Rewriter } from "./rewriter.ts";

const RULE = "function";
const STRINGS = "tensorflow.strings.";

/** Translates the function that texts are standardized with; it gets and gives one text. */
export function translateTextFunction(rewriter: Rewriter, { node }: FunctionValue): void {
  const [text, ...rest] = node.params;
  if (!text || text.kind === "*" || text.kind === "**" || rest.some((one) => !one.default))
    throw unclear(node);
  requireOnlyGiven(rewriter, node);
  const texts = new Set([text.name]);
  if (node.type === "Lambda") {
    translate(rewriter, node.body, texts);
    return;
  }
  if (node.decorators.length > 0) throw unclear(node.decorators[0] as Node);
  for (const statement of node.body) translateStatement(rewriter, statement, texts);
}

function unclear(node: Node): Unsupported {
  return new Unsupported(
    node,
    "what this function does to texts has no translation yet",
    "`tf.strings.lower`, `tf.strings.strip` and `tf.strings.regex_replace` have one.",
  );
}

/** Reported where the script calls the function itself, on tensors. */
function requireOnlyGiven(rewriter: Rewriter, fn: FunctionDef | Lambda): void {
  if (fn.type === "Lambda") return;
  walk(rewriter.program.module, (node) => {
    if (node.type === "Call" && node.func.type === "Name" && node.func.id === fn.name)
      throw new Unsupported(
        node,
        "a function for `standardize` that is also called by itself is not supported yet",
      );
    return true;
  });
}

function translateStatement(rewriter: Rewriter, statement: Stmt, texts: Set<string>): void {
  if (statement.type === "ExprStmt" && statement.value.type === "String") return;
  if (statement.type === "Return" && statement.value) {
    translate(rewriter, statement.value, texts);
    return;
  }
  const [target, ...others] = statement.type === "Assign" ? statement.targets : [];
  if (statement.type !== "Assign" || target?.type !== "Name" || others.length > 0) throw unclear(statement);
  translate(rewriter, statement.value, texts);
  texts.add(target.id);
}

/** Writes an expression of one text. */
function translate(rewriter: Rewriter, expr: Expr, texts: ReadonlySet<string>): void {
  if (expr.type === "Name" && texts.has(expr.id)) return;
  const callee = expr.type === "Call" ? rewriter.program.valueOf(expr.func) : undefined;
  if (expr.type !== "Call" || callee?.kind !== "ref") throw unclear(expr);
  if (rewriter.edits.covers(expr.start, expr.end)) return;
  const path = rewriter.program.registry.canonical(callee.path);
  const write = path.startsWith(STRINGS) ? WRITERS[path.slice(STRINGS.length)] : undefined;
  const given = write && argumentsOf(expr, write.names);
  const input = given?.get("input");
  if (!write || !given || !input) throw unclear(expr);
  translate(rewriter, input.value, texts);
  const text = write.write(rewriter, rewriter.source(input.value), given);
  rewriter.edits.absorb(rewriter.text, expr.start, expr.end);
  rewriter.edits.replace(expr.start, expr.end, rewriter.use(text), RULE);
}

/** Arguments by name; undefined where some are not known. */
function argumentsOf(call: Call, names: readonly string[]): ReadonlyMap<string, Argument> | undefined {
  const given = new Map<string, Argument>();
  for (const [i, argument] of call.args.entries()) {
    const name = argument.name ?? names[i];
    if (argument.star || name === undefined || !names.includes(name)) return undefined;
    given.set(name, argument);
  }
  return given;
}

function textOf(rewriter: Rewriter, expr: Expr): string | undefined {
  if (expr.type === "String") return expr.value;
  const value = rewriter.program.valueOf(expr);
  return value?.kind === "str" ? value.value : undefined;
}

interface Writer {
  readonly names: readonly string[];
  readonly write: (rewriter: Rewriter, text: string, given: ReadonlyMap<string, Argument>) => string;
}

const WRITERS: Readonly<Record<string, Writer>> = {
  // Of letters, ASCII's alone.
  lower: { names: ["input"], write: (_, text) => `${text}.encode().lower().decode()` },
  upper: { names: ["input"], write: (_, text) => `${text}.encode().upper().decode()` },
  strip: {
    names: ["input"],
    write: (rewriter, text) => {
      rewriter.imports.add("import string");
      return `${text}.strip(string.whitespace)`;
    },
  },
  regex_replace: {
    names: ["input", "pattern", "rewrite", "replace_global"],
    write: (rewriter, text, given) => {
      const [pattern, by, all] = ["pattern", "rewrite", "replace_global"].map(
        (name) => given.get(name)?.value,
      );
      const known = pattern && patternOf(rewriter, pattern);
      const replacement = by && textOf(rewriter, by);
      if (!pattern || !by || known === undefined || replacement === undefined)
        throw new Unsupported(pattern ?? by ?? rewriter.program.module, "this pattern is not known here");
      const everywhere = all && rewriter.program.valueOf(all);
      if (!readsAlike(known) || replacement.includes("\\") || (all && everywhere?.kind !== "bool"))
        throw new Unsupported(pattern, "this pattern may mean something else in Python than in TensorFlow");
      if (/\\[sS]/.test(known))
        rewriter.note(pattern, RULE, "`\\s` takes vertical tabs too in Python, and does not in TensorFlow");
      rewriter.imports.add("import re");
      const passed = [rewriter.source(pattern), rewriter.source(by), text];
      if (everywhere?.kind === "bool" && !everywhere.value) passed.push("count=1");
      if (/\\[a-zA-Z]/.test(known)) passed.push("flags=re.ASCII");
      return `re.sub(${passed.join(", ")})`;
    },
  },
};
