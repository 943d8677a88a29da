/**
 * Optimizers whose class the script finds first: `getattr(optimizers, name)(lr=0.1)`, `optimizers.get(name)`,
 * `OPTIMIZERS[name](lr=0.1)`. Classes in containers and variables become PyTorch's, with what differs from its
 * defaults; those that a name chooses from become a mapping.
 */
import type { Call, Expr, Node } from "../../grammars/nodes.ts";
import { isTarget, walk } from "../../grammars/walk.ts";
import { bindGiven } from "../../src/analysis/signature.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { optimizerNamed } from "../optimizers.ts";
import type { Rewriter } from "../rewriter.ts";

/** PyTorch's class with its keyword arguments, and whether the script's call gives them. */
export interface OptimizerCode {
  readonly object: KerasObject;
  readonly callee: string;
  readonly keywords: readonly { readonly text: string; readonly isGiven: boolean }[];
}

const ANOTHER = "an optimizer that is another one for each model is not supported yet";
const PREFIX = "keras.optimizers.";

/** A call that makes an optimizer, as an expression that takes the parameters: a class, or a `partial` of one. */
export function madeBy(rewriter: Rewriter, callee: string, keywords: readonly string[]): string {
  if (keywords.length === 0) return callee;
  rewriter.imports.add("from functools import partial");
  return `partial(${[callee, ...keywords].join(", ")})`;
}

/** What is called with the parameters of a model, and with which keyword arguments. */
export interface Maker {
  readonly callee: string;
  readonly keywords: readonly string[];
  /** The lines of a mapping that something chooses from, where it is one. */
  readonly lines?: readonly string[];
}

/** How one call makes what may be several optimizers. */
export function severalBy(rewriter: Rewriter, codes: readonly OptimizerCode[]): Maker {
  const [first] = codes as [OptimizerCode];
  const { node } = first.object;
  const held = heldClass(rewriter, node);
  if (held) return classIn(rewriter, held, codes);
  const maker = ({ callee, keywords }: OptimizerCode): Maker => ({
    callee,
    keywords: keywords.map(({ text }) => text),
  });
  const chosen = node.func.type === "Call" ? node.func.args[1]?.value : node.args[0]?.value;
  const names = alternatives((chosen && rewriter.program.valueOf(chosen)) ?? { kind: "unknown" });
  if (codes.length === 1) return maker(first);
  const items = names.flatMap((name) => {
    const entry = name.kind === "str" ? optimizerNamed(name.value) : undefined;
    if (name.kind === "str" && !entry) return [];
    const code = codes.find(({ object }) => object.construct.path === PREFIX + entry?.name);
    if (name.kind !== "str" || !code) throw new Unsupported(node, ANOTHER);
    const { callee, keywords } = maker(code);
    return [`${JSON.stringify(name.value)}: ${madeBy(rewriter, callee, keywords)}`];
  });
  if (!chosen) throw new Unsupported(node, ANOTHER);
  const choice = `[${rewriter.source(chosen)}]`;
  return {
    callee: `{${items.join(", ")}}${choice}`,
    keywords: [],
    lines: ["{", ...items.map((item) => `    ${item},`), `}${choice}`],
  };
}

/** What a call calls, where that is no name of Keras but what the script keeps one in. */
export function heldClass(rewriter: Rewriter, { func }: Call): Expr | undefined {
  const value = rewriter.program.valueOf(func);
  const classes =
    value && alternatives(value).every((one) => one.kind === "ref" && isClass(rewriter, one.path));
  if (!classes || func.type === "Call") return undefined;
  return isOfScript(rewriter, func) ? func : undefined;
}

function isClass(rewriter: Rewriter, path: string): boolean {
  const canonical = rewriter.program.registry.canonical(path);
  return canonical.startsWith(PREFIX) && rewriter.program.registry.find(canonical)?.kind === "optimizer";
}

/** Whether a name or a part of it is the script's own, and not imported from Keras. */
function isOfScript(rewriter: Rewriter, expr: Expr): boolean {
  if (expr.type === "Name") return rewriter.taken.has(expr.id);
  if (expr.type === "Attribute" || expr.type === "Subscript") return isOfScript(rewriter, expr.value);
  return true;
}

