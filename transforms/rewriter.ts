/** What the passes write to: edits, imports, helpers and diagnostics of one script. */
import type { Call, Expr, Node, Span, Stmt, Subscript } from "../grammars/nodes.ts";
import { isTarget, walk } from "../grammars/walk.ts";
import type { BoundArgs } from "../src/analysis/constructs.ts";
import type { Program } from "../src/analysis/program.ts";
import { alternatives, type FunctionValue, str, UNKNOWN, type Value } from "../src/analysis/values.ts";
import type { Diagnostic } from "../src/diagnostics.ts";
import { Edits } from "../src/emit/edits.ts";
import type { RuleName } from "../src/report/rules.ts";
import { Arguments, FollowsOn, Unsupported } from "./arguments.ts";
import type { InitRule } from "./layer.ts";
import { ownerOf, type Placement, renderAt } from "./passes/inlined.ts";
import type { ModelPlan } from "./plan.ts";
import { removeStatement, removeStatements } from "./removal.ts";
import type { Kind } from "./tensors/torch.ts";

/** What a script's own version of a helper does. */
export interface Body {
  readonly doc: string;
  readonly lines: readonly string[];
}

export class Rewriter {
  readonly program: Program;
  readonly text: string;
  readonly edits = new Edits();
  readonly diagnostics: Diagnostic[] = [];
  /** Import statements that the output needs, such as `from torch import nn`. */
  readonly imports = new Set<string>();
  /** What takes the place of optimizers that `compile` gets as one of several. */
  readonly factories = new Map<Call, string>();
  /** What takes the place of classes of optimizers that the script keeps somewhere. */
  readonly classes = new Map<Node, string>();
  /** Their paths: what the script's own names stand for is PyTorch's now. */
  readonly heldClasses = new Set<string>();
  /** Helpers by their own name. */
  readonly helpers = new Set<string>();
  /** Parameters that the script's calls pass to helpers. */
  readonly passed = new Map<string, Set<string>>();
  readonly switches = new Map<string, boolean>();
  /** Bodies that stand in for a helper's own, by name: where models need different ones, they carry them as attributes. */
  readonly bodies = new Map<string, Map<string, Body>>();
  private readonly carried = new Set<string>();
  /** Initializing lines that read names of the function that their model is made in. */
  readonly localLines = new Set<string>();
  /** Those of them that read parameters only, which nothing binds again. */
  readonly parameterLines = new Set<string>();
  /** Plans by the call that makes the model. */
  readonly plans = new Map<Node, ModelPlan>();
  readonly initRules = new Map<string, InitRule>();
  /** Names that the script binds itself; helpers that share one are renamed. */
  readonly taken: ReadonlySet<string>;
  /** How the calls of models were written: one call may be reached by several models. */
  readonly callForms = new Map<Node, string>();
  /** Functions of the script that were translated for tensors: what they were given, and what they give. */
  readonly measures = new Map<Node, { readonly given: string; readonly kind: Kind }>();
  /** What stands for classes of layers where names of the script stand for them, by path. */
  readonly chosenClasses = new Map<string, { readonly name: string; readonly isHelper: boolean }>();
  /** Variables that hold them, where they are handed on. */
  readonly chosenNames = new Set<Node>();
  /** Activations that the script gives Keras by name. */
  readonly customObjects = new Map<string, { readonly value: FunctionValue; readonly expr: Expr }>();
  /** How many names were made of a kind. */
  readonly fresh = new Map<string, number>();
  private readonly names = new Map<string, string>();
  readonly partial: boolean;
  /** Whether torchvision's pretrained weights may stand for Keras's, which they do not equal. */
  readonly torchvisionWeights: boolean;
  readonly left: ReadonlySet<Node>;
  /** Functions whose layers are written where they come into their models. */
  readonly inlined = new Set<Node>();
  private placement: Placement | undefined;
  private reads: ReadonlySet<string> | undefined;

  /** @param left models that stay Keras, in a script that is converted in part */
  constructor(program: Program, left?: ReadonlySet<Node>, torchvisionWeights = false) {
    this.torchvisionWeights = torchvisionWeights;
    this.program = program;
    this.partial = left !== undefined;
    this.left = left ?? new Set();
    this.text = program.text;
    this.taken = boundNames(program);
  }

