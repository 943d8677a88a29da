/**
 * What an expression is known to be. Unknown is a value like any other: nothing is guessed.
 */
import type { Argument, Call, ClassDef, Expr, FunctionDef, Lambda } from "../../grammars/nodes.ts";
import type { BoundArgs, Construct } from "./constructs.ts";
import type { Model, TensorType } from "./model.ts";
import type { Scope } from "./scope.ts";
import * as symbolic from "./symbolic.ts";

/** Nothing is known. `library` tells where it came from, where that is certain to be no Keras. */
export interface Unknown {
  readonly kind: "unknown";
  readonly library?: string;
  /** What the script itself has set on it. */
  readonly attributes?: ReadonlyMap<string, Value>;
  /** The open file that it is, by the key of its path. */
  readonly file?: string;
  /** The model whose architecture it is, as JSON or YAML. */
  readonly architecture?: Model;
  /** Of files, or one of them: the pattern that their names have, as `glob` takes it. */
  readonly pattern?: string;
  /** Whether it is reported already that it is not known. */
  readonly reported?: boolean;
}
/** A number: its value where known, a symbolic form where it can be written again. */
export interface Num {
  readonly kind: "num";
  readonly value: number | undefined;
  readonly isFloat: boolean;
  readonly sym: symbolic.Sym | undefined;
}
export interface Str {
  readonly kind: "str";
  readonly value: string;
}
export interface Bool {
  readonly kind: "bool";
  readonly value: boolean;
}
export interface None {
  readonly kind: "none";
}
/** A tuple or list; lists are shared by identity and grow in place. `open`: more elements may follow. */
export interface Sequence {
  readonly kind: "tuple" | "list";
  elements: Value[];
  open: boolean;
  /** The display it was written as, where there is one. */
  readonly node: Expr | undefined;
  /** The expressions that bring the elements, one each: an element of a display, or `*block(8)` for several. */
  readonly places?: readonly Expr[] | undefined;
  /**
   * Of a list that only displays and `append` calls fill: the calls, by the index of what they append.
   * Undefined where more may have happened to it.
   */
  appended?: Map<number, Call> | undefined;
}
export interface DictValue {
  readonly kind: "dict";
  readonly entries: Map<string, Value>;
  open: boolean;
  /** What any key may hold besides, as keys that are not known were set. */
  others?: Value;
  /** Whether code that is not followed has it, or a condition decides on some key. */
  unsure?: boolean;
  /** The expressions of entries, where a display or call says them. */
  readonly written?: Map<string, Expr>;
}
export interface SliceValue {
  readonly kind: "slice";
  readonly lower: Value | undefined;
  readonly upper: Value | undefined;
  readonly step: Value | undefined;
}
/** A module, class or function of a library by its dotted path, as the script imported it. */
export interface Ref {
  readonly kind: "ref";
  readonly path: string;
}
export interface FunctionValue {
  readonly kind: "function";
  readonly node: FunctionDef | Lambda;
  readonly scope: Scope;
  readonly self: Value | undefined;
}
export interface ClassValue {
  readonly kind: "class";
  readonly node: ClassDef;
  readonly scope: Scope;
  readonly bases: readonly Value[];
  readonly members: Scope;
}
export interface Instance {
  readonly kind: "instance";
  readonly cls: ClassValue;
  readonly attributes: Map<string, Value>;
}

export type Dtype = "float" | "int" | "uint8" | "bool" | "str" | "object";
/** How torch.as_tensor takes it: only a NumPy array goes in as it is. */
export type Container = "ndarray" | "dataframe" | "series" | "list" | "tensor" | "dataset";
/**
 * An array, table or list of numbers.
 * `shape` is undefined where the rank is unknown; a dimension is undefined where its size is.
 */
