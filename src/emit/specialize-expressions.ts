/** Partial evaluation of the helpers: their expressions, with what is known folded. */
import type { Call, Expr, Node, Stmt } from "../../grammars/nodes.ts";
import { children, isBaseInit, outerSpan } from "../../grammars/walk.ts";
import { defaultOf, isExpr, isSelf, isTrue, type Known, spell } from "./constants.ts";

export interface Helper {
  readonly name: string;
  readonly text: string;
  readonly node: Stmt;
}

/** What is known of a helper's parameters. */
export interface Facts {
  /** Parameters that are always one constant. */
  readonly constants: Map<string, Known>;
  /** Parameters that the body does not read. */
  readonly dropped: Set<string>;
}

export abstract class Expressions {
  protected readonly switches: ReadonlyMap<string, boolean>;
  protected readonly facts = new Map<string, Facts>();
  /** Parameters by helper that some call passes, as something that is not known to be the default. */
  protected passed = new Map<string, Set<string>>();
  protected reads = new Set<string>();
  protected rename: (name: string) => string = (name) => name;
  protected source = "";
  protected local = new Map<string, Known>();
  /** Attributes that `__init__` sets to a constant, and nothing else does. */
  protected attributes = new Map<string, Known>();
  /** Other names for the parameters of the function that is rendered. */
  protected parameters: ReadonlyMap<string, string> = new Map();
  /** Other names for the parameters of each helper. */
  protected readonly renamed: ReadonlyMap<string, ReadonlyMap<string, string>>;

  constructor(
    switches: ReadonlyMap<string, boolean>,
    renamed: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ) {
    this.switches = switches;
    this.renamed = renamed;
  }

  /** A helper with what is known of its parameters; undefined for a name that is none. */
  protected abstract helper(name: string): Helper | undefined;

  /** The constant that an expression is, where that is known. */
  protected known(node: Expr): Known | undefined {
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
          const alike = typeof left === typeof other && ["string", "number"].includes(typeof left);
          return alike ? (left === other) === (op === "==") : undefined;
        }
        if ((op !== "is" && op !== "is not") || !right || this.known(right) !== null) return undefined;
        return left === undefined ? undefined : (left === null) === (op === "is");
      }
      default:
        return undefined;
    }
  }

  protected expr(node: Expr): string {
    switch (node.type) {
      case "Name": {
        const local = this.local.get(node.id) ?? this.switches.get(node.id);
        if (local !== undefined || this.local.has(node.id))
          return spell(this.local.has(node.id) ? (this.local.get(node.id) as Known) : (local as Known));
        this.reads.add(node.id);
        return this.parameters.get(node.id) ?? this.rename(node.id);
      }
      case "IfExp":
      case "BoolOp": {
        const choice = this.choice(node);
        return choice === node ? this.pieces(node) : this.expr(choice);
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
    if (helper?.node.type !== "FunctionDef") return this.switchedOff(node) ?? this.pieces(node);
    const facts = this.facts.get(helper.name) as Facts;
    const kept: string[] = [];
    let gap = false; // what stood before is left out, but has a place: what comes after needs its name
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
      if (facts.dropped.has(parameter) || facts.constants.has(parameter)) continue;
      if (isDefault) gap ||= arg.name === null;
      else if (gap && arg.name === null)
        kept.push(`${this.renamed.get(helper.name)?.get(parameter) ?? parameter}=${this.pieces(arg)}`);
      else kept.push(this.pieces(arg));
    }
    this.reads.add(helper.name);
    return `${this.rename(helper.name)}(${kept.join(", ")})`;
  }

  /** `model.train(False)` as people write it. */
  private switchedOff({ func, args: [first] }: Call): string | undefined {
    const idiom = func.type === "Attribute" ? OFF.get(func.attr) : undefined;
    if (func.type !== "Attribute" || !idiom || !first || this.known(first.value) !== false) return undefined;
    return `${this.expr(func.value)}.${idiom}()`;
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
    const passed = this.passed.get(helper) ?? new Set<string>();
    passed.add(parameter);
    this.passed.set(helper, passed);
  }

  /** What is left of a conditional expression of which the test is known, and of `a or b` of which one is. */
  private choice(node: Expr): Expr {
    if (node.type === "IfExp") {
      const test = this.known(node.test);
      return test === undefined ? node : this.choice(isTrue(test) ? node.body : node.orelse);
    }
    if (node.type !== "BoolOp") return node;
    const [left, right] = [this.known(node.left), this.known(node.right)];
    const goesOn = (value: Known) => isTrue(value) === (node.op === "and");
    if (left !== undefined) return this.choice(goesOn(left) ? node.right : node.left);
    return right !== undefined && goesOn(right) ? this.choice(node.left) : node;
  }

  /** A node's own text, with its children rendered; parentheses around folded ones go. */
  protected pieces(node: Node): string {
    let text = "";
    let at = node.start;
    for (const child of children(node).sort((a, b) => a.start - b.start)) {
      const rendered = isExpr(child) ? this.expr(child) : this.pieces(child);
      const choice = isExpr(child) ? this.choice(child) : child;
      const apart = node.type === "UnaryOp" && node.op === "not" && choice.type === "Compare";
      // The parentheses of a condition also hold its lines together.
      const spread = rendered.includes("\n") && !isExpr(node) && node.type !== "Argument";
      const bare =
        choice !== child && !spread && (apart || !BINDING.has(node.type) || ATOMS.has(choice.type));
      const span = bare ? outerSpan(child as Expr) : child;
      text += this.source.slice(at, span.start) + rendered;
      at = span.end;
    }
    return text + this.source.slice(at, node.end);
  }
}

/** PyTorch's methods that turn something on or off, by what is written for off. */
const OFF: ReadonlyMap<string, string> = new Map([
  ["set_grad_enabled", "no_grad"],
  ["train", "eval"],
]);

/** What may have to stay together in parentheses inside of these, and what never does. */
const BINDING: ReadonlySet<Node["type"]> = new Set([
  "Attribute",
  "BinOp",
  "BoolOp",
  "Call",
  "Compare",
  "Subscript",
  "UnaryOp",
]);
const ATOMS: ReadonlySet<Node["type"]> = new Set([
  "Attribute",
  "Call",
  "List",
  "Name",
  "Number",
  "String",
  "Subscript",
  "Tuple",
]);

/** `nn.Conv2d(...)`. */
function isModuleOfTorch({ func }: Call): boolean {
  return (
    func.type === "Attribute" &&
    func.value.type === "Name" &&
    func.value.id === "nn" &&
    func.attr[0] !== func.attr[0]?.toLowerCase()
  );
}
