/** The arguments of a call as a table's emission reads them; what nobody reads is reported. */
import type { Argument, Expr, Node } from "../grammars/nodes.ts";
import { isTarget, walk } from "../grammars/walk.ts";
import type { BoundArgs } from "../src/analysis/constructs.ts";
import type { Machine } from "../src/analysis/machine.ts";
import { dimensions } from "../src/analysis/models.ts";
import { join, NONE, type Num, same, type Value } from "../src/analysis/values.ts";

import { constant, float } from "./python.ts";

/** A construct that has no exact PyTorch form here: the place, the reason and what to do. */
export class Unsupported extends Error {
  readonly node: Node;
  readonly hint: string | undefined;

  constructor(node: Node, reason: string, hint?: string) {
    super(reason);
    this.node = node;
    this.hint = hint;
  }
}

/** What another report at its cause says already. */
export class FollowsOn extends Unsupported {}

export class Arguments {
  private readonly bound: BoundArgs;
  readonly machine: Machine;
  private readonly source: (expr: Expr) => string;
  private readonly read = new Set<string>();
  readonly node: Node;
  private readonly isPlaced: () => boolean;

  /** @param isPlaced whether they are written elsewhere than the call stands */
  constructor(
    bound: BoundArgs,
    node: Node,
    machine: Machine,
    source: (expr: Expr) => string,
    isPlaced: () => boolean = () => false,
  ) {
    this.bound = bound;
    this.isPlaced = isPlaced;
    this.machine = machine;
    this.node = node;
    this.source = source;
  }

  /** The names of the arguments that are given, in the order of the signature's binding. */
  names(): string[] {
    return [...this.bound.given.keys()];
  }

  /** The arguments of a construct inside this one. */
  of(bound: BoundArgs, node: Node): Arguments {
    return new Arguments(bound, node, this.machine, this.source, this.isPlaced);
  }

  /** Arguments that no parameter takes. */
  get unbound(): BoundArgs["unbound"] {
    return this.bound.unbound;
  }

  get version(): BoundArgs["version"] {
    return this.bound.version;
  }

  has(name: string): boolean {
    this.read.add(name);
    return this.bound.given.has(name);
  }

  /** Whether something other than None was written for it. */
  isGiven(name: string): boolean {
    return this.has(name) && !this.isNone(name);
  }

  /** Keras's setting when the call was made: whether the channels come first, where that is known. */
  get channelsFirst(): boolean | undefined {
    return this.bound.channelsFirst;
  }

  /** Whether there is such a parameter, given or with a default. */
  takes(name: string): boolean {
    return this.bound.given.has(name) || this.bound.default(name) !== undefined;
  }

  /** The value given, else the signature's default; None where there is neither. */
  value(name: string): Value {
    this.read.add(name);
    return this.bound.given.get(name)?.value ?? this.bound.default(name) ?? NONE;
  }

  expr(name: string): Expr | undefined {
    this.read.add(name);
    const given = this.bound.given.get(name);
    // What came in through `*` or `**` was written elsewhere.
    if (given?.expr && !given.node && !this.isStable(given.expr)) throw this.unknown(name);
    return given?.expr;
  }

  /** Whether nothing binds the names in an expression more than once. */
  private isStable(expr: Expr): boolean {
    const counts = new Map<string, number>();
    walk(expr, (one) => {
      if (one.type === "Name") counts.set(one.id, 0);
    });
    const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    walk(this.machine.module, (one) => {
      if (one.type === "Name" && counts.has(one.id) && isTarget(one)) count(one.id);
      if (one.type === "Parameter" && counts.has(one.name)) count(one.name);
    });
    return [...counts.values()].every((times) => times < 2);
  }

  argument(name: string): Argument | undefined {
    this.read.add(name);
    return this.bound.given.get(name)?.node;
  }

  /** The argument as written, rewritten to PyTorch where it holds something of Keras. */
  text(name: string): string | undefined {
    this.read.add(name);
    const given = this.bound.given.get(name);
    if (!given) return undefined;
    const known = given.node ? undefined : constant(given.value);
    if (known !== undefined) return known;
    const expr = this.expr(name);
    if (expr) return this.source(expr);
    const text = this.isPlaced() ? constant(given.value) : given.text;
    if (text === undefined) throw this.unknown(name);
    return text;
  }

  /** A part of an argument as written. */
  textOf(expr: Expr): string {
    return this.source(expr);
  }

  /** The argument as written; reported where it is missing. */
  required(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw new Unsupported(this.node, `the argument \`${name}\` is missing`);
    return text;
  }

  /**
   * A number as source that means the same anywhere in the script: as written, where that is a
   * literal or a name of the module, else its value. Undefined where it is not given.
   */
  factor(name: string): string | undefined {
    const expr = this.expr(name);
    if (!expr && !this.has(name)) return undefined;
    const value = this.value(name);
    if (value.kind === "none") return undefined;
    const literal = expr?.type === "UnaryOp" ? expr.operand : expr;
    if (expr && literal?.type === "Number") return this.source(expr);
    if (value.kind !== "num" || value.value === undefined) throw this.unknown(name);
    const global = expr?.type === "Name" ? this.machine.scope.values.get(expr.id) : undefined;
    if (expr && global && same(global, value)) return this.source(expr);
    return value.isFloat ? float(value.value) : String(value.value);
  }