export interface ArrayValue {
  readonly kind: "array";
  readonly shape: readonly (Num | undefined)[] | undefined;
  readonly dtype: Dtype | undefined;
  readonly container: Container | undefined;
  /** Random numbers, which as rows of targets are no distributions. */
  readonly random?: boolean;
  /** Whether it may go through memory backwards, as slices with a negative step do: PyTorch takes no such array. */
  readonly backwards?: true | undefined;
}
/** An object that a Keras construct made: a layer, an optimizer, a loss, a callback, ... */
export interface KerasObject {
  readonly kind: "object";
  readonly construct: Construct;
  readonly args: BoundArgs;
  readonly node: Call;
  /** Where it was made. */
  readonly scope?: Scope;
}
/** A class of Keras with some of its arguments: `partial(Dense, activation="relu")`. */
export interface Partial {
  readonly kind: "partial";
  readonly construct: Construct;
  readonly args: readonly Argument[];
  readonly values: ReadonlyMap<Expr, Value>;
  readonly node: Call;
}
/** A symbolic tensor of a functional model: an input, or what the call of a layer gives for others. */
export interface KerasTensor {
  readonly kind: "keras-tensor";
  /** The layer; of an input what declares it, or the model that it is the input of. */
  readonly layer: KerasObject | ModelValue;
  /** The layer's own expression. */
  readonly expr: Expr;
  /** Its call on other tensors, or what else makes the tensor. */
  readonly made: Expr;
  /** What the layer is called on: nothing for an input. */
  readonly from: readonly KerasTensor[];
  readonly type: TensorType | undefined;
  readonly time: number;
}
/** What the first layers of a model give for its input: `model.layers[1].output`; 0 of them give the input itself. */
export interface LayerTensor {
  readonly kind: "layer-tensor";
  readonly model: Model;
  readonly end: number | undefined;
}
export interface ModelValue {
  readonly kind: "model";
  readonly model: Model;
}
/** A layer of a model, read back from it: by its place among the layers, or any of them. */
export interface LayerValue {
  readonly kind: "layer";
  readonly model: Model;
  readonly index: number | undefined;
}
/** What `fit` returns, and the dict in its `history`. */
export interface HistoryValue {
  readonly kind: "history" | "history-dict";
  readonly model: Model;
}
/** The optimizer of a model, and its learning rate; `object` where it was made by a call of its own. */
export interface OptimizerValue {
  readonly kind: "optimizer" | "rate";
  readonly model: Model | undefined;
  readonly object: KerasObject | undefined;
}
/** What gives data batch by batch: an object that is had by index or by iteration, or a generator. */
export interface Batches {
  readonly kind: "batches";
  /** The construct that made it; undefined for a generator function of the script. */
  readonly made: string | undefined;
  /** Had by index, epoch after epoch, or by iteration from where it stands. */
  readonly indexed: boolean;
  readonly element: Value;
  /** What a loop over it gives, where that is not `element`. */
  readonly seen?: Value;
  /** Whether it is rows of arrays as they were given, of which any part can be had at once. */
  readonly plain?: boolean;
  /** Whether a function changes its samples at random, anew each time that they are had. */
  readonly drawn?: boolean;
  readonly attributes: ReadonlyMap<string, Value>;
  /** Arguments that its maker was given. */
  readonly args: BoundArgs | undefined;
}
/** One of several values, by the path taken. */
export interface Union {
  readonly kind: "union";
  readonly values: readonly Value[];
}

export type Value =
  | Unknown
  | Num
  | Str
  | Bool
  | None
  | Sequence
  | DictValue
  | SliceValue
  | Ref
  | FunctionValue
  | ClassValue
  | Instance
  | ArrayValue
  | KerasObject
  | Partial
  | KerasTensor
  | LayerTensor
  | ModelValue
  | LayerValue
  | HistoryValue
  | OptimizerValue
  | Batches
  | Union;

export const UNKNOWN: Unknown = { kind: "unknown" };
/** Not known either, but that is said where it is made. */
export const REPORTED: Unknown = { kind: "unknown", reported: true };
export const NONE: None = { kind: "none" };

export function external(library: string): Unknown {
  return { kind: "unknown", library };
}
export function int(value: number): Num {
  return { kind: "num", value, isFloat: false, sym: symbolic.constant(value) };
}
export function float(value: number): Num {
  return { kind: "num", value, isFloat: true, sym: undefined };
}
export function size(sym: symbolic.Sym): Num {
  return { kind: "num", value: symbolic.constantOf(sym), isFloat: false, sym };
}
export const ANY_INT: Num = { kind: "num", value: undefined, isFloat: false, sym: undefined };
export const ANY_FLOAT: Num = { kind: "num", value: undefined, isFloat: true, sym: undefined };

