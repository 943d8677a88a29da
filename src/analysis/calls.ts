/** Values of calls: constructs of Keras, functions of the script, and what libraries return. */
import type { Argument, Call, Expr } from "../../grammars/nodes.ts";
import { enclosingStatement } from "../../grammars/walk.ts";
import { arrayMethod, libraryCall, libraryMethod } from "./arrays.ts";
import type { BoundArgs, Construct } from "./constructs.ts";
import { attributeOf, evaluate, overAlternatives, spreadInto } from "./expressions.ts";
import { hasFields, setFields } from "./fields.ts";
import { callOnTensor } from "./functional.ts";
import type { Machine } from "./machine.ts";
import { addToMerged } from "./merged.ts";
import { addLayer, newSequential, popLayer } from "./models.ts";
import { bindParameters, writtenFor } from "./parameters.ts";
import { Scope } from "./scope.ts";
import { bindArguments } from "./signature.ts";
import { executeBlock, extendList } from "./statements.ts";
import { elementOf } from "./targets.ts";
import {
  ANY_INT,
  alternatives,
  type ClassValue,
  external,
  type FunctionValue,
  heldBy,
  type Instance,
  join,
  list,
  loosen,
  NONE,
  REPORTED,
  type Sequence,
  str,
  tuple,
  UNKNOWN,
  type Value,
} from "./values.ts";

/** Methods that change a list or a mapping in place. */
const CHANGES: ReadonlySet<string> = new Set(
  "append insert extend pop popitem remove clear sort reverse update setdefault".split(" "),
);

export function evaluateCall(m: Machine, node: Call): Value {
  if (node.func.type === "Attribute") {
    const { func } = node;
    const receiver = evaluate(m, func.value);
    if (CHANGES.has(func.attr)) m.touchElements(func.value);
    return overAlternatives(receiver, (one) => callMember(m, one, func.attr, node));
  }
  return overAlternatives(evaluate(m, node.func), (callee) => call(m, callee, node));
}

function callMember(m: Machine, owner: Value, name: string, node: Call): Value {
  if (node.func.type !== "Attribute") return UNKNOWN;
  switch (owner.kind) {
    case "model": {
      const construct = m.registry.member("Model", name);
      m.record(node.func, UNKNOWN);
      if (construct) return callConstruct(m, construct, node, owner);
      evaluateArguments(m, node);
      use(m, owner, name, node, undefined);
      return UNKNOWN;
    }
    case "object": {
      m.record(node.func, UNKNOWN);
      const construct = m.registry.member(owner.construct.path, name);
      if (construct) return callConstruct(m, construct, node, owner);
      evaluateArguments(m, node);
      // A layer by the name that it had before it was added.
      for (const model of m.models) {
        if (!model.layers.some(({ layer }) => layer?.kind === "object" && layer.node === owner.node))
          continue;
        const one = { name: `layer ${name}`, node: node.func, call: undefined, args: undefined };
        model.uses.push({ ...one, owner: m.owner, time: m.tick() });
      }
      return UNKNOWN;
    }
    case "batches": {
      m.record(node.func, UNKNOWN);
      const construct = owner.made === undefined ? undefined : m.registry.member(owner.made, name);
      if (construct) return callConstruct(m, construct, node, owner);
      evaluateArguments(m, node);
      return name === "next" || name === "__next__" ? owner.element : UNKNOWN;
    }
    case "array": {
      const args = evaluateArguments(m, node);
      return arrayMethod(m, owner, name, node, args);
    }
    case "list":
      return listMethod(m, owner, name, node);
    case "dict": {
      const args = evaluateArguments(m, node);
      for (const arg of args) m.escape(arg, node, "kept in a container");
      const held = heldBy(owner);
      if (name === "values" && owner.others)
        return { kind: "list", elements: held ? [held] : [], open: true, node: undefined };
      if (name === "values")
        return { kind: "list", elements: [...owner.entries.values()], open: true, node: undefined };
      if (name === "items" && owner.others && held && !owner.open)
        return { ...list([tuple([external("builtins"), held])]), open: true };
      if (name === "items" && !owner.open)
        return list([...owner.entries].map(([key, value]) => tuple([str(key), value])));
      if (["update", "pop", "popitem", "setdefault", "clear"].includes(name)) {
        owner.entries.clear();
        owner.open = true;
      }
      const [key] = args;
      const plain = name === "get" && key?.kind === "str" && !owner.others;
      return (plain ? owner.entries.get(key.value) : undefined) ?? UNKNOWN;
    }
    case "str": {
      evaluateArguments(m, node);
      return external("builtins");
    }
    default: {
      if (owner.kind === "unknown" && owner.library) {
        const construct = m.registry.member(owner.library, name);
        if (construct) {
          m.record(node.func, owner);
          return callConstruct(m, construct, node, owner);
        }
        const args = evaluateArguments(m, node);
        escapeAll(m, args, node);
        m.record(node.func, owner);
        if (owner.file !== undefined) return fileMethod(m, owner.file, name, args);
        return libraryMethod(owner.library, name, args);
      }
      const callee = m.record(node.func, attributeOf(m, owner, name, node.func));
      return overAlternatives(callee, (one) => call(m, one, node));
    }
  }
}

