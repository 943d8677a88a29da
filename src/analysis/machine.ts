/**
 * The abstract machine: the state that the interpretation of a script reads and writes, and the
 * facts that it leaves behind for the passes.
 */
import type { Call, Expr, FunctionDef, Lambda, Module, Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import type { BoundArgs, Construct, KerasRelease, KerasVersion, Registry } from "./constructs.ts";
import { EXPRESSION, Files } from "./files.ts";
import { Model } from "./model.ts";
import { ELEMENTS, partOf, Scope, Snapshot } from "./scope.ts";
import * as symbolic from "./symbolic.ts";
import {
  alternatives,
  type FunctionValue,
  type Instance,
  join,
  type KerasTensor,
  type Num,
  type Value,
} from "./values.ts";

/** What a call of a construct turned out to be, over all the times that it was reached. */
export interface CallFact {
  readonly call: Call;
  readonly construct: Construct;
  readonly args: BoundArgs;
  readonly receiver: Value | undefined;
  readonly value: Value;
  readonly owner: FunctionDef | Lambda | undefined;
  readonly time: number;
}

const COUNT = ".len()";

export class Machine {
  readonly text: string;
  readonly module: Module;
  readonly registry: Registry;
  readonly version: KerasVersion;
  /** undefined where nothing tells the release: then the last of the version is meant. */
  readonly release: KerasRelease | undefined;
  /** What each expression was found to be; literals are left out. */
  readonly values = new Map<Expr, Value>();
  /** Every visit of every call of a construct. */
  readonly calls = new Map<Call, CallFact[]>();
  readonly models: Model[] = [];
  /** Files that the script saves a model or its weights to: by path, or by the expression that gives it. */
  readonly files: Files;
  /** Files that the script writes the architecture of a model to. */
  readonly architectures = new Map<string, Model>();
  /** Names of models that a call copies; null where they differ from time to time. */
  readonly modelNames = new Map<Call, string | null | undefined>();
  /** Functions and methods met so far, with the object that a method was reached through. */
  readonly functions = new Map<FunctionDef | Lambda, FunctionValue>();
  readonly visited = new Set<FunctionDef | Lambda>();
  /** Functions that code which is not followed gets, and may call. */
  readonly handedOn: {
    readonly function: FunctionDef | Lambda;
    readonly node: Node;
    readonly how: string;
  }[] = [];
  /** One object stands for all instances of a class that no call site makes. */
  readonly prototypes = new Map<Node, Instance>();
  /** How often each of them was made by a call. */
  readonly made = new Map<Instance, number>();
  /** The tensors that inputs of functional models are, by the call that makes them. */
  readonly inputTensors = new Map<Call, KerasTensor>();
  /** The tensors that a model of so many layers takes and gives, where others are built on it. */
  readonly modelTensors = new Map<Model, { input: KerasTensor; output: KerasTensor; count: number }>();
  readonly active: (FunctionDef | Lambda)[] = [];
  /** Modules of Keras whose names all came by `from module import *`, and whether others' did. */
  readonly stars: string[] = [];
  foreignStars = false;
  scope: Scope;
  /** Values that the running function returned so far. */
  returned: Value | undefined;
  /** What it yielded so far. */
  yielded: Value | undefined;
  /** What each function was found to return, over all its calls. */
  readonly results = new Map<FunctionDef | Lambda, Value>();
  /** How many conditionals and loops the current statement stands in. */
  conditional = 0;
  /** Keras's setting for the order of axes: true for channels-first, undefined where it is not known. */
  channelsFirst: boolean | undefined;
  /** Whether the script sets it itself. */
  setsFormat = false;
  /** Whether it is taken to be channels-first because nothing else makes sense. */
  readonly assumed: boolean;
  private now = 0;

  constructor(
    text: string,
    module: Module,
    registry: Registry,
    version: KerasVersion,
    release?: KerasRelease,
    assumed = false,
    later?: Files,
  ) {
    this.files = new Files(later);
    this.text = text;
    this.module = module;
    this.registry = registry;
    this.version = version;
    this.release = release;
    this.scope = new Scope("module");
    this.assumed = assumed;
    this.channelsFirst = assumed;
  }

  get time(): number {
    return this.now;
  }
  get owner(): FunctionDef | Lambda | undefined {
    return this.active.at(-1);
  }
  tick(): number {
    return ++this.now;
  }
  source(node: { start: number; end: number }): string {
    return this.text.slice(node.start, node.end);
  }

  record(node: Expr, value: Value): Value {
    const before = this.values.get(node);
    this.values.set(node, before === undefined ? value : join(before, value));
    return value;
  }

  recordCall(fact: CallFact): void {
    const facts = this.calls.get(fact.call);
    if (facts) facts.push(fact);
    else this.calls.set(fact.call, [fact]);
  }

  /** The key of a path in `files`. */
  fileKey(value: Value | undefined, expr: Expr | undefined): string {
    if (value?.kind === "str") return value.value;
    if (value?.kind === "unknown" && value.pattern !== undefined) return value.pattern;
    return expr ? EXPRESSION + this.source(expr) : "";
  }

  newModel(call: Call): Model {
    const model = new Model(call, this.owner, this.tick());
    this.models.push(model);
    return model;
  }

  /** A name that stands for the model here, if one does. */
  nameOf(model: Model): string | undefined {
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.parent) {
      if (scope.kind === "class") continue;
      for (const [name, value] of scope.values)
        if (value.kind === "model" && value.model === model && this.reaches(name, scope)) return name;
    }
    return undefined;
  }

  /** Whether a name means here what it means in that scope; a function's own names do so from its first line on. */
  private reaches(name: string, scope: Scope): boolean {
    if (this.scope.find(name) !== scope) return false;
    const inside = this.active.at(-1);
    if (scope === this.scope || !inside || this.scope.elsewhere.has(name)) return true;
    let bound = false;
    walk(inside, (node) => {
      bound ||= node.type === "Name" && node.id === name && isTarget(node);
      return !bound;
    });
    return !bound;
  }

  /** Whether several objects of the running script are this one. */
  isShared(instance: Instance): boolean {
    return (this.made.get(instance) ?? 0) > 1;
  }

  bind(name: string, value: Value): void {
    this.scope.bind(name, value, this.tick());
  }

  /** Runs both ways of a conditional from the same state and joins what they leave behind. */
  branch(taken: boolean | undefined, then: () => boolean, otherwise: () => boolean): boolean {
    this.conditional++;
    const before = this.save();
    const returned = this.returned;
    const thenFalls = then();
    const afterThen = this.save();
    const returnedThen = this.returned;
    before.restore();
    // What the way that is not taken returns is no result.
    if (taken === false) this.returned = returned;
    const elseFalls = otherwise();
    this.conditional--;
    if (taken !== undefined) this.returned = taken ? returnedThen : this.returned;
    if (taken === true || (taken === undefined && !elseFalls && thenFalls)) {
      afterThen.restore();
      return taken === true ? thenFalls : true;
    }
    if (taken === undefined && thenFalls) afterThen.joinInto();
    return taken === false ? elseFalls : thenFalls || elseFalls;
  }

  /** The state that a branch may change: names, and what the next layer of each model gets. */
  save(): { restore(): void; joinInto(): void } {
    const names = new Snapshot(this.scope);
    const models = this.models.map((model) => ({ model, current: model.current }));
    const { channelsFirst } = this;
    return {
      restore: () => {
        names.restore();
        this.channelsFirst = channelsFirst;
        for (const { model, current } of models) model.current = current;
      },
      joinInto: () => {
        names.joinInto();
        if (this.channelsFirst !== channelsFirst) this.channelsFirst = undefined;
        for (const { model, current } of models) {
          if (model.current !== current) model.current = joinTypes(model.current, current);
        }
      },
    };
  }

  /** Notes that every model in the value leaves what is followed. */
  escape(value: Value, node: Node, how: string, depth = 0): void {
    if (depth > 3) return;
    for (const one of alternatives(value)) {
      if (one.kind === "model" || one.kind === "layer" || one.kind === "layer-tensor")
        one.model.escapes.push({ node, how });
      else if (one.kind === "history") one.model.escapes.push({ node, how: `history ${how}` });
      else if (one.kind === "function" && how.startsWith("passed to "))
        this.handedOn.push({ node, how, function: one.node });
      else if (one.kind === "list" || one.kind === "tuple") {
        for (const element of one.elements) this.escape(element, node, how, depth + 1);
      } else if (one.kind === "dict") {
        if (how.startsWith("passed to")) one.unsure = true;
        for (const element of [...one.entries.values(), ...(one.others ? [one.others] : [])])
          this.escape(element, node, how, depth + 1);
      } else if (one.kind === "instance") {
        for (const element of one.attributes.values()) this.escape(element, node, how, depth + 1);
      }
    }
  }

  /** The names that an expression reads, where it can be written again at another place. */
  usesIn(expr: Expr): symbolic.NameUse[] | undefined {
    switch (expr.type) {
      case "Name": {
        const scope = this.scope.find(expr.id);
        if (!scope) return [];
        const boundAt = scope.lastBinding(expr.id, this.time);
        return boundAt === undefined ? undefined : [{ scope, name: expr.id, boundAt }];
      }
      case "Number":
        return [];
      case "Attribute": {
        const uses = this.usesIn(expr.value);
        return uses && [...uses, ...this.usesOfPart(expr)];
      }
      case "Subscript": {
        const uses = this.usesInAll([expr.value, expr.index]);
        return uses && [...uses, ...this.usesOfPart(expr)];
      }
      case "UnaryOp":
        return this.usesIn(expr.operand);
      case "BinOp":
        return this.usesInAll([expr.left, expr.right]);
      case "Call": {
        const pure = expr.func.type === "Name" && ["len", "int", "max", "min"].includes(expr.func.id);
        if (!pure || expr.args.some((arg) => arg.star || arg.name)) return undefined;
        const uses = this.usesInAll(expr.args.map((arg) => arg.value));
        return uses && [...uses, ...expr.args.flatMap((arg) => this.usesOfPart(arg.value, COUNT))];
      }
      default:
        return undefined;
    }
  }

  private usesOfPart(expr: Expr, of = ""): symbolic.NameUse[] {
    const part = partOf(expr);
    const scope = part && this.scope.find(part.name);
    if (!scope) return [];
    const name = part.path + of;
    return [{ scope, name, boundAt: scope.lastBinding(name, this.time) ?? symbolic.NEVER }];
  }

  /** An attribute or an element is set: what was written by it before means another number now. */
  touch(expr: Expr, of = ""): void {
    const part = partOf(expr);
    if (part) this.scope.find(part.name)?.touch(part.path + of, this.tick());
  }

  /** A list or mapping has more or fewer elements, or they lie otherwise. */
  touchElements(expr: Expr): void {
    this.touch(expr, ELEMENTS);
    this.touch(expr, COUNT);
  }

  private usesInAll(exprs: readonly Expr[]): symbolic.NameUse[] | undefined {
    const uses = exprs.map((expr) => this.usesIn(expr));
    return uses.every((use) => use !== undefined) ? uses.flat() : undefined;
  }

  /** The expression as an opaque symbolic integer, where it can be written again. */
  atomOf(expr: Expr): symbolic.Sym | undefined {
    const uses = this.usesIn(expr);
    if (!uses) return undefined;
    const text = this.source(expr);
    return symbolic.atom(expr.type === "BinOp" || expr.type === "UnaryOp" ? `(${text})` : text, uses);
  }

  /** A size: what is known of the value, else the expression itself. */
  sizeOf(value: Value, expr: Expr | undefined): Num | undefined {
    if (value.kind === "num" && (value.value !== undefined || value.sym)) return value;
    const sym = expr && this.atomOf(expr);
    return sym && { kind: "num", value: undefined, isFloat: false, sym };
  }
}

/** What is common to two types; undefined where the ranks differ. */
export function joinTypes(a: Model["current"], b: Model["current"]): Model["current"] {
  if (!a || !b || a.shape.length !== b.shape.length || a.dtype !== b.dtype) return undefined;
  return {
    dtype: a.dtype,
    shape: a.shape.map((dim, i) => {
      const other = b.shape[i];
      const joined = dim && other ? join(dim, other) : undefined;
      return joined?.kind === "num" && (joined.value !== undefined || joined.sym) ? joined : undefined;
    }),
  };
}
