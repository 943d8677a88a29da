/** Partial evaluation of the helpers: their statements, without branches and loops that do nothing. */
import type { Call, Expr, FunctionDef, Stmt } from "../../grammars/nodes.ts";
import { outerSpan } from "../../grammars/walk.ts";
import { isSelf, isTrue, type Known } from "./constants.ts";
import { Expressions } from "./specialize-expressions.ts";

export abstract class Statements extends Expressions {
  /** The parameters that the script's own calls pass, by helper. */
  protected readonly fromScript: ReadonlyMap<string, ReadonlySet<string>>;
  /** Base classes that are left out, because nothing would be left of them. */
  private readonly without: ReadonlySet<string>;

  constructor(
    switches: ReadonlyMap<string, boolean>,
    fromScript: ReadonlyMap<string, ReadonlySet<string>>,
    without: ReadonlySet<string>,
    renamed: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ) {
    super(switches, renamed);
    this.fromScript = fromScript;
    this.without = without;
  }

  /** Text of a statement at the indentation of its source; undefined where nothing is left of it. */
  protected statement(node: Stmt, helper?: string): string | undefined {
    switch (node.type) {
      case "FunctionDef":
        return this.functionDef(node, helper);
      case "ClassDef":
        return this.classDef(node, helper);
      case "If":
        return this.conditional(node);
      case "For": {
        if (this.known(node.iter) === "()") return undefined;
        const body = this.block(node.body);
        if (body === undefined) return undefined;
        const reads = new Set(this.reads);
        const plain = this.withoutCounter(node.target, node.iter, body);
        this.reads = plain ? reads : this.reads;
        const head = plain ?? `${this.expr(node.target)} in ${this.expr(node.iter)}`;
        if (plain) this.expr((node.iter as Call).args[0]?.value as Expr);
        return `for ${head}:${body}`;
      }
      case "While": {
        const body = this.block(node.body);
        return body && `while ${this.condition(node.test)}:${body}`;
      }
      case "With": {
        const body = this.block(node.body);
        const first = node.body[0];
        if (body === undefined || !first) return undefined;
        const items = node.items.map(
          (item) => this.expr(item.context) + (item.target ? ` as ${this.expr(item.target)}` : ""),
        );
        return `with ${items.join(", ")}:${body}`;
      }
      case "Assign": {
        const [target] = node.targets;
        if (target?.type === "Attribute" && isSelf(target.value) && this.attributes.has(target.attr))
          return undefined;
        if (this.settledName(node)) return undefined;
        return this.rebinding(node) ?? this.pieces(node);
      }
      default:
        return this.pieces(node);
    }
  }

  /** `training = optimizer is not None` of a parameter that nobody passes: a constant from here on. */
  private settledName({ targets: [target], value }: Extract<Stmt, { type: "Assign" }>): boolean {
    const known = value.type === "Compare" ? this.known(value) : undefined;
    if (known === undefined || target?.type !== "Name") return false;
    this.local.set(target.id, known);
    return true;
  }

  /** `x = ...` where `x` was a constant: from here on it is a variable. */
  private rebinding(node: Extract<Stmt, { type: "Assign" }>): string | undefined {
    const bound = node.targets.flatMap((target) => (target.type === "Name" ? [target.id] : []));
    if (!bound.some((name) => this.local.has(name))) return undefined;
    const value = this.expr(node.value);
    for (const name of bound) this.local.delete(name);
    return [...node.targets.map((target) => this.expr(target)), value].join(" = ");
  }

  private conditional(node: Extract<Stmt, { type: "If" }>): string | undefined {
    const test = this.known(node.test);
    if (test !== undefined) return this.branch(isTrue(test) ? node.body : node.orelse);
    const head = this.condition(node.test);
    const body = this.block(node.body);
    const otherwise = this.otherwise(node.orelse, " ".repeat(this.column(node.start)));
    if (body === undefined)
      return otherwise?.startsWith("else:") ? `if not ${head}:${otherwise.slice(5)}` : undefined;
    return `if ${head}:${body}${otherwise === undefined ? "" : `\n${" ".repeat(this.column(node.start))}${otherwise}`}`;
  }

  /** A condition, in parentheses where they hold its lines together. */
  private condition(test: Expr): string {
    const text = this.expr(test);
    return text.includes("\n") && outerSpan(test).start < test.start ? `(${text})` : text;
  }

  /** The branch that is always taken, in the place of the conditional. */
  private branch(body: readonly Stmt[]): string | undefined {
    const [only] = body;
    return only?.type === "If" && only.elif ? this.conditional(only) : this.inlined(body);
  }

  /** From `else` or `elif` on; undefined where nothing is left of it. */
  private otherwise(body: readonly Stmt[], indent: string): string | undefined {
    const [only] = body;
    if (only?.type !== "If" || !only.elif) {
      const text = this.block(body);
      return text && `else:${text}`;
    }
    const test = this.known(only.test);
    if (test !== undefined) return this.otherwise(isTrue(test) ? only.body : only.orelse, indent);
    const rest = this.conditional(only);
    return rest && `el${rest}`;
  }

  /** The statements of a branch that is always taken, moved out by one level. */
  private inlined(body: readonly Stmt[]): string | undefined {
    const [first] = body;
    if (!first) return undefined;
    const text = this.block(body);
    if (text === undefined) return undefined;
    // Without the line end and indentation that the block starts with.
    return text.replaceAll(/\n {4}/g, "\n").trimStart();
  }

