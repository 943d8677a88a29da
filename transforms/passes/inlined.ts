/**
 * Layers that functions, lambdas and comprehensions of the script make: each is written where it comes into its
 * model, over what the call of the function gives. The functions go where nothing else calls them.
 */
import type { Expr, Name, Node } from "../../grammars/nodes.ts";
import { isStatement, isTarget, isWithin, walk } from "../../grammars/walk.ts";
import type { LayerUse, Model } from "../../src/analysis/model.ts";
import type { Scope } from "../../src/analysis/scope.ts";
import type { KerasObject } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { constant } from "../python.ts";
import type { Rewriter } from "../rewriter.ts";

type Owner = Scope["made"] extends infer M | undefined ? (M extends { node: infer N } ? N : never) : never;

/** The function, lambda or comprehension that an expression is evaluated in; undefined at the top of the script. */
export function ownerOf(node: Node): Owner | undefined {
  let from: Node = node;
  for (let at = node.parent; at; at = at.parent) {
    const inside = at.type === "FunctionDef" || at.type === "Lambda" ? from.type !== "Parameter" : true;
    if (at.type === "FunctionDef" && inside && !at.decorators.includes(from as Expr)) return at;
    if (at.type === "Lambda" && inside) return at;
    if (at.type === "Comprehension" && at.clauses[0]?.iter !== from) return at;
    from = at;
  }
  return undefined;
}

/** Whether a layer is made in another function than it comes into its model by. */
export function isInlined(
  { expr }: LayerUse,
  layer: LayerUse["layer"],
): layer is KerasObject & { scope: Scope } {
  if (layer?.kind !== "object" || !layer.scope || isWithin(expr, layer.node)) return false;
  return ownerOf(layer.node) !== ownerOf(expr);
}

/** Whether some layer of a model is made in another function. */
export function hasInlined(model: Model): boolean {
  return model.layers.some((use) => isInlined(use, use.layer));
}

/** Where an expression of a scope is written again. */
export interface Placement {
  readonly scope: Scope;
  readonly place: Expr;
}

/** Notes the functions whose layers are written elsewhere; reported where they do more than to make them. */
export function enterInlined(rewriter: Rewriter, layer: KerasObject & { scope: Scope }, place: Expr): void {
  const end = ownerOf(place);
  for (let scope: Scope | undefined = layer.scope; scope; scope = scope.made?.caller) {
    const node = scope.made?.node;
    if (node === end || node === undefined) return;
    if (node.type !== "Comprehension") {
      requireOnlyLayers(rewriter, node, place);
      rewriter.inlined.add(node);
    }
  }
}

const PURE = new Set(
  "len int float str min max abs round range list tuple dict bool zip enumerate".split(" "),
);
const GROWS = new Set(["append", "extend"]);
const STATEMENTS = new Set("Assign AugAssign AnnAssign If For Return Pass ExprStmt Continue".split(" "));

/** Reported where a function does more than to make layers, as it is not called any more. */
function requireOnlyLayers(rewriter: Rewriter, node: Exclude<Owner, { type: "Comprehension" }>, place: Expr) {
  const body = node.type === "Lambda" ? [node.body] : node.body;
  const refuse = (one: Node): never => {
    throw new Unsupported(one, "a function that does more than to make layers is not supported here");
  };
  if (node.type === "FunctionDef" && (node.decorators.length > 0 || node.isAsync)) refuse(node);
  for (const part of body)
    walk(part, (one) => {
      if (isStatement(one) && !STATEMENTS.has(one.type)) refuse(one);
      if (one.type === "ExprStmt" && one.value.type !== "Call" && one.value.type !== "String") refuse(one);
      if (one.type === "Yield" || one.type === "Await" || one.type === "NamedExpr") refuse(one);
      if ((one.type === "Attribute" || one.type === "Subscript") && isBound(one)) refuse(one);
      if (one.type === "Call" && !isPure(rewriter, one, node)) refuse(one);
      return true;
    });
  if (isWithin(place, node)) refuse(node);
}

function isBound(node: Node): boolean {
  return node.type === "Attribute"
    ? isTarget(node)
    : node.parent?.type === "Assign" && node.parent.targets.includes(node as Expr);
}

/** Whether a call makes something of Keras, fills a list of the function, or computes something. */
function isPure(rewriter: Rewriter, call: Extract<Expr, { type: "Call" }>, within: Node): boolean {
  const { program } = rewriter;
  const value = program.valueOf(call.func);
  if (program.calls.get(call)?.every(({ value: made }) => made.kind === "object")) return true;
  if (call.func.type === "Attribute" && GROWS.has(call.func.attr)) {
    const owner = call.func.value;
    const list = program.valueOf(owner);
    return list?.kind === "list" && owner.type === "Name" && bindingsOf(within, owner.id).targets > 0;
  }
  if (value?.kind === "ref") return value.path.startsWith("builtins.") && PURE.has(value.path.slice(9));
  return value?.kind === "function" || value?.kind === "partial";
}

/** How often a name is bound in a node, and whether a loop does that. */
function bindingsOf(node: Node, name: string): { targets: number; value: Expr | undefined } {
  let targets = 0;
  let value: Expr | undefined;
  walk(node, (one) => {
    if (one.type === "Parameter" && one.name === name) targets++;
    if ((one.type === "FunctionDef" || one.type === "ClassDef") && one.name === name) targets++;
    if ((one.type === "Global" || one.type === "Nonlocal") && one.names.includes(name)) targets += 2;
    if (one.type !== "Name" || one.id !== name || !isTarget(one)) return;
    const { parent } = one;
    const plain = parent?.type === "Assign" && parent.targets.length === 1;
    targets += plain && parent.parent === node ? 1 : 2;
    if (plain) value = parent.value;
  });
  return { targets, value };
}