/** The classes where the script names them get what all calls of them take; this call gives the rest. */
function classIn(rewriter: Rewriter, held: Expr, codes: readonly OptimizerCode[]): Maker {
  const { node } = (codes[0] as OptimizerCode).object;
  const given = codes.map(({ keywords }) => keywords.filter((one) => one.isGiven).map(({ text }) => text));
  const [own = []] = given;
  if (given.some((one) => one.join() !== own.join())) throw new Unsupported(node, ANOTHER);
  for (const { object, callee, keywords } of codes) {
    rewriter.heldClasses.add(object.construct.path);
    const fixed = keywords.filter((one) => !one.isGiven).map(({ text }) => text);
    const text = madeBy(rewriter, callee, fixed);
    for (const site of sitesOf(rewriter, object.construct.path)) {
      const before = rewriter.classes.get(site);
      if (before !== undefined && before !== text) throw new Unsupported(site, ANOTHER);
      if (before === undefined) rewriter.edits.replace(site.start, site.end, rewriter.use(text), "compile");
      rewriter.classes.set(site, text);
    }
  }
  requireHandedOn(rewriter);
  return { callee: rewriter.source(held), keywords: own };
}

/** A class that the script keeps somewhere is called and handed on: a `partial` has no name and no bases. */
function requireHandedOn(rewriter: Rewriter): void {
  for (const [node, value] of rewriter.program.machine.values) {
    const { parent } = node;
    const held = alternatives(value).some(
      (one) => one.kind === "ref" && rewriter.heldClasses.has(rewriter.program.registry.canonical(one.path)),
    );
    const isVariable = node.type === "Name" || node.type === "Subscript";
    if (!held || !isVariable || !parent || !isOfScript(rewriter, node)) continue;
    if (node.type === "Name" ? isTarget(node) : parent.type === "Assign" && parent.value !== node) continue;
    const isCalled = parent.type === "Call" && parent.func === node;
    if (!isCalled && !HOLDERS.has(parent.type) && !isPassed(rewriter, parent))
      throw new Unsupported(node, "this use of the class of an optimizer is not supported yet");
  }
}

const HOLDERS = new Set(["Assign", "Return", "List", "Tuple", "Dict", "Parameter", "IfExp"]);

/** Where the script names a class of Keras without calling it. */
function sitesOf(rewriter: Rewriter, path: string): Expr[] {
  const found: Expr[] = [];
  const { registry } = rewriter.program;
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Name" && node.type !== "Attribute") return true;
    const value = rewriter.program.valueOf(node);
    if (value?.kind !== "ref" || registry.canonical(value.path) !== path) return true;
    const { parent } = node;
    const isCalled = parent?.type === "Attribute" || (parent?.type === "Call" && parent.func === node);
    if (isTarget(node) || isOfScript(rewriter, node) || isCalled) return false;
    if (parent && !HOLDERS.has(parent.type) && !isPassed(rewriter, parent))
      throw new Unsupported(node, "this use of the class of an optimizer is not supported yet");
    found.push(node);
    return false;
  });
  return found;
}

function isPassed(rewriter: Rewriter, { type, parent }: Node): boolean {
  if (type !== "Argument" || parent?.type !== "Call") return false;
  const callee = rewriter.program.valueOf(parent.func);
  return (
    callee !== undefined &&
    alternatives(callee).every((one) => one.kind === "function" || one.kind === "class")
  );
}

/** Classes of optimizers that stand in one container with that of an object, and are never called. */
function besides(rewriter: Rewriter, path: string): readonly string[] {
  const found = new Set<string>();
  for (const site of sitesOf(rewriter, path)) {
    const { parent } = site;
    const all =
      parent?.type === "Dict"
        ? parent.items.map(({ value }) => value)
        : parent?.type === "List" || parent?.type === "Tuple"
          ? parent.elements
          : [];
    for (const one of all) {
      const value = rewriter.program.valueOf(one);
      if (value?.kind === "ref" && isClass(rewriter, value.path))
        found.add(rewriter.program.registry.canonical(value.path));
    }
  }
  found.delete(path);
  return [...found];
}

/** What the same call would make of the other classes in the container that it takes one from. */
export function unreached(rewriter: Rewriter, group: readonly KerasObject[]): KerasObject[] {
  const [first] = group as [KerasObject];
  const known = new Set(group.map(({ construct }) => construct.path));
  const given = [...first.args.given].flatMap(([name, bound]) =>
    bound.node ? [{ name, bound, at: bound.node }] : [],
  );
  return besides(rewriter, first.construct.path).flatMap((path) => {
    const construct = rewriter.program.registry.find(path);
    if (!construct || known.has(path)) return [];
    return [{ ...first, construct, args: bindGiven(construct, given, rewriter.program.version) }];
  });
}

/** The optimizers that each call makes. */
export function byCall(all: readonly KerasObject[]): KerasObject[][] {
  const groups = new Map<Call, KerasObject[]>();
  for (const one of all) groups.set(one.node, [...(groups.get(one.node) ?? []), one]);
  return [...groups.values()];
}