  /** A number that is known here; undefined for one that is not. */
  number(name: string): number | undefined {
    const value = this.value(name);
    return value.kind === "num" ? value.value : undefined;
  }

  /** A flag; reported where it is not known. */
  flag(name: string): boolean {
    const value = this.value(name);
    if (value.kind === "bool") return value.value;
    if (value.kind === "none") return false;
    if (value.kind === "num" && value.value !== undefined) return value.value !== 0;
    throw this.unknown(name);
  }

  /** A string, in lower case as Keras reads it; reported where it is not known. */
  option(name: string): string {
    const value = this.value(name);
    if (value.kind === "str") return value.value.toLowerCase();
    throw this.unknown(name);
  }

  /** One number an axis: `3` and `(3, 3)` are both [3, 3] for two axes. */
  perAxis(name: string, axes: number): (Num | undefined)[] {
    const value = this.value(name);
    return perAxis(value, axes);
  }

  /** A size given as an argument: its number, or the expression that says it. */
  size(name: string): Num | undefined {
    const value = this.value(name);
    if (value.kind === "num" && value.isFloat) return undefined;
    return this.machine.sizeOf(value, this.bound.given.get(name)?.expr);
  }

  /** The sizes in a tuple; None where it is not one, undefined in the place of a size that is not known. */
  dimensions(name: string): (Num | undefined)[] | undefined {
    return dimensions(this.machine, this.value(name), this.bound.given.get(name)?.expr);
  }

  isNone(name: string): boolean {
    return this.value(name).kind === "none";
  }

  unknown(name: string): Unsupported {
    return new Unsupported(
      this.bound.given.get(name)?.node ?? this.node,
      `the value of \`${name}\` is not known here`,
      "Write it as a literal, or convert this part by hand.",
    );
  }

  /** Reports what was given and has not been read, unless it says what the default says. */
  finish(what: string, ignored: ReadonlySet<string>): void {
    const [unbound] = this.bound.unbound;
    if (unbound) {
      throw new Unsupported(
        unbound,
        unbound.star
          ? `the arguments of \`${what}\` that ${unbound.star} brings are not known`
          : `\`${what}\` takes no such argument in any Keras version that is known here`,
      );
    }
    for (const [name, given] of this.bound.given) {
      if (this.read.has(name) || ignored.has(name)) continue;
      const fallback = this.bound.default(name);
      if (fallback && same(given.value, fallback)) continue;
      throw new Unsupported(
        given.node ?? this.node,
        `the argument \`${name}\` of \`${what}\` is not supported yet`,
      );
    }
  }
}

/** The arguments of one call over all the times that it was reached: what differs is not known. */
export function joinArguments(all: readonly BoundArgs[]): BoundArgs {
  const [first, ...rest] = all as [BoundArgs, ...BoundArgs[]];
  if (rest.every((other) => other === first)) return first;
  const given = new Map(first.given);
  const unbound = all.flatMap((one) => one.unbound);
  for (const other of rest) {
    const names = new Set([...first.given.keys(), ...other.given.keys()]);
    // What a mapping gives one time only, nobody can write.
    for (const name of names) {
      const [a, b] = [first.given.get(name), other.given.get(name)];
      const spread = (a ?? b)?.node;
      if ((!a || !b) && spread?.star) unbound.push(spread);
    }
    for (const [name, bound] of other.given) {
      const before = given.get(name);
      given.set(name, before ? { ...before, value: joinValues(before.value, bound.value) } : bound);
    }
  }
  const one = rest.every((other) => other.channelsFirst === first.channelsFirst);
  return { ...first, given, unbound, ...(!one && { channelsFirst: undefined }) };
}

/** Lists and tuples are joined element by element where they have equally many. */
function joinValues(a: Value, b: Value): Value {
  const sequences = (a.kind === "list" || a.kind === "tuple") && a.kind === b.kind;
  if (!sequences || a.elements.length !== (b as typeof a).elements.length) return join(a, b);
  const other = b as typeof a;
  return {
    ...a,
    elements: a.elements.map((element, i) => joinValues(element, other.elements[i] as Value)),
    open: a.open || other.open,
  };
}

export function perAxis(value: Value, axes: number): (Num | undefined)[] {
  if (value.kind === "num") return Array<Num>(axes).fill(value);
  if ((value.kind === "tuple" || value.kind === "list") && !value.open) {
    const elements =
      value.elements.length === 1 && axes > 1
        ? Array<Value>(axes).fill(value.elements[0] as Value)
        : value.elements;
    return Array.from({ length: axes }, (_, i) => {
      const element = elements[i];
      return element?.kind === "num" ? element : undefined;
    });
  }
  return Array<undefined>(axes).fill(undefined);
}
