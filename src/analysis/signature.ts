/**
 * Signatures as the tables write them, and the binding of a call's arguments to them.
 *
 * A signature reads as in Keras's documentation: `filters, kernel_size, strides=(1, 1)`.
 * `old:new` gives a parameter of an older Keras the name it has today; `*` starts the
 * keyword-only ones and `**` takes any other keyword.
 */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import type { BoundArg, BoundArgs, Construct, KerasVersion } from "./constructs.ts";
import { alternatives, bool, float, int, join, NONE, str, tuple, UNKNOWN, type Value } from "./values.ts";

export interface SignatureParameter {
  readonly written: string;
  readonly name: string;
  readonly default: Value | undefined;
  /** The default as the signature writes it. */
  readonly defaultText: string | undefined;
  readonly keywordOnly: boolean;
}
export interface Signature {
  readonly parameters: readonly SignatureParameter[];
  readonly anyKeyword: boolean;
}

const parsed = new Map<string, Signature>();

export function parseSignature(text: string): Signature {
  const known = parsed.get(text);
  if (known) return known;
  const parameters: SignatureParameter[] = [];
  let [keywordOnly, anyKeyword] = [false, false];
  for (const part of splitTopLevel(text)) {
    if (part === "*") keywordOnly = true;
    else if (part === "**") anyKeyword = true;
    else {
      const [declared = "", fallback] = splitOnce(part, "=");
      const [written = "", name] = splitOnce(declared.trim(), ":");
      parameters.push({
        written,
        name: name ?? written,
        default: fallback === undefined ? undefined : literal(fallback.trim()),
        defaultText: fallback?.trim(),
        keywordOnly,
      });
    }
  }
  const signature = { parameters, anyKeyword };
  parsed.set(text, signature);
  return signature;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let [depth, start, quoted] = [0, 0, false];
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === "'") quoted = !quoted;
    else if (quoted && c !== undefined) continue;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === undefined || (c === "," && depth === 0)) {
      const part = text.slice(start, i).trim();
      if (part) parts.push(part);
      start = i + 1;
    }
  }
  return parts;
}

/** A default as the tables write it: None, True, False, a number, a quoted string or a tuple of these. */
function literal(text: string): Value {
  if (text === "None") return NONE;
  if (text === "True" || text === "False") return bool(text === "True");
  if (text.startsWith("'")) return str(text.slice(1, -1));
  if (text.startsWith("(")) return tuple(splitTopLevel(text.slice(1, -1)).map(literal));
  const number = Number(text);
  if (Number.isNaN(number)) return UNKNOWN;
  return Number.isInteger(number) && !/[.e]/.test(text) ? int(number) : float(number);
}

const VERSIONS: readonly KerasVersion[] = ["keras2", "keras3", "keras1"];

/** What a call gives, by position where `name` is null; `hidden`: by `*` or `**`, which nobody can look into. */
export interface Given {
  readonly name: string | null;
  readonly bound: BoundArg;
  readonly at: Argument;
  readonly hidden?: true;
}

/**
 * Binds the arguments of a call. The script's own version is tried first, then the others:
 * the first that takes every argument wins.
 *
 * @param evaluate gives the value of an argument's expression
 * @param former defaults of an older release, by argument
 */
export function bindCall(
  construct: Construct,
  call: Call,
  version: KerasVersion,
  evaluate: (expr: Expr) => Value,
  former?: ReadonlyMap<string, string>,
): BoundArgs {
  return bindArguments(construct, call.args, version, evaluate, former);
}

/** The same of arguments that stand in several calls. */
export function bindArguments(
  construct: Construct,
  args: readonly Argument[],
  version: KerasVersion,
  evaluate: (expr: Expr) => Value,
  former?: ReadonlyMap<string, string>,
): BoundArgs {
  const spreads = SPREADS.has(construct.kind) || construct.path === "Model.compile";
  const given = args.flatMap((node) => givenBy(node, evaluate(node.value), spreads));
  const bound = bindGiven(construct, given, version);
  return former ? withDefaults(bound, former) : bound;
}

/** The same for arguments that no call lists one by one. */
export function bindGiven(construct: Construct, all: readonly Given[], version: KerasVersion): BoundArgs {
  let best: BoundArgs | undefined;
  const fits = (bound: BoundArgs) => bound.unbound.length === 0 && (construct.accepts?.(bound) ?? true);
  for (const candidate of [version, ...VERSIONS.filter((other) => other !== version)]) {
    const signature = construct.signatures[candidate];
    if (signature === undefined) continue;
    const bound = bind(parseSignature(signature), all, candidate);
    if (fits(bound)) return bound;
    best ??= bound;
  }
  // Keras 2 takes the argument names of Keras 1 too.
  const { keras1, keras2 } = construct.signatures;
  if (keras1 !== undefined && keras2 !== undefined) {
    const bound = bind(parseSignature(keras2), all, "keras2", parseSignature(keras1));
    if (fits(bound)) return bound;
  }
  return best ?? bind({ parameters: [], anyKeyword: false }, all, version);
}

