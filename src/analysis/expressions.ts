/** Values of expressions. */
import type { Attribute, BinOp, Expr, FunctionDef, Lambda, Subscript } from "../../grammars/nodes.ts";
import { arrayAttribute, arrayBinOp, backwards, indexArray } from "./arrays.ts";
import { callFunction, evaluateCall } from "./calls.ts";
import { comprehension } from "./comprehensions.ts";
import { isOpenField } from "./fields.ts";
import { starredPath } from "./imports.ts";
import type { Machine } from "./machine.ts";
import { compare, numericBinOp } from "./operators.ts";
import { bindTarget, elementOf } from "./targets.ts";
import {
  ANY_INT,
  alternatives,
  array,
  bool,
  type DictValue,
  external,
  float,
  heldBy,
  int,
  join,
  list,
  NONE,
  type Num,
  type Sequence,
  setSomeKey,
  str,
  truth,
  tuple,
  UNKNOWN,
  type Value,
} from "./values.ts";

export function evaluate(m: Machine, node: Expr): Value {
  switch (node.type) {
    case "Number":
      if (typeof node.value === "bigint" || node.imaginary) return UNKNOWN;
      return node.isFloat ? float(node.value) : int(node.value);
    case "String":
      return node.bytes ? UNKNOWN : str(node.value);
    case "Constant":
      return typeof node.value === "boolean" ? bool(node.value) : node.value === null ? NONE : UNKNOWN;
    default:
      return m.record(node, evaluateCompound(m, node));
  }
}

