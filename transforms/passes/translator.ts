/** Translates the body of a function that is given tensors, from TensorFlow to PyTorch. */
import type { Attribute, Call, Expr, FunctionDef, If, Node, Stmt } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { ANY_FLOAT, alternatives, type FunctionValue, type Value } from "../../src/analysis/values.ts";
import { type Arguments, Unsupported } from "../arguments.ts";
import type { Rewriter } from "../rewriter.ts";
import { writeApart } from "../tensors/in-place.ts";
import { either, isNumber, isNumberArray, joined, NUMBER, piecesOf, TENSOR } from "../tensors/kinds.ts";
import { NotNumPy } from "../tensors/operands.ts";
import { ROWS_BY_PATH } from "../tensors/rows.ts";
import { isPlainIndex, writeTemplate } from "../tensors/template.ts";
import { CLIPPED, type Kind } from "../tensors/torch.ts";
import { untranslated } from "../tensors/untranslated.ts";
import { isAsked, isSelf, type Owner } from "./method-owner.ts";

export class Translator {
  protected readonly rewriter: Rewriter;
  private readonly owner: Owner | undefined;
  private readonly active: Node[] = [];
  protected names = new Map<string, Kind>();
  private returned: Kind | undefined;

  constructor(rewriter: Rewriter, owner?: Owner) {
    this.rewriter = rewriter;
    this.owner = owner;
  }

  callee(value: FunctionValue, kinds: readonly Kind[], at: Node): Kind {
    const { node } = value;
    if (this.active.includes(node))
      throw new Unsupported(at, "a function that calls itself is not supported");
    // What a function takes besides by any name, it is not given here.
    const own = node.params.slice(value.self ? 1 : 0).filter((one) => one.kind !== "**");
    if (own.some((one, i) => one.kind === "*" || (i >= kinds.length && !one.default)))
      throw new Unsupported(node, "a function of tensors with these parameters is not supported yet");
    const given = JSON.stringify(own.map((_, i) => kinds[i]?.tensor === true));
    const known = this.rewriter.measures.get(node);
    if (known && known.given === given) return known.kind;
    if (known)
      throw new Unsupported(at, "a function of tensors that is given numbers elsewhere is not supported yet");
    const outer = { names: this.names, returned: this.returned };
    this.names = new Map(own.map((one, i) => [one.name, kinds[i] ?? NUMBER]));
    this.returned = undefined;
    this.active.push(node);
    const kind = node.type === "Lambda" ? this.expr(node.body) : this.body(node);
    this.active.pop();
    this.names = outer.names;
    this.returned = outer.returned;
    this.rewriter.measures.set(node, { given, kind });
    return kind;
  }

  private body(node: FunctionDef): Kind {
    if (node.decorators.length > 0)
      throw new Unsupported(node, "a decorated function of tensors is not supported yet");
    this.block(node.body);
    if (!this.returned && !this.owner) throw untranslated(node);
    return this.returned ?? NUMBER;
  }

  private block(body: readonly Stmt[]): void {
    for (const statement of body) {
      switch (statement.type) {
        case "Assign": {
          const kind = this.expr(statement.value);
          for (const target of statement.targets) this.bind(target, kind);
          break;
        }
        case "AugAssign": {
          const kind = this.expr(statement.value);
          if (statement.target.type !== "Name") throw untranslated(statement.target);
          const before = this.names.get(statement.target.id) ?? NUMBER;
          if (before.tensor) writeApart(this.rewriter, statement);
          this.names.set(statement.target.id, joined([before, kind]));
          break;
        }
        case "Return":
          if (!statement.value) throw untranslated(statement);
          this.returned = either(this.returned, this.expr(statement.value));
          break;
        case "ExprStmt":
          if (statement.value.type === "String") break;
          if (statement.value.type !== "Call" || !this.ownCall(statement.value))
            throw untranslated(statement);
          break;
        case "Pass":
          break;
        case "If":
          this.branches(statement);
          break;
        default:
          throw untranslated(statement);
      }
    }
  }