/** Writing the architecture of a model to a file, and reading it again. */
function fileMethod(m: Machine, file: string, name: string, args: readonly Value[]): Value {
  const [text] = args;
  if (name === "write" && text?.kind === "unknown" && text.architecture)
    m.architectures.set(file, text.architecture);
  if (name !== "read") return external("builtins");
  const architecture = m.architectures.get(file);
  return { ...external("builtins"), ...(architecture && { architecture }) };
}

function call(m: Machine, callee: Value, node: Call): Value {
  switch (callee.kind) {
    case "ref": {
      const path = m.registry.canonical(callee.path);
      const construct = m.registry.find(path);
      if (construct) return callConstruct(m, construct, node, undefined);
      const args = evaluateArguments(m, node);
      if (m.registry.isKeras(path)) {
        escapeAll(m, args, node);
        return REPORTED;
      }
      if (!PURE_BUILTINS.has(path)) escapeAll(m, args, node);
      return builtin(m, path, args, node) ?? libraryCall(m, path, args, node);
    }
    case "function":
      return callFunction(m, callee, node);
    case "class":
      return instantiate(m, callee, node);
    case "partial": {
      const keywords = new Set(node.args.map(({ name }) => name));
      const before = callee.args.filter(({ name }) => name === null || !keywords.has(name));
      const positional = [...before, ...node.args].filter(({ name, star }) => name === null && star !== "**");
      const written = [
        ...positional,
        ...[...before, ...node.args].filter((one) => !positional.includes(one)),
      ];
      const read = (expr: Expr) => callee.values.get(expr) ?? evaluate(m, expr);
      return callConstruct(m, callee.construct, node, undefined, read, written);
    }
    case "object": {
      const args = evaluateArguments(m, node);
      const [given] = args;
      const tensor = given && callOnTensor(m, callee, given, node);
      if (tensor) return tensor;
      const construct = m.registry.member(callee.construct.path, "__call__");
      // Its arguments have been read.
      if (construct)
        return callConstruct(m, construct, node, callee, (expr) => m.values.get(expr) ?? evaluate(m, expr));
      escapeAll(m, args, node);
      return UNKNOWN;
    }
    case "model": {
      const construct = m.registry.member("Model", "__call__");
      if (construct) return callConstruct(m, construct, node, callee);
      break;
    }
    default:
  }
  const args = evaluateArguments(m, node);
  escapeAll(m, args, node);
  return callee.kind === "unknown" && callee.library ? callee : UNKNOWN;
}

