/** What the parameters of functions of the script are bound to when they are called. */
import type { Call, Expr, FunctionDef } from "../../grammars/nodes.ts";
import { evaluate } from "./expressions.ts";
import type { Machine } from "./machine.ts";
import { bindVarying } from "./targets.ts";
import { type FunctionValue, tuple, UNKNOWN, type Value } from "./values.ts";

/** The expressions that a call gives parameters, where it gives them one by one; else their defaults. */
export function writtenFor(
  { node, self }: FunctionValue,
  call: Call | undefined,
  args: readonly Value[],
): ReadonlyMap<string, Expr> {
  const written = new Map<string, Expr>();
  const own = node.params.slice(self && node.params[0]?.kind !== "*" ? 1 : 0);
  const plain = own.filter(isPlain);
  for (const one of plain) if (one.default) written.set(one.name, one.default);
  let next = 0;
  let clear = call !== undefined;
  call?.args.forEach((arg, i) => {
    const value = args[i];
    if (arg.star === "**" && value?.kind === "dict" && value.written) {
      for (const [name, expr] of value.written) written.set(name, expr);
    } else if (arg.star) clear = false;
    else {
      const parameter = arg.name === null ? own[next++] : own.find(({ name }) => name === arg.name);
      if (parameter && plain.includes(parameter)) written.set(parameter.name, arg.value);
    }
  });
  return clear ? written : new Map();
}

export function bindParameters(
  m: Machine,
  callee: FunctionValue,
  node: Call | undefined,
  args: readonly Value[],
  known?: ReadonlyMap<string, Value>,
): void {
  const own = callee.node.params;
  let next = 0;
  if (callee.self && own[0] && own[0].kind !== "*") {
    m.bind(own[0].name, callee.self);
    next = 1;
  }
  const first = next;
  const given = new Map(known);
  let spread = node === undefined && known === undefined;
  const rest: { value: Value; expr: Expr | undefined }[] = [];
  const more = { entries: new Map<string, Value>(), written: new Map<string, Expr>() };
  const give = (name: string | null, value: Value, expr: Expr | undefined) => {
    const parameter = name === null ? own[next] : own.find((one) => one.name === name && isPlain(one));
    if (name === null && parameter?.kind !== "*") next++;
    if (parameter && isPlain(parameter)) given.set(parameter.name, value);
    else if (name === null) rest.push({ value, expr });
    else {
      more.entries.set(name, value);
      if (expr) more.written.set(name, expr);
    }
  };
  node?.args.forEach((arg, i) => {
    const value = args[i] as Value;
    const sequence = value.kind === "tuple" || value.kind === "list";
    const open = sequence ? value.open : value.kind !== "dict" || value.open || value.unsure === true;
    if (!arg.star) give(arg.name, value, arg.value);
    else if (open) {
      spread = true;
      m.escape(value, arg.value, "passed through *args or **kwargs");
    } else if (value.kind === "dict")
      for (const [name, one] of value.entries) give(name, one, value.written?.get(name));
    else if (value.kind === "tuple" || value.kind === "list")
      for (const [at, one] of value.elements.entries()) give(null, one, value.places?.[at]);
  });
  const parts: Readonly<Record<string, Value>> = {
    "*": {
      ...tuple(rest.map(({ value }) => value)),
      ...(rest.every(({ expr }) => expr) && { places: rest.flatMap(({ expr }) => expr ?? []) }),
    },
    "**": { kind: "dict", ...more, open: false },
  };
  for (const parameter of own.slice(first)) {
    const fallback = parameter.default ? defaultOf(m, parameter.default) : UNKNOWN;
    const value = given.get(parameter.name);
    if (value !== undefined) bindVarying(m, parameter.name, value);
    else if (!isPlain(parameter)) {
      const part = parts[parameter.kind] ?? UNKNOWN;
      if (spread) m.escape(part, node ?? callee.node, "passed through *args or **kwargs");
      m.bind(parameter.name, spread ? UNKNOWN : part);
    } else
      bindVarying(m, parameter.name, spread && fallback.kind !== "num" ? UNKNOWN : unsure(fallback, spread));
  }
  const taken = new Set(own.slice(first).map(({ kind }) => kind));
  for (const kind of ["*", "**"] as const)
    if (!taken.has(kind))
      m.escape(parts[kind] ?? UNKNOWN, node ?? callee.node, "passed through *args or **kwargs");
}

function isPlain({ kind }: FunctionValue["node"]["params"][number]): boolean {
  return kind !== "*" && kind !== "**";
}

/** A default that a caller outside may replace: only what kind of number it is remains. */
function unsure(value: Value, spread: boolean): Value {
  return spread && value.kind === "num" ? { ...value, value: undefined } : value;
}

function defaultOf(m: Machine, expr: NonNullable<FunctionDef["params"][number]["default"]>): Value {
  const before = m.values.get(expr);
  if (before) return before;
  const active = m.active.pop();
  const value = evaluate(m, expr);
  if (active) m.active.push(active);
  return value;
}