  /** The name under which a helper or a variable of the output stands in this script. */
  name(wanted: string): string {
    const known = this.names.get(wanted);
    if (known) return known;
    let free = wanted;
    for (let i = 0; this.taken.has(free) || [...this.names.values()].includes(free); i++) {
      free = i === 0 ? `torch_${wanted}` : `torch_${wanted}_${i + 1}`;
    }
    this.names.set(wanted, free);
    return free;
  }
  /** Names of logs that the script reads, from a history or in a callback. */
  get historyReads(): ReadonlySet<string> {
    if (this.reads) return this.reads;
    const reads = new Set<string>();
    walk(this.program.module, (node) => {
      const monitor = node.type === "Argument" && node.name === "monitor" ? node.value : undefined;
      if (monitor?.type === "String") reads.add(monitor.value);
      const log = node.type === "Call" || node.type === "Subscript" ? logRead(node) : undefined;
      if (log !== undefined) reads.add(log);
      const read = historyRead(node);
      const owner = read && this.program.valueOf(read.owner);
      if (!owner || !alternatives(owner).some((one) => one.kind === "history-dict")) return;
      // Also the argument of a function: `history.history[train]`.
      const key = read.key.type === "String" ? str(read.key.value) : this.program.valueOf(read.key);
      for (const one of key ? alternatives(key) : []) if (one.kind === "str") reads.add(one.value);
    });
    this.reads = reads;
    return reads;
  }
  get renamed(): ReadonlyMap<string, string> {
    return this.names;
  }

  helper(name: string, passes: Iterable<string> = []): string {
    this.helpers.add(name);
    const passed = this.passed.get(name) ?? new Set();
    for (const parameter of passes) passed.add(parameter);
    this.passed.set(name, passed);
    return this.name(name);
  }

  /** The name of a function with that body: the helper's own, or for another body than before one more. */
  addBody(name: string, body: Body): string {
    const known = this.bodies.get(name) ?? new Map<string, Body>();
    this.bodies.set(name, known);
    const wraps = ["np.ascontiguousarray(", "np.asarray("];
    const plain = (one: Body) =>
      wraps.reduce(
        (text, wrap) => text.replace(`${wrap}x)`, "x").replace(`${wrap}y)`, "y"),
        one.lines.join(),
      );
    const same = [...known].find(([, one]) => plain(one) === plain(body));
    // What is an array for one model may be a table for another: both can be taken for any.
    const [wrapped] = wraps.flatMap(
      (wrap) => [same?.[1], body].find((one) => one?.lines.join().includes(wrap)) ?? [],
    );
    const own = same?.[0] ?? (known.size === 0 ? name : `${name}_${known.size + 1}`);
    known.set(own, wrapped ?? body);
    return own;
  }

  /** The same as an expression, for a body that reads names of the function that its model is made in. */
  addLocalBody(name: string, { lines }: Body): string {
    this.bodies.set(name, this.bodies.get(name) ?? new Map());
    this.carried.add(name);
    return `lambda x: ${lines.join().slice("return ".length)}`;
  }

  /** Whether models carry functions of their own for it, so that helpers call the model's. */
  isCarried(name: string): boolean {
    return this.carried.has(name) || (this.bodies.get(name)?.size ?? 0) > 1;
  }

  /** Imports that a piece of emitted code reads by their usual names. */
  use(code: string): string {
    if (/\bnn\./.test(code)) this.imports.add("from torch import nn");
    if (/\btorch\./.test(code)) this.imports.add("import torch");
    if (/\bnp\./.test(code)) this.imports.add("import numpy as np");
    if (/\btorchvision\./.test(code)) this.imports.add("import torchvision");
    if (/\bF\./.test(code)) this.imports.add("import torch.nn.functional as F");
    return code;
  }

  report(node: Span, rule: RuleName, message: string, hint?: string): void {
    if (this.diagnostics.some((one) => one.start === node.start && one.message === message)) return;
    this.diagnostics.push({ rule, severity: "error", message, hint, start: node.start, end: node.end });
  }

  note(node: Span, rule: RuleName, message: string): void {
    if (this.diagnostics.some((one) => one.start === node.start && one.message === message)) return;
    this.diagnostics.push({ rule, severity: "note", message, start: node.start, end: node.end });
  }

  /** Whether anything but a mark was translated. */
  get isWorthWriting(): boolean {
    return this.edits.all.some((edit) => edit.rule !== "mark" && edit.rule !== "imports");
  }

  get hasErrors(): boolean {
    return this.diagnostics.some((one) => one.severity === "error");
  }

  /** Whether a model or its history stays Keras. */
  isLeft(value: Value | undefined): boolean {
    return alternatives(value ?? UNKNOWN).some(
      (one) => "model" in one && one.model !== undefined && this.left.has(one.model.node),
    );
  }

