/** Binding of assignment targets, and what iterating over a value gives. */
import type { Attribute, Expr } from "../../grammars/nodes.ts";
import { evaluate, overAlternatives } from "./expressions.ts";
import type { Machine } from "./machine.ts";
import * as symbolic from "./symbolic.ts";
import {
  ANY_FLOAT,
  alternatives,
  array,
  type ClassValue,
  external,
  join,
  joinElements,
  loosen,
  type Num,
  type Sequence,
  setSomeKey,
  UNKNOWN,
  type Value,
} from "./values.ts";

export function bindTarget(m: Machine, target: Expr, value: Value): void {
  switch (target.type) {
    case "Name":
      bindName(m, target, value);
      m.record(target, value);
      return;
    case "Tuple":
    case "List": {
      const values = unpack(value, target.elements.length);
      target.elements.forEach((element, i) => {
        bindTarget(m, element, values[i] ?? UNKNOWN);
      });
      return;
    }
    case "Starred":
      bindTarget(m, target.value, UNKNOWN);
      return;
    case "Attribute": {
      const owner = evaluate(m, target.value);
      m.record(target, value);
      m.touch(target);
      setOfLibrary(m, target, owner, value);
      for (const one of alternatives(owner)) {
        if (one.kind === "instance") {
          const before = one.attributes.get(target.attr) ?? memberOf(one.cls, target.attr);
          // One object stands for all instances of its class: what is set on another may hold for this one.
          const keep = before !== undefined && (m.conditional > 0 || m.isShared(one));
          one.attributes.set(target.attr, keep ? join(before, value) : value);
        } else if (one.kind === "class") {
          const before = memberOf(one, target.attr);
          const keep = before !== undefined && m.conditional > 0;
          one.members.bind(target.attr, keep ? join(before, value) : value, m.tick());
          m.escape(value, target, "kept in an attribute");
        } else {
          if (one.kind === "model" || one.kind === "layer") {
            one.model.uses.push({
              name: `${one.kind === "layer" ? "layer " : ""}set ${target.attr}`,
              node: target,
              call: undefined,
              args: undefined,
              owner: m.owner,
              time: m.tick(),
            });
          }
          m.escape(value, target, "kept in an attribute");
        }
      }
      return;
    }
    case "Subscript": {
      const owner = evaluate(m, target.value);
      const index = evaluate(m, target.index);
      m.touch(target);
      for (const one of alternatives(owner)) {
        if (one.kind === "list") setElement(m, one, index, value);
        if (one.kind === "dict" && index.kind === "str") {
          if (m.conditional > 0 && !one.entries.has(index.value)) one.unsure = true;
          const before = m.conditional > 0 ? one.entries.get(index.value) : undefined;
          one.entries.set(index.value, before ? join(before, value) : value);
          one.written?.delete(index.value);
        } else if (one.kind === "dict") setSomeKey(one, value);
        if (one.kind !== "dict") m.escape(value, target, "kept in a container");
      }
      return;
    }
    default:
      return;
  }
}

/** An object of a library has what it was given: `iris.target = to_categorical(iris.target)`. */
function setOfLibrary(m: Machine, target: Attribute, owner: Value, value: Value): void {
  if (!alternatives(owner).some((one) => one.kind === "unknown" && one.library)) return;
  const changed = overAlternatives(owner, (one) =>
    one.kind === "unknown" ? { ...one, attributes: new Map(one.attributes).set(target.attr, value) } : one,
  );
  if (target.value.type === "Name") m.scope.find(target.value.id)?.values.set(target.value.id, changed);
  else bindTarget(m, target.value, changed);
}

function memberOf(cls: ClassValue, name: string): Value | undefined {
  const member = cls.members.values.get(name);
  return member?.kind === "function" ? undefined : member;
}

/** After `sizes[i] = n` an element is known only where that one is, on every path. */
function setElement(m: Machine, list: Sequence, index: Value, value: Value): void {
  const known = index.kind === "num" && index.value !== undefined && !list.open && m.conditional === 0;
  const at = known ? (index.value < 0 ? list.elements.length + index.value : index.value) : -1;
  if (at in list.elements) {
    list.elements[at] = value;
    list.appended = undefined;
  } else {
    list.elements.push(value);
    loosen(list);
  }
}

/** A number that only a long expression gives is written by the name that it is assigned to. */
function bindName(m: Machine, target: Extract<Expr, { type: "Name" }>, value: Value): void {
  if (value.kind === "num" && value.value === undefined && !value.isFloat) {
    const time = m.tick();
    m.scope.bind(target.id, value, time);
    const sym = symbolic.atom(target.id, [{ scope: m.scope, name: target.id, boundAt: time }]);
    m.scope.values.set(target.id, { ...value, sym });
    return;
  }
  m.bind(target.id, value);
}

/**
 * A parameter or loop variable: also where its value is known now, it is written by its name
 * when another call or round gives it another value.
 */
export function bindVarying(m: Machine, name: string, value: Value): void {
  const time = m.tick();
  m.scope.bind(name, value, time);
  if (value.kind !== "num" || value.isFloat) return;
  const sym = symbolic.atom(name, [{ scope: m.scope, name, boundAt: time }]);
  m.scope.values.set(name, { ...value, sym } satisfies Num);
}

function unpack(value: Value, count: number): Value[] {
  const unpacked = alternatives(value).map((one) => {
    if ((one.kind === "tuple" || one.kind === "list") && !one.open && one.elements.length === count) {
      return one.elements;
    }
    const element = one.kind === "tuple" || one.kind === "list" ? joinAll(one.elements) : elementOfPlain(one);
    return Array<Value>(count).fill(element);
  });
  return unpacked.reduce((a, b) => a.map((element, i) => join(element, b[i] ?? UNKNOWN)));
}

function joinAll(values: readonly Value[]): Value {
  return values.length === 0 ? UNKNOWN : values.reduce(joinElements);
}

/** What a loop over the value gives. */
export function elementOf(_m: Machine, iterable: Value): Value {
  return alternatives(iterable)
    .map((one) => (one.kind === "tuple" || one.kind === "list" ? joinAll(one.elements) : elementOfPlain(one)))
    .reduce(join);
}

function elementOfPlain(value: Value): Value {
  switch (value.kind) {
    case "array":
      if (!value.shape) return external("numpy");
      if (value.shape.length === 1) return value.dtype === "float" ? ANY_FLOAT : external("numpy");
      return array(
        value.shape.slice(1),
        value.dtype,
        value.container === "list" ? undefined : value.container,
      );
    case "str":
      return external("builtins");
    case "unknown":
      return value;
    case "batches":
      return value.seen ?? value.element;
    default:
      return UNKNOWN;
  }
}
