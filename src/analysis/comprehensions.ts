/** Comprehensions: over layers one by one where these are known, else over any element. */
import type { Comprehension, Expr } from "../../grammars/nodes.ts";
import { evaluate } from "./expressions.ts";
import type { Machine } from "./machine.ts";
import { Scope } from "./scope.ts";
import { bindTarget, elementOf } from "./targets.ts";
import { int, list, UNKNOWN, type Value } from "./values.ts";

/** The elements that a comprehension over the layers of a model makes, one by one. */
function overLayers(m: Machine, node: Comprehension): Value | undefined {
  const [clause, ...others] = node.clauses;
  if (!clause || others.length > 0 || clause.ifs.length > 0 || node.kind !== "list") return undefined;
  const iterable = evaluate(m, clause.iter);
  if ((iterable.kind !== "list" && iterable.kind !== "tuple") || iterable.open) return undefined;
  const layers = iterable.elements.filter((one) => one.kind === "layer");
  if (layers.length === 0 || layers.length < iterable.elements.length) return undefined;
  const elements = layers.map((layer) => {
    bindTarget(m, clause.target, layer);
    return evaluate(m, node.element);
  });
  return { kind: "list", elements, open: false, node: undefined };
}

const MOST_ELEMENTS = 64;

/** The layers that a comprehension makes, one by one, where all that it goes over is known. */
function layersOneByOne(m: Machine, node: Comprehension): Value | undefined {
  const [clause, ...others] = node.clauses;
  if (!clause || others.length > 0 || clause.ifs.length > 0 || node.kind !== "list") return undefined;
  if (node.element.type !== "Call") return undefined;
  const all = elementsOf(m, clause.iter);
  if (!all || all.length === 0 || all.length > MOST_ELEMENTS) return undefined;
  const outer = m.scope;
  const { length } = m.models;
  const elements: Value[] = [];
  for (const { value, expr } of all) {
    const given = new Map<string, Expr>();
    nameElements(clause.target, expr, given);
    m.scope = new Scope("comprehension", outer, { node, given, caller: outer });
    bindTarget(m, clause.target, value);
    const made = evaluate(m, node.element);
    m.scope = outer;
    const isLayer = made.kind === "object" && made.construct.kind === "layer";
    if (!isLayer) {
      // It is read again, as one of many.
      m.models.length = length;
      return undefined;
    }
    elements.push(made);
  }
  return { ...list(elements), places: elements.map(() => node) };
}

/** What an iterable gives, with the expressions of it, where all is known. */
function elementsOf(m: Machine, iter: Expr): { value: Value; expr: Expr | undefined }[] | undefined {
  const value = evaluate(m, iter);
  if (iter.type === "Call" && iter.func.type === "Name" && iter.func.id === "range") {
    const [start, stop, step] = iter.args.map((arg) => evaluate(m, arg.value));
    const numbers = [start, stop, step].map((one) => (one?.kind === "num" ? one.value : undefined));
    const [first, last] = stop ? numbers : [0, numbers[0]];
    if (first === undefined || last === undefined || step || m.scope.find("range")) return undefined;
    const count = Math.min(Math.max(last - first, 0), MOST_ELEMENTS + 1);
    return Array.from({ length: count }, (_, i) => ({ value: int(first + i), expr: undefined }));
  }
  if ((value.kind !== "list" && value.kind !== "tuple") || value.open) return undefined;
  const display = value.node?.type === "List" || value.node?.type === "Tuple" ? value.node.elements : [];
  const written = display.length === value.elements.length ? display : [];
  return value.elements.map((one, i) => ({ value: one, expr: written[i] }));
}

/** The expressions that the names of a target stand for. */
function nameElements(target: Expr, expr: Expr | undefined, given: Map<string, Expr>): void {
  if (!expr) return;
  if (target.type === "Name") given.set(target.id, expr);
  if (target.type !== "Tuple" || (expr.type !== "Tuple" && expr.type !== "List")) return;
  target.elements.forEach((one, i) => {
    nameElements(one, expr.elements[i], given);
  });
}

export function comprehension(m: Machine, node: Comprehension): Value {
  const layers = layersOneByOne(m, node);
  if (layers) return layers;
  const outer = m.scope;
  m.scope = new Scope("comprehension", outer);
  const each = overLayers(m, node);
  if (each) {
    m.scope = outer;
    return each;
  }
  m.conditional++;
  for (const clause of node.clauses) {
    bindTarget(m, clause.target, elementOf(m, evaluate(m, clause.iter)));
    for (const test of clause.ifs) evaluate(m, test);
  }
  const element = evaluate(m, node.element);
  const value = node.value && evaluate(m, node.value);
  m.conditional--;
  m.scope = outer;
  if (value) {
    return { kind: "dict", entries: new Map(), open: false, others: value, unsure: true };
  }
  return node.kind === "list" ? { kind: "list", elements: [element], open: true, node: undefined } : UNKNOWN;
}