function callConstruct(
  m: Machine,
  construct: Construct,
  node: Call,
  receiver: Value | undefined,
  read: (expr: Expr) => Value = (expr) => evaluate(m, expr),
  written: readonly Argument[] = node.args,
): Value {
  const former = m.release && m.registry.formerDefaults(construct.path, m.release);
  const bound = bindArguments(construct, written, m.version, read, former);
  const args = { ...bound, channelsFirst: m.channelsFirst };
  const [first] = args.given.values();
  const tensor = construct.callsModel && receiver && first && callOnTensor(m, receiver, first.value, node);
  if (tensor) return tensor;
  if (receiver?.kind === "model")
    use(m, receiver, construct.path.slice(construct.path.indexOf(".") + 1), node, args);
  const context = { machine: m, call: node, args, receiver };
  const value = construct.result
    ? construct.result(context)
    : construct.kind === "function" || construct.kind === "method"
      ? UNKNOWN
      : construct.kind === "model"
        ? newSequential(context)
        : ({ kind: "object", construct, args, node, scope: m.scope } as const);
  if (receiver?.kind === "model") {
    if (construct.path === "Model.add") {
      if (!addToMerged(m, receiver.model, args, node)) addLayer(m, receiver.model, args, node);
    }
    if (construct.path === "Model.pop") popLayer(m, receiver.model, node);
  }
  construct.effect?.(context);
  m.recordCall({ call: node, construct, args, receiver, value, owner: m.owner, time: m.tick() });
  return value;
}

function use(
  m: Machine,
  receiver: Extract<Value, { kind: "model" }>,
  name: string,
  node: Call,
  args: BoundArgs | undefined,
): void {
  const { owner, scope } = m;
  receiver.model.uses.push({ name, node, call: node, args, owner, scope, time: m.tick() });
}

function evaluateArguments(m: Machine, node: Call): Value[] {
  return node.args.map((arg) => evaluate(m, arg.value));
}

function escapeAll(m: Machine, args: readonly Value[], node: Call): void {
  args.forEach((arg, i) => {
    m.escape(arg, node.args[i]?.value ?? node, `passed to ${m.source(node.func)}`);
  });
}

/** Builtins that look at a model without using it. */
const PURE_BUILTINS = new Set([
  "builtins.super",
  "builtins.print",
  "builtins.type",
  "builtins.len",
  "builtins.isinstance",
  "builtins.id",
  "builtins.enumerate",
]);