/** The text of an expression of a function, where a layer that the function makes is written. */
export function renderAt(rewriter: Rewriter, expr: Expr, { scope, place }: Placement): string {
  const owner = ownerOf(expr);
  const own = scopeOf(scope, owner);
  if (!own) throw unknown(rewriter, expr);
  const { text, edits } = rewriter;
  const known = edits.all.filter((edit) => isWithin(edit, expr));
  const found: { start: number; end: number; text: string }[] = [];
  const bound = new Set<string>();
  walk(expr, (one) => {
    if (one.type === "Parameter") bound.add(one.name);
    if (one.type === "Name" && isTarget(one)) bound.add(one.id);
  });
  walk(expr, (one) => {
    if (one !== expr && known.some((edit) => edit.start <= one.start && one.end <= edit.end)) return false;
    if (one.type === "Call") requirePureCall(rewriter, one);
    if (one.type !== "Name" || bound.has(one.id)) return true;
    const written = nameAt(rewriter, one, own, place);
    if (written !== undefined) found.push({ start: one.start, end: one.end, text: written });
    else if (rewriter.isKeras(one)) throw unknown(rewriter, one);
    return true;
  });
  const whole = found[0];
  if (expr.type === "Name" && whole) return whole.text;
  return edits.peek(text, expr.start, expr.end, found);
}

function unknown(rewriter: Rewriter, node: Node): Unsupported {
  return new Unsupported(
    node,
    `\`${rewriter.text.slice(node.start, node.end)}\` is not known where the layer comes into its model`,
  );
}

/** What is written once may be computed several times, and at another time. */
function requirePureCall(rewriter: Rewriter, call: Extract<Expr, { type: "Call" }>): void {
  const value = rewriter.program.valueOf(call.func);
  const pure = value?.kind === "ref" && value.path.startsWith("builtins.") && PURE.has(value.path.slice(9));
  if (!pure) throw unknown(rewriter, call);
}

/** The scope of one of the calls that led to another scope. */
function scopeOf(scope: Scope, owner: Owner | undefined): Scope | undefined {
  if (!owner) return scope.module;
  for (let at: Scope | undefined = scope; at; at = at.made?.caller) if (at.made?.node === owner) return at;
  return undefined;
}

/** What a name is at another place; undefined where it is the same there. */
function nameAt(rewriter: Rewriter, name: Name, scope: Scope, place: Expr): string | undefined {
  const home = scope.find(name.id);
  if (!home) return undefined;
  const around = owners(place);
  const { made } = home;
  if (!made || around.includes(made.node)) {
    const node = made?.node ?? rewriter.program.module;
    const hidden = around
      .slice(0, made ? around.indexOf(made.node) : around.length)
      .some((one) => bindingsOf(one, name.id).targets > 0);
    if (!hidden && bindingsWithin(node, name.id) === 1) return undefined;
    if (!hidden && !made && isImported(rewriter, name.id)) return undefined;
    return literal(rewriter, home, name);
  }
  const given = made.given.get(name.id);
  const { targets, value } = bindingsOf(made.node, name.id);
  if (given && targets <= 1) {
    const written = attempt(() => renderAt(rewriter, given, { scope: home, place }));
    if (written !== undefined) return inside(given, written, name);
  } else if (!given && value && targets === 1) {
    const written = attempt(() => renderAt(rewriter, value, { scope: home, place }));
    if (written !== undefined) return inside(value, written, name);
  }
  return literal(rewriter, home, name);
}

function attempt(run: () => string): string | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

function literal(rewriter: Rewriter, home: Scope, name: Name): string {
  const value = home.values.get(name.id);
  const node = home.made?.node ?? rewriter.program.module;
  const text = value && bindingsWithin(node, name.id) <= 1 ? constant(value) : undefined;
  if (text === undefined) throw unknown(rewriter, name);
  return text;
}

/** How often a name is bound in a scope, other functions inside left out unless they share the name. */
function bindingsWithin(node: Node, name: string): number {
  let count = 0;
  walk(node, (one) => {
    if (
      one !== node &&
      (one.type === "FunctionDef" || one.type === "Lambda" || one.type === "Comprehension")
    ) {
      if (one.type === "FunctionDef" && one.name === name) count++;
      walk(one, (inner) => {
        if ((inner.type === "Global" || inner.type === "Nonlocal") && inner.names.includes(name)) count += 2;
      });
      return false;
    }
    if (one.type === "ClassDef" && one.name === name) count++;
    if (one.type === "Parameter" && one.name === name) count++;
    if (one.type === "Alias" && (one.asname ?? one.name) === name) count++;
    if (one.type === "Name" && one.id === name && isTarget(one)) count++;
    return true;
  });
  return count;
}

function isImported(rewriter: Rewriter, name: string): boolean {
  let found = 0;
  let others = 0;
  walk(rewriter.program.module, (one) => {
    if (one.type === "Alias" && (one.asname ?? one.name) === name) found++;
    if (one.type === "Name" && one.id === name && isTarget(one)) others++;
  });
  return found > 0 && others === 0;
}

/** The functions and comprehensions around a place, from the inside. */
function owners(place: Node): Owner[] {
  const found: Owner[] = [];
  for (let at = ownerOf(place); at; at = ownerOf(at)) found.push(at);
  return found;
}

const ATOMS = new Set(["Name", "Number", "String", "Constant", "Call", "Attribute", "Subscript", "List"]);

/** A text in the place of a name, in parentheses where its parts could come apart. */
function inside(expr: Expr, text: string, name: Name): string {
  const alone = name.parent?.type === "Argument" || name.parent?.type === "Assign";
  return ATOMS.has(expr.type) || alone || text.startsWith("(") ? text : `(${text})`;
}