  /** A condition on numbers: what both branches leave must be of one kind. */
  private branches(statement: If): void {
    const { test, body, orelse } = statement;
    // What is done with a parameter that nobody passes goes.
    if (this.owner && orelse.length === 0 && isAsked(test, this.owner.absent)) {
      this.rewriter.edits.absorb(this.rewriter.text, statement.start, statement.end);
      this.rewriter.removeStatements([statement], "tensors");
      return;
    }
    if (this.expr(test).tensor) throw untranslated(test);
    const before = this.names;
    this.names = new Map(before);
    this.block(body);
    const first = this.names;
    this.names = new Map(before);
    this.block(orelse);
    for (const [name, kind] of first) {
      const other = this.names.get(name);
      if (other && other.tensor !== kind.tensor) throw untranslated(test);
      this.names.set(name, other ? { ...joined([kind, other]), tensor: kind.tensor } : kind);
    }
  }

  private bind(target: Expr, kind: Kind): void {
    if (target.type === "Tuple" && kind.parts?.length === target.elements.length) {
      for (const [i, one] of target.elements.entries()) this.bind(one, kind.parts[i] as Kind);
      return;
    }
    if (target.type !== "Name") throw untranslated(target);
    this.names.set(target.id, kind);
  }

  /** A tuple or list of these. */
  protected listed(node: Expr, kinds: readonly Kind[]): Kind {
    if (kinds.some((kind) => kind.tensor)) throw untranslated(node);
    return NUMBER;
  }

  protected expr(node: Expr): Kind {
    switch (node.type) {
      case "Name": {
        const known = this.names.get(node.id);
        const value = this.rewriter.program.valueOf(node);
        if (!known && value?.kind === "array") throw untranslated(node);
        return known ?? (value?.kind === "num" ? { tensor: false, number: true } : NUMBER);
      }
      case "UnaryOp":
        return this.expr(node.operand);
      case "BinOp":
        return joined([this.expr(node.left), this.expr(node.right)]);
      case "Compare": {
        const kinds = [node.left, ...node.comparators].map((one) => this.expr(one));
        if (node.comparators.length > 1 && kinds.some((kind) => kind.tensor)) throw untranslated(node);
        const kind = joined(kinds);
        return kind.tensor ? { ...kind, bool: true } : kind;
      }
      case "Attribute": {
        if (this.rewriter.isKeras(node)) return NUMBER;
        const own = isSelf(node.value) ? this.owner?.attributes.get(node.attr) : undefined;
        if (own) return own;
        const owner = this.expr(node.value);
        if (!owner.tensor) return this.plainAttribute(node);
        if (node.attr === "shape") return { tensor: false, shape: true };
        if (node.attr === "dtype") return NUMBER;
        throw untranslated(node);
      }
      case "Subscript": {
        const owner = this.expr(node.value);
        if (owner.tensor && !isPlainIndex(node.index)) throw untranslated(node.index);
        if (owner.shape && node.index.type !== "Slice") return { tensor: false, number: true };
        return owner.tensor ? TENSOR : NUMBER;
      }
      case "Call":
        return this.call(node);
      case "Tuple":
      case "List": {
        return this.listed(
          node,
          node.elements.map((one) => this.expr(one)),
        );
      }
      case "Number":
        return { tensor: false, number: true };
      case "String":
        return NUMBER;
      default: {
        if (this.touches(node)) throw untranslated(node);
        return NUMBER;
      }
    }
  }

  /** What an object of the script holds, which is no tensor. */
  private plainAttribute(node: Attribute): Kind {
    const value = this.rewriter.program.valueOf(node);
    const owner = this.rewriter.program.valueOf(node.value);
    const plain = (one: Value) => ["num", "str", "bool", "none"].includes(one.kind) || isNumberArray(one);
    if (owner?.kind === "instance" && !(value && alternatives(value).every(plain))) throw untranslated(node);
    return NUMBER;
  }