function builtin(m: Machine, path: string, args: readonly Value[], node: Call): Value | undefined {
  const [first, second] = args;
  switch (path) {
    case "functools.partial":
      return partialOf(m, first, args, node);
    case "builtins.len": {
      if (first && (first.kind === "tuple" || first.kind === "list") && !first.open) {
        return { kind: "num", value: first.elements.length, isFloat: false, sym: undefined };
      }
      // A text is known by its name: that is what the size is written by.
      if (first?.kind === "str")
        return { kind: "num", value: [...first.value].length, isFloat: false, sym: m.atomOf(node) };
      const sizeOfFirst = first?.kind === "array" ? first.shape?.[0] : undefined;
      return sizeOfFirst ?? numberOf(m, node);
    }
    case "builtins.int":
      if (first?.kind === "num" && first.value !== undefined) {
        const value = Math.trunc(first.value);
        return { kind: "num", value, isFloat: false, sym: first.isFloat ? undefined : first.sym };
      }
      return first?.kind === "num" && !first.isFloat ? first : numberOf(m, node);
    // The largest by a measure is one of what is compared: `max(texts, key=len)`.
    case "builtins.max":
    case "builtins.min":
      if (first?.kind === "unknown" && first.pattern !== undefined) return first;
      return node.args.some(({ name }) => name === "key") ? UNKNOWN : numberOf(m, node);
    case "builtins.round":
      return numberOf(m, node);
    // The sum of arrays is an array.
    case "builtins.sum":
      return hasNumbers(m, node.args[0]?.value, first ?? UNKNOWN) ? numberOf(m, node) : UNKNOWN;
    case "builtins.open":
      return { ...external("builtins"), file: m.fileKey(first, node.args[0]?.value) };
    case "json.dump":
      if (second?.kind === "unknown" && second.file !== undefined && first)
        fileMethod(m, second.file, "write", [first]);
      return NONE;
    case "json.load":
      return first?.kind === "unknown" && first.file !== undefined
        ? fileMethod(m, first.file, "read", [])
        : external("builtins");
    case "builtins.range":
      return { kind: "list", elements: [ANY_INT], open: true, node: undefined };
    case "builtins.next":
      return first?.kind === "batches" ? first.element : undefined;
    case "builtins.iter":
      if (first?.kind !== "batches") return undefined;
      return first.seen ? generated(first.seen) : first;
    case "builtins.enumerate":
      return pairs(ANY_INT, first);
    case "builtins.zip":
      return pairs(first && element(first), second);
    case "builtins.list":
    case "builtins.tuple":
    case "builtins.sorted":
    case "builtins.reversed":
      if (first?.kind === "unknown" && first.pattern !== undefined) return first;
      if (first?.kind === "list" || first?.kind === "tuple") {
        const kind = path === "builtins.tuple" ? "tuple" : "list";
        const kept = path === "builtins.list" || path === "builtins.tuple";
        return { kind, elements: [...first.elements], open: first.open || !kept, node: undefined };
      }
      return first === undefined ? { kind: "list", elements: [], open: false, node: undefined } : undefined;
    case "glob.glob":
    case "glob.iglob":
      return { ...external("glob"), ...(first?.kind === "str" && { pattern: first.value }) };
    case "os.path.dirname":
      return first?.kind === "str"
        ? str(first.value.slice(0, Math.max(first.value.lastIndexOf("/"), 0)))
        : external("os");
    case "builtins.dict":
      return dictOf(args, node);
    // `getattr(optimizers, name)` of a name that is known, or one of several.
    case "builtins.getattr":
      return first?.kind === "ref" && second && node.args.length === 2
        ? overAlternatives(second, (one) =>
            one.kind === "str" ? { kind: "ref", path: `${first.path}.${one.value}` } : UNKNOWN,
          )
        : undefined;
    case "builtins.str":
      return first?.kind === "str" ? str(first.value) : external("builtins");
    default:
      return undefined;
  }
}

/** `dict(lr=0.1)`, also of another mapping before its keywords. */
function dictOf(args: readonly Value[], node: Call): Value {
  const entries = new Map<string, Value>();
  const written = new Map<string, Expr>();
  let open = false;
  node.args.forEach(({ name, star, value: expr }, i) => {
    const value = args[i] as Value;
    if (name !== null) {
      entries.set(name, value);
      written.set(name, expr);
    } else if (star === "*" || !spreadInto(entries, written, value)) open = true;
  });
  return { kind: "dict", entries, open, written };
}

function partialOf(
  m: Machine,
  callee: Value | undefined,
  args: readonly Value[],
  node: Call,
): Value | undefined {
  const construct = callee?.kind === "ref" ? m.registry.find(m.registry.canonical(callee.path)) : undefined;
  if (construct?.kind !== "layer") return undefined;
  const values = new Map(node.args.map((arg, i) => [arg.value, args[i] ?? UNKNOWN] as const));
  return { kind: "partial", construct, args: node.args.slice(1), values, node };
}

function numberOf(m: Machine, node: Call): Value {
  return { kind: "num", value: undefined, isFloat: false, sym: m.atomOf(node) };
}

/** Whether what is in it are numbers, as far as that is known. */
function hasNumbers(m: Machine, node: Expr | undefined, values: Value): boolean {
  if (values.kind === "array") return values.shape?.length === 1;
  const each = node?.type === "Comprehension" ? m.values.get(node.element) : elementOf(m, values);
  return alternatives(each ?? UNKNOWN).every(({ kind }) => kind === "num" || kind === "bool");
}