function withDefaults(bound: BoundArgs, former: ReadonlyMap<string, string>): BoundArgs {
  const changed = new Map([...former].map(([name, text]) => [name, literal(text)]));
  return { ...bound, default: (name) => changed.get(name) ?? bound.default(name) };
}

/** Constructs whose calls are written anew from their arguments, and so may get them by `**options`. */
const SPREADS: ReadonlySet<Construct["kind"]> = new Set(["optimizer", "schedule", "layer"]);

/** What one argument of a call gives: `*pair` and `**options` give several, where those are known. */
function givenBy(node: Argument, value: Value, spreads: boolean): readonly Given[] {
  const { name, star } = node;
  const own = { node, expr: node.value, value };
  if (!star) return [{ name, bound: own, at: node }];
  const sequence = star === "*" && (value.kind === "tuple" || value.kind === "list") && !value.open;
  if (sequence)
    return value.elements.map((element, i) => {
      const place = value.places?.[i];
      const expr = place?.type === "Starred" ? undefined : place;
      return { name: null, bound: { node: undefined, expr, value: element }, at: node };
    });
  const parts = star === "**" && spreads ? partsOf(own) : undefined;
  return parts
    ? [...parts].map(([key, bound]) => ({ name: key, bound: { ...bound, node }, at: node }))
    : [{ name, bound: own, at: node, hidden: true }];
}

/** The entries of a mapping as arguments, and how each is written; undefined where they are not all known. */
export function partsOf({
  value,
  expr,
  text: written,
}: Pick<BoundArg, "value" | "expr" | "text">): Map<string, BoundArg> | undefined {
  const entries = entriesOf(value);
  if (!entries) return undefined;
  const parts = new Map<string, BoundArg>();
  for (const [key, one] of entries) {
    const own = expr && entryOf(expr, key);
    const path = own ? undefined : (written ?? (expr && pathOf(expr)));
    if (!own && path === undefined) return undefined;
    const text = path === undefined ? undefined : `${path}[${JSON.stringify(key)}]`;
    parts.set(key, { node: undefined, expr: own, value: one, ...(text !== undefined && { text }) });
  }
  return parts;
}

/** What is known by key, of one mapping or of several with the same keys. */
function entriesOf(value: Value): ReadonlyMap<string, Value> | undefined {
  const joined = new Map<string, Value>();
  const all = alternatives(value);
  for (const one of all) {
    if (one.kind !== "dict" || one.open || one.unsure) return undefined;
    for (const [key, entry] of one.entries) {
      const before = joined.get(key);
      joined.set(key, before ? join(before, entry) : entry);
    }
  }
  const isSame = all.every((one) => one.kind === "dict" && one.entries.size === joined.size);
  return isSame ? joined : undefined;
}

/** Where the value of a key stands in `{"lr": 0.1}` and in `dict(lr=0.1)`. */
function entryOf(expr: Expr, key: string): Expr | undefined {
  if (expr.type === "Dict")
    return expr.items.findLast((item) => item.key?.type === "String" && item.key.value === key)?.value;
  if (expr.type === "Call") return expr.args.find((arg) => arg.name === key)?.value;
  return undefined;
}

/** A name, or a part of what one holds, as it can be written again. */
function pathOf(expr: Expr): string | undefined {
  if (expr.type === "Name") return expr.id;
  const owner = expr.type === "Attribute" || expr.type === "Subscript" ? pathOf(expr.value) : undefined;
  if (owner === undefined) return undefined;
  if (expr.type === "Attribute") return `${owner}.${expr.attr}`;
  if (expr.type !== "Subscript") return undefined;
  const { index } = expr;
  if (index.type === "String") return `${owner}[${JSON.stringify(index.value)}]`;
  const inner = index.type === "Number" ? String(index.value) : pathOf(index);
  return inner === undefined ? undefined : `${owner}[${inner}]`;
}

function named(signature: Signature, name: string): SignatureParameter | undefined {
  return signature.parameters.find((p) => p.written === name || p.name === name);
}

/** The parameter that an older version's name stands for. */
function renamed(
  signature: Signature,
  older: Signature | undefined,
  name: string,
): SignatureParameter | undefined {
  const before = older?.parameters.find((p) => p.written === name && p.name !== name);
  return before && named(signature, before.name);
}

function bind(
  signature: Signature,
  all: readonly Given[],
  version: KerasVersion,
  older?: Signature,
): BoundArgs {
  const given = new Map<string, BoundArg>();
  const unbound: Argument[] = [];
  const positional = signature.parameters.filter((parameter) => !parameter.keywordOnly);
  let index = 0;
  for (const { name, bound, at, hidden } of all) {
    const parameter = hidden
      ? undefined
      : name === null
        ? positional[index++]
        : (named(signature, name) ?? renamed(signature, older, name));
    if (parameter && !given.has(parameter.name)) given.set(parameter.name, bound);
    else if (name !== null && !hidden && signature.anyKeyword) given.set(name, bound);
    else unbound.push(at);
  }
  return {
    version,
    given,
    unbound,
    default: (name) => signature.parameters.find((parameter) => parameter.name === name)?.default,
  };
}
