/** Fields of data classes, named tuples and the like: calls give them, and classes have their defaults. */
import type { Call } from "../../grammars/nodes.ts";
import { classMember } from "./expressions.ts";
import type { Machine } from "./machine.ts";
import { type ClassValue, type Instance, join, UNKNOWN, type Value } from "./values.ts";

/** Whether calls give the class its annotated fields, as those of data classes and named tuples. */
export function hasFields(cls: ClassValue): boolean {
  return cls.node.decorators.length > 0 || cls.bases.some((base) => base.kind !== "class" || hasFields(base));
}

/** What a call gives the fields, else their defaults; a default that something makes is not known. */
export function setFields(
  m: Machine,
  cls: ClassValue,
  instance: Instance,
  node: Call,
  args: readonly Value[],
): void {
  const fields = fieldsOf(cls);
  const clear = node.args.every((arg) => !arg.star) && fields.length > 0;
  let next = 0;
  const given = new Map<string, Value>();
  node.args.forEach(({ name }, i) => {
    given.set(name ?? fields[next++] ?? "", args[i] ?? UNKNOWN);
  });
  for (const name of fields) {
    const fallback = classMember(cls, name);
    const plain =
      fallback?.kind === "num" ||
      fallback?.kind === "str" ||
      fallback?.kind === "bool" ||
      fallback?.kind === "none";
    const value = clear ? (given.get(name) ?? (plain ? fallback : UNKNOWN)) : UNKNOWN;
    const before = m.isShared(instance) ? instance.attributes.get(name) : undefined;
    instance.attributes.set(name, before ? join(before, value) : value);
  }
  if (fields.length === 0)
    for (const [i, arg] of args.entries()) m.escape(arg, node.args[i]?.value ?? node, "kept in an object");
}

function fieldsOf(cls: ClassValue): string[] {
  const inherited = cls.bases.flatMap((base) => (base.kind === "class" ? fieldsOf(base) : []));
  const own = cls.node.body.flatMap((one) =>
    one.type === "AnnAssign" && one.target.type === "Name" ? [one.target.id] : [],
  );
  return [...new Set([...inherited, ...own])];
}

/** Whether it is a field of which only a default is known, as other files make the objects. */
export function isOpenField(cls: ClassValue, name: string): boolean {
  return hasFields(cls) && fieldsOf(cls).includes(name);
}