function evaluateCompound(m: Machine, node: Expr): Value {
  switch (node.type) {
    case "Name":
      return readName(m, node.id, node);
    case "Attribute":
      return attribute(m, node);
    case "Subscript":
      return subscript(m, node);
    case "Call":
      return evaluateCall(m, node);
    case "Tuple":
    case "List": {
      const values = node.elements.map((element) => evaluate(m, element));
      if (node.elements.some((element) => element.type === "Starred")) return spread(node, values);
      const made = node.type === "Tuple" ? tuple(values, node) : list(values, node);
      if (made.kind === "list") made.appended = new Map();
      return { ...made, places: node.elements };
    }
    case "Dict": {
      const entries = new Map<string, Value>();
      const written = new Map<string, Expr>();
      const made: DictValue = { kind: "dict", entries, open: false, written };
      for (const item of node.items) {
        if (!item.key && spreadInto(entries, written, evaluate(m, item.value))) continue;
        const key = item.key && evaluate(m, item.key);
        const value = evaluate(m, item.value);
        if (key?.kind === "str") {
          entries.set(key.value, value);
          written.set(key.value, item.value);
        } else if (item.key) setSomeKey(made, value);
        else {
          made.open = true;
          m.escape(value, item.value, "kept in a dict");
        }
      }
      return made;
    }
    case "BinOp":
      return binOp(m, node);
    case "UnaryOp": {
      const value = evaluate(m, node.operand);
      if (node.op === "not") {
        const known = truth(value);
        return known === undefined ? UNKNOWN : bool(!known);
      }
      if (value.kind === "num" && node.op === "-") return numericBinOp("-", int(0), value);
      return value.kind === "array" || value.kind === "num" ? value : UNKNOWN;
    }
    case "BoolOp": {
      const left = evaluate(m, node.left);
      const right = evaluate(m, node.right);
      const known = truth(left);
      if (known === undefined) return join(left, right);
      return known === (node.op === "and") ? right : left;
    }
    case "Compare": {
      const operands = [node.left, ...node.comparators].map((operand) => evaluate(m, operand));
      if (operands.some((operand) => operand.kind === "array")) {
        const [shaped] = operands.filter((operand) => operand.kind === "array");
        return shaped?.kind === "array" ? { ...shaped, dtype: "bool" } : UNKNOWN;
      }
      const origin = operands.find((one) => one.kind === "unknown" && one.library === "numpy");
      if (origin && !node.ops.some((one) => one.includes("in") || one.includes("is"))) return origin;
      const [op] = node.ops;
      const [a, b] = operands;
      return node.ops.length === 1 && op && a && b ? compare(op, a, b) : UNKNOWN;
    }
    case "IfExp": {
      const known = truth(evaluate(m, node.test));
      const [body, orelse] = [evaluate(m, node.body), evaluate(m, node.orelse)];
      return known === undefined ? join(body, orelse) : known ? body : orelse;
    }
    case "Lambda":
      return functionValue(m, node);
    case "Comprehension":
      return comprehension(m, node);
    case "FString":
      for (const part of node.parts) if (typeof part !== "string") evaluate(m, part);
      return external("builtins");
    case "Set":
      for (const element of node.elements) evaluate(m, element);
      return external("builtins");
    case "Starred":
      return evaluate(m, node.value);
    case "Slice": {
      const part = (expr: Expr | null) => (expr ? evaluate(m, expr) : undefined);
      return { kind: "slice", lower: part(node.lower), upper: part(node.upper), step: part(node.step) };
    }
    case "NamedExpr": {
      const value = evaluate(m, node.value);
      bindTarget(m, node.target, value);
      return value;
    }
    case "Await":
      return evaluate(m, node.value);
    case "Yield": {
      const value = node.value ? evaluate(m, node.value) : NONE;
      m.escape(value, node, "yielded");
      const element = node.from ? elementOf(m, value) : value;
      m.yielded = m.yielded === undefined ? element : joinParts(m.yielded, element);
      return UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

/** A display with `*rest` in it. */
function spread(node: Extract<Expr, { type: "Tuple" | "List" }>, values: readonly Value[]): Value {
  const elements: Value[] = [];
  const places: Expr[] = [];
  let open = false;
  node.elements.forEach((element, i) => {
    const value = values[i] ?? UNKNOWN;
    const all = (value.kind === "list" || value.kind === "tuple") && element.type === "Starred" && value;
    if (all) open ||= all.open;
    else if (element.type === "Starred") open = true;
    for (const one of all ? all.elements : [value]) {
      elements.push(one);
      places.push(element);
    }
  });
  return { kind: node.type === "Tuple" ? "tuple" : "list", elements, open, node, places };
}

/** Puts what `**options` holds into a dict that is written around it; false where that is not known. */
export function spreadInto(entries: Map<string, Value>, written: Map<string, Expr>, options: Value): boolean {
  if (options.kind !== "dict" || options.open || options.unsure) return false;
  for (const [name, value] of options.entries) {
    entries.set(name, value);
    const expr = options.written?.get(name);
    if (expr) written.set(name, expr);
    else written.delete(name);
  }
  return true;
}

/** Tuples of one length are joined part by part. */
function joinParts(a: Value, b: Value): Value {
  if (a.kind !== "tuple" || b.kind !== "tuple" || a.elements.length !== b.elements.length) return join(a, b);
  return tuple(a.elements.map((part, i) => join(part, b.elements[i] ?? UNKNOWN)));
}

export function functionValue(m: Machine, node: Parameters<Machine["functions"]["set"]>[0]): Value {
  for (const parameter of node.params) if (parameter.default) evaluate(m, parameter.default);
  const value = { kind: "function", node, scope: m.scope, self: undefined } as const;
  m.functions.set(node, value);
  return value;
}

function readName(m: Machine, name: string, node: Expr): Value {
  const scope = m.scope.find(name);
  const value = scope?.values.get(name);
  if (value === undefined) return { kind: "ref", path: starredPath(m, name) ?? `builtins.${name}` };
  // A number that is known only by its name can still be written by it.
  if (value.kind === "num" && value.value === undefined && !value.sym && !value.isFloat) {
    const sym = m.atomOf(node);
    return sym ? { ...value, sym } : value;
  }
  return value;
}

/** Each alternative by itself, joined again. */
export function overAlternatives(value: Value, apply: (one: Value) => Value): Value {
  return alternatives(value).map(apply).reduce(join);
}

function attribute(m: Machine, node: Attribute): Value {
  return overAlternatives(evaluate(m, node.value), (owner) => attributeOf(m, owner, node.attr, node));
}

export function attributeOf(m: Machine, owner: Value, name: string, node: Attribute): Value {
  switch (owner.kind) {
    case "ref":
      return { kind: "ref", path: `${owner.path}.${name}` };
    case "array":
      return arrayAttribute(m, owner, name, node);
    case "instance": {
      const own = owner.attributes.get(name);
      if (own) return own;
      if (isOpenField(owner.cls, name)) return UNKNOWN;
      const member = classMember(owner.cls, name);
      if (member?.kind === "function" && isProperty(member.node))
        return callFunction(m, { ...member, self: owner }, undefined, new Map());
      if (member?.kind === "function") return { ...member, self: owner };
      return member ?? UNKNOWN;
    }
    case "class": {
      return classMember(owner, name) ?? UNKNOWN;
    }
    case "optimizer":
    case "object": {
      return constantOf(m, owner.kind === "object" ? owner.construct.kind : owner.kind, owner, node);
    }
    case "batches":
      return owner.attributes.get(name) ?? UNKNOWN;
    case "history":
      if (name === "history") return { kind: "history-dict", model: owner.model };
      return name === "model" ? { kind: "model", model: owner.model } : UNKNOWN;
    case "unknown": {
      const own = owner.attributes?.get(name);
      if (own) return own;
      // scikit-learn's data sets: samples of features, and one target each.
      if (owner.library === "sklearn" && name === "data") return array([undefined, undefined], "float");
      if (owner.library === "sklearn" && name === "target") return array([undefined]);
      // The model of an estimator, or of the best of a search.
      if (owner.library === "sklearn" && name === "model") {
        const built = m.models.filter((model) => model.estimators.length > 0);
        const [model] = built;
        if (model) return built.every(({ node }) => node === model.node) ? { kind: "model", model } : UNKNOWN;
      }
      if (owner.library) return owner;
      // `x.shape` of anything is a tuple of integers.
      if (name === "shape") return { kind: "tuple", elements: [], open: true, node: undefined };
      return UNKNOWN;
    }
    case "layer": {
      const use = { name: `layer ${name}`, node, call: undefined, args: undefined };
      owner.model.uses.push({ ...use, owner: m.owner, time: m.tick() });
      return constantOf(m, "layer", owner, node);
    }
    case "model": {
      const parent = node.parent;
      if (parent?.type !== "Call" || parent.func !== node) {
        owner.model.uses.push({
          name,
          node,
          call: undefined,
          args: undefined,
          owner: m.owner,
          time: m.tick(),
        });
      }
      return constantOf(m, "Model", owner, node);
    }
    default:
      return UNKNOWN;
  }
}

const PROPERTIES = new Set(["property", "cached_property"]);

/** Whether a method is called where it is read. */
function isProperty(node: FunctionDef | Lambda): boolean {
  return (
    node.type === "FunctionDef" &&
    node.decorators.some((one) => {
      const name = one.type === "Attribute" ? one.attr : one.type === "Name" ? one.id : "";
      return PROPERTIES.has(name);
    })
  );
}

/** The value of an attribute that the tables know of such an object. */
function constantOf(m: Machine, kind: string, receiver: Value, node: Attribute): Value {
  const member = m.registry.member(kind, node.attr);
  return member?.kind === "constant" && member.result
    ? member.result({ machine: m, call: node as never, args: undefined as never, receiver })
    : UNKNOWN;
}

export function classMember(cls: Extract<Value, { kind: "class" }>, name: string): Value | undefined {
  const own = cls.members.values.get(name);
  if (own) return own;
  for (const base of cls.bases) {
    const inherited = base.kind === "class" ? classMember(base, name) : undefined;
    if (inherited) return inherited;
  }
  return undefined;
}

function subscript(m: Machine, node: Subscript): Value {
  const owner = evaluate(m, node.value);
  const index = evaluate(m, node.index);
  return overAlternatives(owner, (one) => item(m, one, index, node));
}

function item(m: Machine, owner: Value, index: Value, node: Subscript): Value {
  switch (owner.kind) {
    case "tuple":
    case "list": {
      if (index.kind === "num" && index.value !== undefined && !owner.open) {
        const at = index.value < 0 ? owner.elements.length + index.value : index.value;
        return owner.elements[at] ?? UNKNOWN;
      }
      if (index.kind === "slice") return sliceSequence(owner, index);
      if (owner.open && owner.elements.length === 0) {
        const sym = m.atomOf(node);
        return sym ? { kind: "num", value: undefined, isFloat: false, sym } : ANY_INT;
      }
      return elementOf(m, owner);
    }
    case "dict": {
      const found = index.kind === "str" ? owner.entries.get(index.value) : undefined;
      if (found) return owner.others ? join(found, owner.others) : found;
      return owner.open ? UNKNOWN : (heldBy(owner) ?? UNKNOWN);
    }
    case "array":
      return indexArray(owner, index, node);
    case "batches":
      return index.kind === "slice" ? UNKNOWN : owner.element;
    case "unknown":
      return owner.library === "numpy" ? backwards(index, owner) : owner;
    default:
      return UNKNOWN;
  }
}

function sliceSequence(
  owner: Extract<Value, { kind: "tuple" | "list" }>,
  index: Extract<Value, { kind: "slice" }>,
): Value {
  const bound = (value: Value | undefined) =>
    value === undefined
      ? undefined
      : value.kind === "num" && value.value !== undefined
        ? value.value
        : Number.NaN;
  const [lower, upper] = [bound(index.lower), bound(index.upper)];
  const known = !owner.open && !index.step && !Number.isNaN(lower) && !Number.isNaN(upper);
  return known
    ? { kind: owner.kind, elements: owner.elements.slice(lower, upper), open: false, node: undefined }
    : { kind: owner.kind, elements: owner.elements, open: true, node: undefined };
}

function binOp(m: Machine, node: BinOp): Value {
  const [left, right] = [evaluate(m, node.left), evaluate(m, node.right)];
  if (left.kind === "num" && right.kind === "num") return numericBinOp(node.op, left, right);
  if (left.kind === "str" && right.kind === "str" && node.op === "+") return str(left.value + right.value);
  if (left.kind === "str" || right.kind === "str") return external("builtins");
  if (left.kind === "array" || right.kind === "array") return arrayBinOp(node.op, left, right);
  const sequences = (left.kind === "tuple" || left.kind === "list") && left.kind === right.kind;
  if (sequences && node.op === "+") {
    const other = right as typeof left;
    const [a, b] = [left.appended, other.appended];
    return {
      kind: left.kind,
      elements: [...left.elements, ...other.elements],
      open: left.open || other.open,
      node: undefined,
      places: [...placesOf(left, node.left), ...placesOf(other, node.right)],
      appended:
        a && b && new Map([...a, ...[...b].map(([i, one]) => [i + left.elements.length, one] as const)]),
    };
  }
  if ((left.kind === "list" || left.kind === "tuple") && node.op === "*") {
    const times = (right as Num).value;
    const repeated = times !== undefined && times < 1000 && left.elements.length === 1;
    return {
      kind: left.kind,
      elements: repeated ? Array<Value>(times).fill(left.elements[0] as Value) : left.elements,
      open: !repeated,
      node: undefined,
    };
  }
  const origin = [left, right].find((side) => side.kind === "unknown" && side.library);
  return origin ?? UNKNOWN;
}

/** The expressions that bring the elements of a list, which is itself an operand. */
function placesOf(value: Sequence, expr: Expr): readonly Expr[] {
  const own =
    expr.type === "List" || expr.type === "Tuple" || expr.type === "BinOp" ? value.places : undefined;
  return own ?? value.elements.map(() => expr);
}