  /** Whether an expression reads a tensor or names something of Keras. */
  private touches(node: Node): boolean {
    let found = false;
    walk(node, (one) => {
      if (one.type === "Name" && this.names.get(one.id)?.tensor) found = true;
      if ((one.type === "Name" || one.type === "Attribute") && this.rewriter.isKeras(one)) found = true;
      return !found;
    });
    return found;
  }

  /** A call on the object that the method belongs to. */
  protected ownCall(node: Call): Kind | undefined {
    return this.owner?.call(node, (expr) => this.expr(expr));
  }

  private call(node: Call): Kind {
    const own = this.ownCall(node);
    if (own) return own;
    const { program } = this.rewriter;
    const kinds = new Map(node.args.map((arg) => [arg.value, this.expr(arg.value)] as const));
    const [fact] = program.calls.get(node) ?? [];
    const callee = program.valueOf(node.func);
    if (fact) return this.keras(node, fact.construct.path, fact.args, kinds);
    const tensors = [...kinds.values()].some((kind) => kind.tensor);
    if (callee?.kind === "function") {
      if (node.args.some((arg) => arg.star || arg.name !== null)) throw untranslated(node);
      return this.callee(callee, [...kinds.values()], node);
    }
    if (callee?.kind === "ref" && callee.path === "builtins.abs" && tensors)
      return joined([...kinds.values()]);
    const method =
      node.func.type === "Attribute" && !this.rewriter.isKeras(node.func) ? node.func.value : null;
    if (tensors || this.rewriter.isKeras(node.func) || (method && this.touches(method)))
      throw untranslated(node);
    return NUMBER;
  }

  /** A function of Keras or TensorFlow. */
  private keras(
    node: Call,
    path: string,
    bound: ConstructorParameters<typeof Arguments>[0],
    kinds: ReadonlyMap<Expr, Kind>,
  ): Kind {
    const { rewriter } = this;
    const { func } = node;
    if (rewriter.edits.covers(func.start, func.end)) {
      // A number that another rule has written, such as Keras's epsilon.
      if ([...kinds.values()].every((kind) => !kind.tensor)) return NUMBER;
      throw new Unsupported(node, "a function that is used on arrays and on tensors is not supported yet");
    }
    const row = ROWS_BY_PATH.get(path);
    const whole = node.args.every((arg) => !arg.star) && bound.unbound.length === 0;
    if (!row?.torch || !whole) throw untranslated(node);
    const args = rewriter.arguments(bound, node);
    const given = {
      version: rewriter.program.version,
      value: (name: string): Value => args.value(name),
      expr: (name: string) => args.expr(name),
      kind: (name: string): Kind => {
        const expr = args.expr(name);
        return (expr && kinds.get(expr)) ?? NUMBER;
      },
    };
    try {
      // Of numbers alone NumPy's function takes one.
      const known =
        row.elementwise &&
        row.data.every(
          (name) =>
            isNumber(given.value(name)) &&
            !given.kind(name).tensor &&
            // A size of a tensor, which is a number of Python.
            (given.value(name).kind === "num" || !given.kind(name).number),
        );
      const sizes = row.elementwise && row.data.every((name) => given.kind(name).number === true);
      const own = known ? undefined : piecesOf(() => row.torch?.pieces(given), sizes === true);
      const plain = own === undefined;
      const numbers = {
        ...given,
        value: (name: string): Value => (row.data.includes(name) ? ANY_FLOAT : args.value(name)),
      };
      const pieces = own ?? row.form(known ? given : numbers);
      for (const piece of pieces) if (typeof piece !== "string" && "arg" in piece) args.value(piece.arg);
      args.value("name");
      args.finish(path, new Set());
      if (path.includes("crossentropy")) rewriter.note(node, "compile", CLIPPED);
      writeTemplate(rewriter, node, args, pieces);
      return plain ? { tensor: false, number: true } : row.torch.kind(given);
    } catch (error) {
      if (error instanceof NotNumPy) throw untranslated(node);
      throw error;
    }
  }
}