  /** A block from the line end after its colon on. */
  private block(body: readonly Stmt[]): string | undefined {
    const parts: string[] = [];
    for (const [i, statement] of body.entries()) {
      const text = this.statement(statement);
      if (text === undefined) continue;
      const before = body[i - 1];
      const gap = before ? this.source.slice(before.end, statement.start) : "";
      const blank = parts.length > 0 && /\n\s*\n/.test(gap) ? "\n" : "";
      parts.push(`${blank}\n${" ".repeat(this.column(statement.start))}${text}`);
    }
    return parts.length > 0 ? parts.join("") : undefined;
  }

  private column(offset: number): number {
    return offset - (this.source.lastIndexOf("\n", offset - 1) + 1);
  }

  /** A function; undefined for an `__init__` that has nothing left to do. */
  private functionDef(node: FunctionDef, helper?: string): string | undefined {
    const outer = this.local;
    const facts = helper ? this.facts.get(helper) : undefined;
    this.parameters = (helper && this.renamed.get(helper)) || new Map();
    this.local = new Map([...outer, ...(facts?.constants ?? [])]);
    const before = this.reads;
    this.reads = new Set();
    const body = this.block(node.body);
    const inBody = this.reads;
    this.reads = before;
    for (const name of inBody) this.reads.add(name);
    this.local = outer;
    // What the script itself passes stays, whether it is read or not.
    const given = helper ? this.fromScript.get(helper) : undefined;
    if (facts) {
      for (const parameter of node.params) {
        if (!inBody.has(parameter.name) && !given?.has(parameter.name)) facts.dropped.add(parameter.name);
      }
    }
    const parameters = node.params.filter(
      (parameter) =>
        !facts ||
        parameter.name === "self" ||
        (!facts.dropped.has(parameter.name) && !facts.constants.has(parameter.name)),
    );
    const decorators = node.decorators.map(
      (decorator) => `@${this.expr(decorator)}\n${" ".repeat(this.column(node.start))}`,
    );
    const declared = parameters.map((parameter) => {
      if (parameter.default) this.expr(parameter.default);
      const text = this.source.slice(parameter.start, parameter.end);
      const other = this.parameters.get(parameter.name);
      return other === undefined ? text : other + text.slice(parameter.name.length);
    });
    this.parameters = new Map();
    if (node.name === "__init__" && body === undefined && declared.length === 1) return undefined;
    const name = helper && node.name !== "__init__" ? this.rename(helper) : node.name;
    const column = this.column(node.start);
    const inner = " ".repeat(column + 4);
    return decorators.join("") + head(name, declared, column) + (body ?? `\n${inner}pass`);
  }

  private classDef(node: Extract<Stmt, { type: "ClassDef" }>, helper?: string): string {
    const bases = node.bases
      .filter((base) => base.value.type !== "Name" || !this.without.has(base.value.id))
      .map((base) => this.pieces(base));
    const parts: string[] = [];
    const outerAttributes = this.attributes;
    this.attributes = this.constantAttributes(
      node,
      (helper && this.facts.get(helper)?.constants) || new Map(),
    );
    for (const [i, statement] of node.body.entries()) {
      const init = statement.type === "FunctionDef" && statement.name === "__init__";
      const constants = init && helper ? this.facts.get(helper)?.constants : undefined;
      const outer = this.local;
      if (constants) this.local = new Map([...outer, ...constants]);
      const text = this.statement(statement, init ? helper : undefined);
      this.local = outer;
      if (text === undefined) continue;
      const before = node.body[i - 1];
      const gap = before ? this.source.slice(before.end, statement.start) : "";
      const blank = parts.length > 0 && /\n\s*\n/.test(gap) ? "\n" : "";
      parts.push(`${blank}\n${" ".repeat(this.column(statement.start))}${text}`);
    }
    this.attributes = outerAttributes;
    return `class ${this.rename(node.name)}${bases.length > 0 ? `(${bases.join(", ")})` : ""}:${parts.join("")}`;
  }

  /** `self.x = x` in `__init__`, where `x` is a constant and `self.x` is set nowhere else. */
  private constantAttributes(
    node: Extract<Stmt, { type: "ClassDef" }>,
    constants: ReadonlyMap<string, Known>,
  ): Map<string, Known> {
    const found = new Map<string, Known>();
    const init = node.body.find(
      (statement) => statement.type === "FunctionDef" && statement.name === "__init__",
    );
    if (init?.type !== "FunctionDef") return found;
    for (const statement of init.body) {
      if (statement.type !== "Assign" || statement.value.type !== "Name") continue;
      const [target] = statement.targets;
      const value = constants.get(statement.value.id);
      if (value !== undefined && target?.type === "Attribute" && isSelf(target.value))
        found.set(target.attr, value);
    }
    return found;
  }

  /** `for i, x in enumerate(xs)` without its counter, where nothing reads that. */
  private withoutCounter(target: Expr, iter: Expr, body: string): string | undefined {
    if (target.type !== "Tuple" || iter.type !== "Call" || iter.func.type !== "Name") return undefined;
    const [counter, item] = target.elements;
    const [items] = iter.args;
    if (iter.func.id !== "enumerate" || counter?.type !== "Name" || !item || !items) return undefined;
    if (new RegExp(`\\b${counter.id}\\b`).test(body)) return undefined;
    return `${this.expr(item)} in ${this.expr(items.value)}`;
  }
}

/** The longest line of a function's head. */
const WIDTH = 119;

/** `def name(...):` on one line, with the parameters on a line of their own, or on one each. */
function head(name: string, parameters: readonly string[], column: number): string {
  const line = parameters.join(", ");
  if (column + `def ${name}(${line}):`.length <= WIDTH) return `def ${name}(${line}):`;
  const [outer, inner] = [" ".repeat(column), " ".repeat(column + 4)];
  const rows = inner.length + line.length <= WIDTH ? [line] : parameters.map((one) => `${one},`);
  return `def ${name}(\n${rows.map((row) => inner + row).join("\n")}\n${outer}):`;
}