export function str(value: string): Str {
  return { kind: "str", value };
}
export function bool(value: boolean): Bool {
  return { kind: "bool", value };
}
export function tuple(elements: Value[], node?: Expr): Sequence {
  return { kind: "tuple", elements, open: false, node };
}
export function list(elements: Value[], node?: Expr): Sequence {
  return { kind: "list", elements, open: false, node };
}
/** Notes that a list may have been changed in ways that are not followed. */
export function loosen(list: Sequence): void {
  list.open = true;
  list.appended = undefined;
}
/** All that a mapping holds, whatever the key; nothing where it holds nothing. */
export function heldBy(mapping: DictValue): Value | undefined {
  const all = [...mapping.entries.values(), ...(mapping.others ? [mapping.others] : [])];
  return all.length > 0 ? all.reduce(join) : undefined;
}
/** Sets what a key holds that is not known. */
export function setSomeKey(mapping: DictValue, value: Value): void {
  mapping.others = mapping.others ? join(mapping.others, value) : value;
  mapping.unsure = true;
}
export function array(
  shape: ArrayValue["shape"],
  dtype?: Dtype,
  // Given as undefined, the container is not known.
  ...given: readonly [container?: Container | undefined]
): ArrayValue {
  return { kind: "array", shape, dtype, container: given.length === 0 ? "ndarray" : given[0] };
}

/** Whether a value is known to be texts, one after the other. */
export function isTexts(value: Value): boolean {
  if (value.kind === "array") return value.dtype === "str" && value.shape?.length === 1;
  const isListed = value.kind === "list" || value.kind === "tuple";
  return isListed && value.elements.length > 0 && value.elements.every((one) => one.kind === "str");
}

/** Truth of a value as Python sees it; undefined where it is not known. */
export function truth(value: Value): boolean | undefined {
  switch (value.kind) {
    case "bool":
      return value.value;
    case "none":
      return false;
    case "num":
      return value.value === undefined ? undefined : value.value !== 0;
    case "str":
      return value.value !== "";
    case "tuple":
    case "list":
      return value.elements.length > 0 ? true : value.open ? undefined : false;
    case "object":
    case "model":
    case "history":
    case "layer":
    case "function":
    case "class":
    case "batches":
      return true;
    // A reference may be to a variable of a module: `config.DEEP`.
    default:
      return undefined;
  }
}

/** Whether two values are known to be the same. */
export function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "num": {
      const other = b as Num;
      if (a.isFloat !== other.isFloat || a.value !== other.value) return false;
      if (a.value !== undefined) return true;
      return a.sym !== undefined && other.sym !== undefined && symbolic.equal(a.sym, other.sym);
    }
    case "str":
    case "bool":
      return a.value === (b as Str | Bool).value;
    case "none":
      return true;
    case "ref":
      return a.path === (b as Ref).path;
    case "tuple":
    case "list": {
      const other = b as Sequence;
      return (
        !a.open &&
        !other.open &&
        a.elements.length === other.elements.length &&
        a.elements.every((element, i) => same(element, other.elements[i] as Value))
      );
    }
    case "model":
    case "history":
    case "history-dict":
      return a.model === (b as ModelValue | HistoryValue).model;
    case "layer":
      return a.model === (b as LayerValue).model && a.index === (b as LayerValue).index;
    case "layer-tensor":
      return a.model === (b as LayerTensor).model && a.end === (b as LayerTensor).end;
    case "optimizer":
    case "rate": {
      const other = b as OptimizerValue;
      return a.model === other.model && a.object?.node === other.object?.node;
    }
    case "partial":
      return a.node === (b as Partial).node;
    case "object":
      // One call makes objects of several classes where a name stands for one of them: `cell(32)`.
      return a.node === (b as KerasObject).node && a.construct.path === (b as KerasObject).construct.path;
    case "keras-tensor":
      return sameTensor(a, b as KerasTensor, new Map());
    case "function":
      return a.node === (b as FunctionValue).node && a.self === (b as FunctionValue).self;
    default:
      return false;
  }
}

/** Whether the same calls made two tensors. */
export function sameTensor(a: KerasTensor, b: KerasTensor, seen: Map<KerasTensor, KerasTensor>): boolean {
  if (a === b || seen.get(a) === b) return true;
  if (a.made !== b.made || a.from.length !== b.from.length) return false;
  seen.set(a, b);
  return a.from.every((one, i) => sameTensor(one, b.from[i] as KerasTensor, seen));
}

const JOIN_LIMIT = 4;