  /** Runs one rule; where it finds something unsupported, what it has written so far is taken back. */
  attempt(rule: RuleName, run: () => void): boolean {
    const mark = this.edits.mark;
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.edits.reset(mark);
      // Without the cause it is said all the same.
      if (!(error instanceof FollowsOn) || !this.hasErrors)
        this.report(error.node, rule, error.message, error.hint);
      return false;
    }
  }

  /** The source of an expression with the rewrites inside it; reported where Keras is left in it. */
  source(expr: Expr | Span): string {
    const at = this.placement;
    if (at && "type" in expr && ownerOf(expr) !== ownerOf(at.place)) return renderAt(this, expr, at);
    if ("type" in expr) {
      const left = this.kerasIn(expr);
      if (left)
        throw new Unsupported(left, `\`${this.text.slice(left.start, left.end)}\` is not supported here`);
    }
    return this.edits.absorb(this.text, expr.start, expr.end);
  }

  /** Writes what stands in another function for the place that it goes to. */
  placed<Result>(placement: Placement, run: () => Result): Result {
    const before = this.placement;
    this.placement = placement;
    try {
      return run();
    } finally {
      this.placement = before;
    }
  }

  /** The arguments of a call, whose text is rewritten where it holds something of Keras. */
  arguments(bound: BoundArgs, node: Node): Arguments {
    const [source, isPlaced] = [(expr: Expr) => this.source(expr), () => this.placement !== undefined];
    return new Arguments(bound, node, this.program.machine, source, isPlaced);
  }

  /** The first Keras name in a node that no edit covers. */
  kerasIn(node: Node): Node | undefined {
    let found: Node | undefined;
    walk(node, (one) => {
      if (found) return false;
      if (one.type !== "Name" && one.type !== "Attribute") return true;
      if (this.edits.covers(one.start, one.end)) return false;
      if (this.isKeras(one)) found = one;
      return found === undefined;
    });
    return found;
  }

  isKeras(node: Expr): boolean {
    const value = this.program.valueOf(node);
    if (!value) return false;
    const { registry } = this.program;
    const isHeld = node.type === "Name" && this.taken.has(node.id);
    return alternatives(value).some((one) => {
      const path = one.kind === "ref" ? registry.canonical(one.path) : "";
      return registry.isKeras(path) && !(isHeld && this.heldClasses.has(path));
    });
  }

  /** Removes statements of one or more blocks, and the empty line that would be one too many without them. */
  removeStatements(statements: readonly Stmt[], rule: string): void {
    removeStatements(this.edits, this.text, statements, rule);
  }

  /** Removes a statement with its lines; `pass` takes its place where its block would be empty. */
  removeStatement(statement: Stmt, rule: string): void {
    removeStatement(this.edits, this.text, statement, rule);
  }
}

/** What `history["acc"]` and `history.get("acc")` read of what. */
function historyRead(node: Node): { readonly owner: Expr; readonly key: Expr } | undefined {
  if (node.type === "Subscript") return { owner: node.value, key: node.index };
  const [key] = node.type === "Call" ? node.args : [];
  if (node.type !== "Call" || node.func.type !== "Attribute" || node.func.attr !== "get") return undefined;
  return key && { owner: node.func.value, key: key.value };
}

/** The name in `logs["acc"]` or `logs.get("acc")`, as callbacks read them. */
function logRead(node: Call | Subscript): string | undefined {
  const owner =
    node.type === "Subscript" ? node.value : node.func.type === "Attribute" ? node.func.value : null;
  const key = node.type === "Subscript" ? node.index : node.args[0]?.value;
  const isGet = node.type === "Subscript" || (node.func.type === "Attribute" && node.func.attr === "get");
  return owner?.type === "Name" && owner.id === "logs" && isGet && key?.type === "String"
    ? key.value
    : undefined;
}

/** Every name that the script binds, in any scope, but for what it imports from Keras. */
function boundNames(program: Program): Set<string> {
  const names = new Set<string>();
  walk(program.module, (node) => {
    switch (node.type) {
      case "Name":
        if (isTarget(node)) names.add(node.id);
        return;
      case "Parameter":
      case "FunctionDef":
      case "ClassDef":
        names.add(node.name);
        return;
      case "ExceptHandler":
        if (node.name) names.add(node.name);
        return;
      case "Import":
        for (const alias of node.names) {
          const name = alias.asname ?? alias.name.split(".")[0] ?? "";
          if (!program.registry.isKeras(program.registry.canonical(alias.name))) names.add(name);
        }
        return;
      case "ImportFrom":
        if (!program.registry.isKeras(program.registry.canonical(node.module))) {
          for (const alias of node.names) names.add(alias.asname ?? alias.name);
        }
        return;
      default:
    }
  });
  return names;
}
