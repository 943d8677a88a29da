/**
 * Partial evaluation of the Python helpers: a helper keeps only what one script uses of it.
 *
 * Known are the switches (names in capitals) and the parameters that no call passes, which are
 * their defaults. Conditions on them are folded, dead branches and loops over nothing go, then
 * parameters that nothing reads any more, with their arguments.
 */
import type { Call, Expr, FunctionDef, Node, Stmt } from "../../grammars/nodes.ts";
import { children, outerSpan } from "../../grammars/walk.ts";
import { anyDefault, defaultOf, isExpr, isSelf, isTrue, type Known, spell } from "./constants.ts";

export interface Helper {
  readonly name: string;
  readonly text: string;
  readonly node: Stmt;
}

interface Facts {
  /** Parameters that are always one constant. */
  readonly constants: Map<string, Known>;
  /** Parameters that the body does not read. */
  readonly dropped: Set<string>;
}

/** What a helper's rendering asks for. */
export interface Rendering {
  readonly text: string;
  /** Every name that it reads. */
  readonly reads: ReadonlySet<string>;
}

/** Helpers by name, in the order in which they go into a script. */
export interface Helpers {
  has(name: string): boolean;
  get(name: string): Helper | undefined;
  keys(): Iterable<string>;
}

interface Passed {
  /** Whether some call passes something that is not known to be the default. */
  varies: boolean;
}

export class Specializer {
  private readonly helpers: Helpers;
  private readonly switches: ReadonlyMap<string, boolean>;
  private readonly facts = new Map<string, Facts>();
  private passed = new Map<string, Map<string, Passed>>();
  private readonly fromScript: ReadonlyMap<string, ReadonlySet<string>>;
  private reads = new Set<string>();
  private rename: (name: string) => string = (name) => name;
  private source = "";
  private local = new Map<string, Known>();
  /** Attributes that `__init__` sets to a constant, and nothing else does. */
  private attributes = new Map<string, Known>();
  /** Other names for the parameters of the function that is rendered. */
  private parameters: ReadonlyMap<string, string> = new Map();
  /** Base classes that are left out, because nothing would be left of them. */
  private readonly without: ReadonlySet<string>;
  /** Parameters of helpers that are called otherwise in this script. */
  private readonly renamed: ReadonlyMap<string, ReadonlyMap<string, string>>;

  /** @param fromScript the parameters that the script's own calls pass, by helper */
  constructor(
    helpers: Helpers,
    switches: ReadonlyMap<string, boolean>,
    fromScript: ReadonlyMap<string, ReadonlySet<string>>,
    without: ReadonlySet<string> = new Set(),
    renamed: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(),
  ) {
    this.without = without;
    this.renamed = renamed;
    this.helpers = helpers;
    this.switches = switches;
    this.fromScript = fromScript;
  }

  /** A helper with what is known of its parameters; undefined for a name that is none. */
  private helper(name: string): Helper | undefined {
    const helper = this.helpers.get(name);
    if (!helper || this.facts.has(name)) return helper;
    if (helper.node.type === "FunctionDef") this.declare(name, helper.node);
    // A class is called by its constructor's parameters.
    if (helper.node.type === "ClassDef") {
      const init = helper.node.body.find((s) => s.type === "FunctionDef" && s.name === "__init__");
      if (init?.type === "FunctionDef") this.declare(name, init);
    }
    return helper;
  }

  private declare(name: string, node: FunctionDef): void {
    const facts: Facts = { constants: new Map(), dropped: new Set() };
    const given = this.fromScript.get(name);
    for (const parameter of node.params) {
      // A constructor keeps only what is passed; elsewhere a default that says something stays.
      const fallback =
        node.name === "__init__" ? anyDefault(parameter.default) : defaultOf(parameter.default);
      if (given && fallback !== undefined && !given.has(parameter.name))
        facts.constants.set(parameter.name, fallback);
    }
    this.facts.set(name, facts);
  }