/** The least value that covers both. */
export function join(a: Value, b: Value): Value {
  if (same(a, b)) return a;
  if (a.kind === "num" && b.kind === "num") return joinNumbers(a, b);
  if (a.kind === "array" && b.kind === "array") return joinArrays(a, b);
  if (a.kind === "unknown" && b.kind === "unknown") return joinUnknown(a, b);
  const batches = a.kind === "batches" && b.kind === "batches" && joinBatches(a, b);
  if (batches) return batches;
  if (a.kind === "layer" && b.kind === "layer" && a.model === b.model)
    return { kind: "layer", model: a.model, index: undefined };
  const tracked = [...alternatives(a), ...alternatives(b)];
  const distinct: Value[] = [];
  for (const value of tracked) if (!distinct.some((other) => same(other, value))) distinct.push(value);
  const limit = distinct.every(isChoice) ? 4 * JOIN_LIMIT : JOIN_LIMIT;
  return distinct.length <= limit ? { kind: "union", values: distinct } : UNKNOWN;
}

/** Of what scripts try many: names, and optimizers. */
function isChoice(value: Value): boolean {
  return value.kind === "str" || (value.kind === "object" && value.construct.kind === "optimizer");
}

/** What the same call makes of other data is one value; undefined where other calls made them. */
function joinBatches(a: Batches, b: Batches): Batches | undefined {
  if (a.made === undefined || a.made !== b.made || a.attributes.size + b.attributes.size > 0)
    return undefined;
  const element = joinElements(a.element, b.element);
  const plain = a.plain === true && b.plain === true;
  const seen = a.seen && b.seen && joinElements(a.seen, b.seen);
  const joined = { ...a, element, ...(seen && { seen }), ...(a.plain && { plain }) };
  const [x, y] = [a.args?.given, b.args?.given];
  if (!a.args || !x || !y) return x === y ? joined : undefined;
  const given = new Map(x);
  for (const [name, bound] of x) {
    const other = y.get(name);
    if (other?.node !== bound.node || !other) return undefined;
    given.set(name, { ...bound, value: join(bound.value, other.value) });
  }
  return x.size === y.size ? { ...joined, args: { ...a.args, given } } : undefined;
}

/** Tuples are joined element by element where they have equally many. */
export function joinElements(a: Value, b: Value): Value {
  if (a.kind !== "tuple" || b.kind !== "tuple" || a.open || b.open) return join(a, b);
  if (a.elements.length !== b.elements.length) return join(a, b);
  return { ...a, elements: a.elements.map((one, i) => join(one, b.elements[i] as Value)) };
}

function joinUnknown(a: Unknown, b: Unknown): Unknown {
  if (a.library !== b.library) return UNKNOWN;
  const alike = a.file === b.file && a.architecture === b.architecture && a.pattern === b.pattern;
  if (alike && a.attributes === b.attributes) return a;
  if (a.library === undefined) return UNKNOWN;
  const names = new Set([...(a.attributes?.keys() ?? []), ...(b.attributes?.keys() ?? [])]);
  const attributes = new Map<string, Value>();
  for (const name of names) {
    const [x, y] = [a.attributes?.get(name), b.attributes?.get(name)];
    attributes.set(name, x && y ? join(x, y) : UNKNOWN);
  }
  return { ...external(a.library), ...(names.size > 0 && { attributes }) };
}

/** The values that it can be, one by one. */
export function alternatives(value: Value): readonly Value[] {
  return value.kind === "union" ? value.values : [value];
}

function joinNumbers(a: Num, b: Num): Num {
  const sym = a.sym && b.sym && symbolic.equal(a.sym, b.sym) ? a.sym : undefined;
  return {
    kind: "num",
    value: a.value === b.value ? a.value : undefined,
    isFloat: a.isFloat || b.isFloat,
    sym,
  };
}

function joinArrays(a: ArrayValue, b: ArrayValue): ArrayValue {
  const [x, y] = [a.shape, b.shape];
  return {
    kind: "array",
    shape:
      x && y && x.length === y.length
        ? x.map((dim, i) => {
            const other = y[i];
            return dim && other ? joinNumbers(dim, other) : undefined;
          })
        : undefined,
    dtype: a.dtype === b.dtype ? a.dtype : undefined,
    container: a.container === b.container ? a.container : undefined,
    ...((a.backwards || b.backwards) && { backwards: true }),
  };
}