function element(value: Value): Value {
  return value.kind === "list" || value.kind === "tuple"
    ? value.elements.length > 0
      ? value.elements.reduce(join)
      : UNKNOWN
    : value.kind === "array" || value.kind === "unknown"
      ? external("builtins")
      : value.kind === "batches"
        ? (value.seen ?? value.element)
        : UNKNOWN;
}

function pairs(first: Value | undefined, second: Value | undefined): Value {
  const pair: Value = {
    kind: "tuple",
    elements: [first ?? UNKNOWN, second ? element(second) : UNKNOWN],
    open: second === undefined,
    node: undefined,
  };
  return { kind: "list", elements: [pair], open: true, node: undefined };
}

function listMethod(m: Machine, owner: Sequence, name: string, node: Call): Value {
  const args = evaluateArguments(m, node);
  const [first] = args;
  if (name === "append" && first) {
    owner.appended?.set(owner.elements.length, node);
    owner.elements.push(first);
    if (m.conditional > 0) owner.open = true;
  } else if (name === "extend" && first) extendList(m, owner, first, enclosingStatement(node));
  else if (["insert", "remove", "pop", "sort", "reverse", "clear"].includes(name)) loosen(owner);
  return name === "pop" ? element(owner) : name === "index" || name === "count" ? ANY_INT : NONE;
}

const FOLLOW_DEPTH = 12;

/**
 * Runs the body of a function of the script with the arguments of a call, or with those that
 * something else is known to call it with.
 */
export function callFunction(
  m: Machine,
  callee: FunctionValue,
  node: Call | undefined,
  known?: ReadonlyMap<string, Value>,
): Value {
  const args = node ? evaluateArguments(m, node) : [];
  if (m.active.includes(callee.node) || m.active.length >= FOLLOW_DEPTH) {
    if (node) escapeAll(m, args, node);
    return UNKNOWN;
  }
  m.visited.add(callee.node);
  const scope = new Scope("function", callee.scope, {
    node: callee.node,
    given: writtenFor(callee, node, args),
    caller: m.scope,
  });
  const outer = { scope: m.scope, returned: m.returned, yielded: m.yielded };
  m.scope = scope;
  m.active.push(callee.node);
  m.returned = undefined;
  m.yielded = undefined;
  bindParameters(m, callee, node, args, known);
  let result: Value;
  if (callee.node.type === "Lambda") result = evaluate(m, callee.node.body);
  else {
    const falls = executeBlock(m, callee.node.body);
    const returned = m.returned as Value | undefined;
    result = returned === undefined ? NONE : falls ? join(returned, NONE) : returned;
  }
  const yielded = m.yielded as Value | undefined;
  if (yielded !== undefined) result = generated(yielded);
  m.active.pop();
  m.scope = outer.scope;
  m.returned = outer.returned;
  m.yielded = outer.yielded;
  const before = m.results.get(callee.node);
  m.results.set(callee.node, before === undefined ? result : join(before, result));
  return result;
}

export function generated(element: Value): Value {
  return {
    kind: "batches",
    made: undefined,
    indexed: false,
    element,
    attributes: new Map(),
    args: undefined,
  };
}

function instantiate(m: Machine, cls: ClassValue, node: Call): Value {
  const instance =
    m.prototypes.get(cls.node) ?? ({ kind: "instance", cls, attributes: new Map() } satisfies Instance);
  m.made.set(instance, (m.made.get(instance) ?? 0) + 1);
  const init = attributeLookup(cls, "__init__");
  if (init?.kind === "function") callFunction(m, { ...init, self: instance }, node);
  else {
    const args = evaluateArguments(m, node);
    if (hasFields(cls)) setFields(m, cls, instance, node, args);
    else escapeAll(m, args, node);
  }
  return instance;
}

function attributeLookup(cls: ClassValue, name: string): Value | undefined {
  const own = cls.members.values.get(name);
  if (own) return own;
  for (const base of cls.bases) {
    const found = base.kind === "class" ? attributeLookup(base, name) : undefined;
    if (found) return found;
  }
  return undefined;
}