  /**
   * The helpers reachable from those asked for, each specialized, in the order they stand in.
   *
   * @param rename the name of a helper or module in the script
   * @param bodies helpers whose text is given
   */
  render(
    roots: Iterable<string>,
    rename: (name: string) => string = (name) => name,
    bodies: ReadonlyMap<string, string> = new Map(),
  ): Map<string, Rendering> {
    this.rename = rename;
    let last = new Map<string, Rendering>();
    // What a helper passes to another settles with it: a few rounds are enough.
    for (let round = 0; round < 6; round++) {
      this.passed = new Map();
      const rendered = new Map<string, Rendering>();
      const queue = [...roots];
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        const helper = this.helper(name);
        if (!helper || rendered.has(name)) continue;
        const text = bodies.get(name);
        const rendering = text === undefined ? this.renderHelper(helper) : { text, reads: new Set<string>() };
        rendered.set(name, rendering);
        queue.push(...rendering.reads);
      }
      const ordered = new Map(
        [...this.helpers.keys()].flatMap((name) => {
          const rendering = rendered.get(name);
          return rendering ? [[name, rendering] as const] : [];
        }),
      );
      const settled = !this.settle() && sameTexts(last, ordered);
      last = ordered;
      if (settled) break;
    }
    return last;
  }

  /** Parameters that only helpers pass, and always as the default, become constants. */
  private settle(): boolean {
    let changed = false;
    for (const [name, facts] of this.facts) {
      const helper = this.helpers.get(name);
      if (helper?.node.type !== "FunctionDef" || this.fromScript.has(name)) continue;
      const passed = this.passed.get(name);
      if (!facts || !passed) continue;
      for (const parameter of helper.node.params) {
        const fallback = defaultOf(parameter.default);
        if (
          fallback === undefined ||
          facts.constants.has(parameter.name) ||
          passed.get(parameter.name)?.varies
        )
          continue;
        facts.constants.set(parameter.name, fallback);
        changed = true;
      }
    }
    return changed;
  }

  private renderHelper(helper: Helper): Rendering {
    this.reads = new Set();
    this.source = helper.text;
    const text = this.statement(helper.node, helper.name) ?? "";
    return { text, reads: this.reads };
  }

  // Statements

  /** Text of a statement at the indentation of its source; undefined where nothing is left of it. */
  private statement(node: Stmt, helper?: string): string | undefined {
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
        return body && `while ${this.expr(node.test)}:${body}`;
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
    const head = this.expr(node.test);
    const body = this.block(node.body);
    const otherwise = this.otherwise(node.orelse, " ".repeat(this.column(node.start)));
    if (body === undefined)
      return otherwise?.startsWith("else:") ? `if not ${head}:${otherwise.slice(5)}` : undefined;
    return `if ${head}:${body}${otherwise === undefined ? "" : `\n${" ".repeat(this.column(node.start))}${otherwise}`}`;
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

  // Expressions

  /** The constant that an expression is, where that is known. */
  private known(node: Expr): Known | undefined {
    switch (node.type) {
      case "Constant":
        return node.value === "..." ? undefined : node.value;
      case "Number":
        return typeof node.value === "number" ? node.value : undefined;
      case "Tuple":
        return node.elements.length === 0 ? "()" : undefined;
      case "Name": {
        const local = this.local.get(node.id);
        return local !== undefined ? local : this.switches.get(node.id);
      }
      case "Attribute":
        return isSelf(node.value) ? this.attributes.get(node.attr) : undefined;
      case "String":
        return node.value;
      case "UnaryOp": {
        const operand = node.op === "not" ? this.known(node.operand) : undefined;
        return operand === undefined ? undefined : !isTrue(operand);
      }
      case "BoolOp": {
        const [left, right] = [this.known(node.left), this.known(node.right)];
        if (left !== undefined) return isTrue(left) === (node.op === "and") ? right : left;
        return right !== undefined && isTrue(right) !== (node.op === "and") ? right : undefined;
      }
      case "IfExp": {
        const test = this.known(node.test);
        return test === undefined ? undefined : this.known(isTrue(test) ? node.body : node.orelse);
      }
      case "Compare": {
        const [op] = node.ops;
        const [right] = node.comparators;
        const left = this.known(node.left);
        if (right && (op === "==" || op === "!=")) {
          const other = this.known(right);
          const strings = typeof left === "string" && typeof other === "string";
          return strings ? (left === other) === (op === "==") : undefined;
        }
        if ((op !== "is" && op !== "is not") || !right || this.known(right) !== null) return undefined;
        return left === undefined ? undefined : (left === null) === (op === "is");
      }
      default:
        return undefined;
    }
  }

  private expr(node: Expr): string {
    switch (node.type) {
      case "Name": {
        const local = this.local.get(node.id) ?? this.switches.get(node.id);
        if (local !== undefined || this.local.has(node.id))
          return spell(this.local.has(node.id) ? (this.local.get(node.id) as Known) : (local as Known));
        this.reads.add(node.id);
        return this.parameters.get(node.id) ?? this.rename(node.id);
      }
      case "IfExp": {
        const test = this.known(node.test);
        if (test === undefined) return this.pieces(node);
        return this.expr(isTrue(test) ? node.body : node.orelse);
      }
      case "BoolOp": {
        const [left, right] = [this.known(node.left), this.known(node.right)];
        if (left !== undefined)
          return this.expr(isTrue(left) === (node.op === "and") ? node.right : node.left);
        if (right !== undefined && isTrue(right) === (node.op === "and")) return this.expr(node.left);
        return this.pieces(node);
      }
      case "Call":
        return this.call(node);
      case "Attribute": {
        const known = this.known(node);
        return known === undefined ? this.pieces(node) : spell(known);
      }
      case "BinOp":
        if ((node.op === "+" || node.op === "-") && this.known(node.right) === 0) return this.expr(node.left);
        return this.pieces(node);
      default:
        return this.pieces(node);
    }
  }

  /** A call, without arguments for parameters that are gone. */
  private call(node: Call): string {
    const helper = node.func.type === "Name" ? this.helper(node.func.id) : undefined;
    if (isBaseInit(node) || isModuleOfTorch(node)) return this.handingOn(node);
    if (helper?.node.type !== "FunctionDef") return this.pieces(node);
    const facts = this.facts.get(helper.name) as Facts;
    const kept: string[] = [];
    for (const [i, arg] of node.args.entries()) {
      if (arg.star) {
        kept.push(this.pieces(arg));
        continue;
      }
      const parameter = arg.name ?? helper.node.params[i]?.name ?? "";
      const declared = helper.node.params.find((p) => p.name === parameter);
      const value = this.known(arg.value);
      const isDefault = value !== undefined && value === defaultOf(declared?.default ?? null);
      if (!isDefault) this.pass(helper.name, parameter);
      if (isDefault || facts.dropped.has(parameter) || facts.constants.has(parameter)) continue;
      kept.push(this.pieces(arg));
    }
    this.reads.add(helper.name);
    return `${this.rename(helper.name)}(${kept.join(", ")})`;
  }

  /** `super().__init__(...)` or `nn.Conv2d(...)`: what a folded parameter hands on is the default there too. */
  private handingOn(node: Call): string {
    const kept = node.args.filter(
      ({ name, value }) =>
        name === null || value.type !== "Name" || value.id !== name || !this.local.has(name),
    );
    return `${this.expr(node.func)}(${kept.map((arg) => this.pieces(arg)).join(", ")})`;
  }

  private pass(helper: string, parameter: string): void {
    const passed = this.passed.get(helper) ?? new Map<string, Passed>();
    passed.set(parameter, { varies: true });
    this.passed.set(helper, passed);
  }

  /** A node's own text, with its children rendered; parentheses around folded ones go. */
  private pieces(node: Node): string {
    let text = "";
    let at = node.start;
    for (const child of children(node).sort((a, b) => a.start - b.start)) {
      const rendered = isExpr(child) ? this.expr(child) : this.pieces(child);
      const folded = isExpr(child) && child.type === "IfExp" && this.known(child.test) !== undefined;
      const span = folded ? outerSpan(child as Expr) : child;
      text += this.source.slice(at, span.start) + rendered;
      at = span.end;
    }
    return text + this.source.slice(at, node.end);
  }
}

function isBaseInit({ func }: Call): boolean {
  return (
    func.type === "Attribute" &&
    func.attr === "__init__" &&
    func.value.type === "Call" &&
    func.value.func.type === "Name" &&
    func.value.func.id === "super"
  );
}

/** `nn.Conv2d(...)`. */
function isModuleOfTorch({ func }: Call): boolean {
  return (
    func.type === "Attribute" &&
    func.value.type === "Name" &&
    func.value.id === "nn" &&
    func.attr[0] !== func.attr[0]?.toLowerCase()
  );
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

function sameTexts(a: ReadonlyMap<string, Rendering>, b: ReadonlyMap<string, Rendering>): boolean {
  return a.size === b.size && [...b].every(([name, rendering]) => a.get(name)?.text === rendering.text);
}
