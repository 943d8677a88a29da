/**
 * Scopes of names, and when each name was bound: an expression may be written again at another
 * place only while every name in it still means the same there.
 */
import type { Comprehension, Expr, FunctionDef, Lambda } from "../../grammars/nodes.ts";
import type { BindingHistory } from "./symbolic.ts";
import { join, type Value } from "./values.ts";

/** What a scope of a function or comprehension was made for. */
export interface Made {
  readonly node: FunctionDef | Lambda | Comprehension;
  /** The expressions that its names stand for, where they are known. */
  readonly given: ReadonlyMap<string, Expr>;
  readonly caller: Scope;
}

export class Scope implements BindingHistory {
  readonly kind: "module" | "function" | "class" | "comprehension";
  readonly parent: Scope | undefined;
  readonly values = new Map<string, Value>();
  /** Names declared `global` or `nonlocal` here, and the scope that they live in. */
  readonly elsewhere = new Map<string, Scope>();
  /** The call that made it: what runs, what its names are given, and the scope that the call stands in. */
  readonly made: Made | undefined;
  private readonly bindings = new Map<string, number[]>();

  constructor(kind: Scope["kind"], parent?: Scope, made?: Made) {
    this.kind = kind;
    this.parent = parent;
    this.made = made;
  }

  bind(name: string, value: Value, time: number): void {
    const owner = this.elsewhere.get(name);
    if (owner) {
      owner.bind(name, value, time);
      return;
    }
    this.values.set(name, value);
    this.touch(name, time);
  }

  /** What the name, or a part of one, stands for is another from now on. */
  touch(name: string, time: number): void {
    const times = this.bindings.get(name);
    if (times) times.push(time);
    else this.bindings.set(name, [time]);
  }

  lastBinding(name: string, before: number): number | undefined {
    return this.bindings.get(name)?.findLast((time) => time <= before);
  }

  /** The scope that a read of the name reaches; class scopes are seen only from themselves. */
  find(name: string): Scope | undefined {
    const owner = this.elsewhere.get(name);
    if (owner) return owner;
    if (this.values.has(name)) return this;
    let scope = this.parent;
    while (scope && (scope.kind === "class" || !scope.values.has(name))) scope = scope.parent;
    return scope;
  }

  get module(): Scope {
    let scope: Scope = this;
    while (scope.parent) scope = scope.parent;
    return scope;
  }
}

/** Stands for any element of what a name stands for. */
export const ELEMENTS = "[]";

/** A part of what a name stands for: `args.units`, or `sizes[]` for any element of `sizes`. */
export function partOf(expr: Expr): { readonly name: string; readonly path: string } | undefined {
  switch (expr.type) {
    case "Name":
      return { name: expr.id, path: expr.id };
    case "Attribute":
    case "Subscript": {
      const whole = partOf(expr.value);
      const part = expr.type === "Attribute" ? `.${expr.attr}` : ELEMENTS;
      return whole && { name: whole.name, path: whole.path + part };
    }
    default:
      return undefined;
  }
}

/** The values of a scope and of all around it, to come back to or to join with. */
export class Snapshot {
  private readonly saved: { scope: Scope; values: Map<string, Value> }[] = [];

  constructor(scope: Scope) {
    for (let s: Scope | undefined = scope; s; s = s.parent) {
      this.saved.push({ scope: s, values: new Map(s.values) });
    }
  }

  restore(): void {
    for (const { scope, values } of this.saved) {
      scope.values.clear();
      for (const [name, value] of values) scope.values.set(name, value);
    }
  }

  /** Joins this state into the current one: after a branch, either may hold. */
  joinInto(): void {
    for (const { scope, values } of this.saved) {
      for (const [name, value] of values) {
        const now = scope.values.get(name);
        scope.values.set(name, now === undefined ? value : join(now, value));
      }
    }
  }
}
