/**
 * Signatures as the tables write them, and the binding of a call's arguments to them.
 *
 * A signature reads as in Keras's documentation: `filters, kernel_size, strides=(1, 1)`.
 * `old:new` gives a parameter of an older Keras the name it has today; `*` starts the
 * keyword-only ones and `**` takes any other keyword.
 */
import type { Call } from "../../grammars/nodes.ts";
import type { BoundArg, BoundArgs, Construct, KerasVersion } from "./constructs.ts";
import { bool, float, int, NONE, str, tuple, UNKNOWN, type Value } from "./values.ts";

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
  evaluate: (expr: Call["args"][number]["value"]) => Value,
  former?: ReadonlyMap<string, string>,
): BoundArgs {
  if (former) {
    const bound = bindCall(construct, call, version, evaluate);
    const changed = new Map([...former].map(([name, text]) => [name, literal(text)]));
    return { ...bound, default: (name) => changed.get(name) ?? bound.default(name) };
  }
  let best: BoundArgs | undefined;
  const fits = (bound: BoundArgs) => bound.unbound.length === 0 && (construct.accepts?.(bound) ?? true);
  for (const candidate of [version, ...VERSIONS.filter((other) => other !== version)]) {
    const signature = construct.signatures[candidate];
    if (signature === undefined) continue;
    const bound = bind(parseSignature(signature), call, candidate, evaluate);
    if (fits(bound)) return bound;
    best ??= bound;
  }
  // Keras 2 takes the argument names of Keras 1 too.
  const { keras1, keras2 } = construct.signatures;
  if (keras1 !== undefined && keras2 !== undefined) {
    const bound = bind(parseSignature(keras2), call, "keras2", evaluate, parseSignature(keras1));
    if (fits(bound)) return bound;
  }
  return best ?? bind({ parameters: [], anyKeyword: false }, call, version, evaluate);
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
  call: Call,
  version: KerasVersion,
  evaluate: (expr: Call["args"][number]["value"]) => Value,
  older?: Signature,
): BoundArgs {
  const given = new Map<string, BoundArg>();
  const unbound: Call["args"][number][] = [];
  const positional = signature.parameters.filter((parameter) => !parameter.keywordOnly);
  let index = 0;
  for (const node of call.args) {
    const value = evaluate(node.value);
    if (node.star) {
      // `*pair` gives the next parameters where its length is known.
      const spread = node.star === "*" && (value.kind === "tuple" || value.kind === "list") && !value.open;
      if (!spread) unbound.push(node);
      else {
        for (const element of value.elements) {
          const parameter = positional[index++];
          if (parameter) given.set(parameter.name, { node: undefined, expr: undefined, value: element });
          else unbound.push(node);
        }
      }
      continue;
    }
    const parameter =
      node.name === null
        ? positional[index++]
        : (named(signature, node.name) ?? renamed(signature, older, node.name));
    if (parameter && !given.has(parameter.name)) given.set(parameter.name, { node, expr: node.value, value });
    else if (node.name !== null && signature.anyKeyword)
      given.set(node.name, { node, expr: node.value, value });
    else unbound.push(node);
  }
  return {
    version,
    given,
    unbound,
    default: (name) => signature.parameters.find((parameter) => parameter.name === name)?.default,
  };
}
