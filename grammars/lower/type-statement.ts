import type { Argument, Assign, Call, Expr, Name, Span, Subscript, TypeAlias } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { endOf } from "./build.ts";
import { expression } from "./expressions.ts";

/** `type A[T] = b`, or `type(a).b = c`, which the grammar takes for the same statement. */
export function typeStatement(reader: Reader): TypeAlias | Assign {
  reader.enter();
  const start = reader.start();
  reader.next();
  const left = expression(reader);
  reader.next();
  reader.next();
  const value = expression(reader);
  reader.leave();
  const end = endOf(value);

  const name = left.type === "Subscript" ? left.value : left;
  if (name.type === "Name") return { type: "TypeAlias", start, end, parent: null, name, value };
  reader.identifiers.add("type");
  const keywordEnd = start + "type".length;
  const target = prefixed({ type: "Name", start, end: keywordEnd, parent: null, id: "type" }, left);
  if (!target) reader.report("syntax-error", name, "expected a name after `type`");
  return { type: "Assign", start, end, parent: null, targets: [target ?? left], value };
}

/** Puts the name `type` before the brackets that a target begins with; null where it begins with none. */
function prefixed(type: Name, target: Expr): Expr | null {
  const { start } = type;
  if (target.parenthesized) {
    const { parenthesized: span, ...value } = target;
    return call(type, [value], span);
  }
  switch (target.type) {
    case "Tuple":
      return call(type, target.elements, target);
    case "List":
      return subscript(type, target.elements, target);
    case "Attribute":
    case "Subscript": {
      const value = prefixed(type, target.value);
      return value && { ...target, start, value };
    }
    case "Call": {
      const func = prefixed(type, target.func);
      return func && { ...target, start, func };
    }
    default:
      return null;
  }
}

function call(func: Name, values: readonly Expr[], { start, end }: Span): Call {
  const args = values.map((value): Argument => {
    const { start, end } = value.parenthesized ?? value;
    return { type: "Argument", start, end, parent: null, name: null, star: "", value };
  });
  return { type: "Call", start: func.start, end, parent: null, func, args, argsSpan: { start, end } };
}

function subscript(value: Name, elements: readonly Expr[], { end }: Span): Subscript | null {
  const [index, ...more] = elements;
  return index && more.length === 0
    ? { type: "Subscript", start: value.start, end, parent: null, value, index }
    : null;
}
