/** Building of Sequential models: layers, and the types of the tensors between them. */
import type { Call, Expr, Stmt } from "../../grammars/nodes.ts";
import { enclosingStatement, isWithin } from "../../grammars/walk.ts";
import type { BoundArg, BoundArgs, CallContext, Construct } from "./constructs.ts";
import { joinTypes, type Machine } from "./machine.ts";
import { choicesIn, isLayer, type LayerUse, type Model, type TensorType } from "./model.ts";
import { firstLayers } from "./parts.ts";
import * as symbolic from "./symbolic.ts";
import { type KerasObject, type ModelValue, type Num, type Sequence, UNKNOWN, type Value } from "./values.ts";

/** The value of `Sequential(...)`. */
export function newSequential({ machine: m, call, args }: CallContext): Value {
  const layers = args.given.get("layers");
  const listed = layers?.value.kind === "list" && !layers.value.open ? layers.value.elements : [];
  const part = firstLayers(m, call, listed, layers?.expr ?? call);
  if (part) return part;
  const model = m.newModel(call);
  if (layers?.value.kind === "list" || layers?.value.kind === "tuple") {
    const sequence = layers.value;
    const appended = isAppendedTwice(sequence, call) ? undefined : sequence.appended;
    if (sequence.open && !appended)
      model.unclear = { node: call, reason: "its list of layers is not known one by one" };
    sequence.elements.forEach((element, i) => {
      const append = appended?.get(i);
      const before = model.current;
      const place = sequence.places?.[i];
      const expr = append?.args[0]?.value ?? layerExpr(element, sequence.node, i, call, place);
      addValue(m, model, element, expr, append);
      // What a loop or conditional appends may be left out.
      if (append && !inSameBlock(append, call)) model.current = joinTypes(before, model.current);
    });
  } else if (layers && layers.value.kind !== "none") {
    model.unclear = { node: layers.expr ?? call, reason: "its layers are not known" };
  }
  return { kind: "model", model };
}

/** A model of one layer, where a call makes both. */
export function modelOfLayer(m: Machine, call: Call, layer: KerasObject): Value {
  const model = m.newModel(call);
  addValue(m, model, layer, call, undefined);
  return { kind: "model", model };
}

/** Whether a function that is called twice appends to a list by one call. */
function isAppendedTwice({ appended, elements }: Sequence, call: Call): boolean {
  const seen = new Set<Call>();
  for (const [i, append] of appended ?? []) {
    const element = elements[i];
    const made = element?.kind === "object" ? element.scope?.made : undefined;
    if (made && seen.has(append) && !isWithin(call, made.node)) return true;
    seen.add(append);
  }
  return false;
}

function layerExpr(
  element: Value,
  display: Expr | undefined,
  index: number,
  call: Call,
  place: Expr | undefined,
): Expr {
  // What a function or comprehension makes is written where its list is.
  const made = element.kind === "object" && !element.construct.stands ? element.scope?.made : undefined;
  if (made && place && isWithin(place, call) && !isWithin(call, made.node)) return place;
  if (element.kind === "object" && !element.construct.stands) return element.node;
  if (display?.type === "List" || display?.type === "Tuple") return display.elements[index] ?? call;
  return element.kind === "object" ? element.node : call;
}

/** `model.add(layer)`. */
export function addLayer(m: Machine, model: Model, args: BoundArgs, call: Call): void {
  const layer = args.given.get("layer");
  const value = layer?.value ?? UNKNOWN;
  addValue(m, model, value, elementOfLoop(value, layer?.expr ?? call), call);
}

/**
 * `model.pop()`: where nothing but its making came before, the last layer leaves nothing. Later, what Keras
 * computes depends on what it has traced by then.
 */
export function popLayer(m: Machine, model: Model, call: Call): void {
  const isLeft = ({ layer }: LayerUse) =>
    layer?.kind !== "object" ||
    !["keras.layers.Input", "keras.layers.InputLayer"].includes(layer.construct.path);
  const at = model.layers.findLastIndex(isLeft);
  const last = model.layers[at];
  const isMade = model.uses.every(({ name }) => ["add", "pop", "summary", "layers"].includes(name));
  const nothing = m.registry.find("keras.layers.InputLayer");
  const straight = inSameBlock(call, model.node) && last && addedInPlace(model, last);
  if (!isMade || !straight || !nothing || last.layer?.kind !== "object" || model.part || model.chain) {
    model.unclear ??= {
      node: call,
      reason: "a layer is taken off it in a loop or branch, or where it is in use already",
    };
    return;
  }
  const args: BoundArgs = { version: m.version, given: new Map(), unbound: [], default: () => undefined };
  const layer: KerasObject = { kind: "object", construct: nothing, args, node: last.layer.node };
  model.layers[at] = { ...last, layer };
  for (const use of model.layers.slice(at)) use.input = use.output = last.input;
  model.current = last.input;
}

/** Adds a layer or model as the last one of a model. */
export function addValue(m: Machine, model: Model, value: Value, expr: Expr, add: Call | undefined): void {
  const time = m.tick();
  if (model.part) model.unclear ??= { node: expr, reason: "more is added to layers of another model" };
  const choices = choicesIn(value);
  const [chosen] = choices ?? [];
  if (choices && chosen) {
    const input = model.current ?? (model.layers.length === 0 ? inputOf(m, chosen) : undefined);
    if (model.layers.length === 0) model.input = input;
    const output = input && choices.map((one) => outputOf(m, one, input)).reduce(joinTypes);
    model.layers.push({ layer: chosen, choices, expr, add, input, output, time });
    model.current = output;
    return;
  }
  if (!isLayer(value)) {
    model.layers.push({ layer: undefined, expr, add, input: model.current, output: undefined, time });
    model.current = undefined;
    model.unclear ??= { node: expr, reason: "what is added here is not known" };
    return;
  }
  const declared = inputOf(m, value);
  if (value.kind === "model") value.model.nested = true;
  if (model.layers.length === 0 || (!model.current && declared)) {
    model.current = declared ?? model.current;
    if (model.layers.length === 0) model.input = declared;
  }
  const input = model.current;
  typeNested(m, value, input);
  const output = input && outputOf(m, value, input);
  model.layers.push({ layer: value, expr, add, input, output, time });
  model.current = output;
}

export function inputOf(m: Machine, layer: KerasObject | ModelValue): TensorType | undefined {
  if (layer.kind === "model") return layer.model.input;
  const { construct, args } = layer;
  return construct.declaredInput ? construct.declaredInput(args, m) : declaredInput(m, args, construct);
}

/** The input that the usual arguments of a first layer declare. */
export function declaredInput(m: Machine, args: BoundArgs, construct?: Construct): TensorType | undefined {
  const path = construct?.path ?? "";
  const rank = construct?.rank ?? construct?.usualRank ?? (isSequenceLayer(path) ? 2 : undefined);
  const dtype = dtypeOf(args);
  const shape = args.given.get("input_shape") ?? args.given.get("shape");
  if (shape)
    return (
      shapeType(m, shape.value, shape.expr, dtype, 0) ??
      (construct?.flattens ? flat(m, shape, dtype) : written(m, shape, dtype, 0, rank))
    );
  const batch = args.given.get("batch_input_shape") ?? args.given.get("batch_shape");
  if (batch) return shapeType(m, batch.value, batch.expr, dtype, 1) ?? written(m, batch, dtype, 1, rank);
  const dim = args.given.get("input_dim");
  if (!dim) return undefined;
  const size = m.sizeOf(dim.value, dim.expr);
  if (!isSequenceLayer(path)) return { shape: [size], dtype };
  const length = args.given.get("input_length");
  return { shape: [length && m.sizeOf(length.value, length.expr), size], dtype };
}

/**
 * A shape of which nothing is known but how many sizes it has, as the layer takes no other: each is
 * the expression with its index, `input_shape[0]` or `x_train.shape[1]`.
 */
function written(
  m: Machine,
  { value, expr }: BoundArg,
  dtype: TensorType["dtype"],
  skip: number,
  rank: number | undefined,
): TensorType | undefined {
  const open = (value.kind === "tuple" || value.kind === "list") && value.open;
  if (rank === undefined || !expr || !(value.kind === "unknown" || open)) return undefined;
  const slice = expr.type === "Subscript" && expr.index.type === "Slice" ? expr.index : undefined;
  const start = slice?.lower?.type === "Number" ? Number(m.source(slice.lower)) : 0;
  if (slice && (slice.upper || slice.step || !Number.isInteger(start))) return undefined;
  const whole = slice && expr.type === "Subscript" ? expr.value : expr;
  const sym = whole.type === "Name" || whole.type === "Attribute" ? m.atomOf(whole) : undefined;
  if (!sym) return undefined;
  const shape = Array.from({ length: rank }, (_, i): Num => {
    const text = `${m.source(whole)}[${start + skip + i}]`;
    return { kind: "num", value: undefined, isFloat: false, sym: symbolic.atom(text, symbolic.usesOf(sym)) };
  });
  return { shape, dtype };
}

/** A shape of which nothing is known, for a layer that flattens it. */
function flat(m: Machine, { value, expr }: BoundArg, dtype: TensorType["dtype"]): TensorType | undefined {
  const uses = value.kind === "unknown" && expr ? usesOfShape(m, expr) : undefined;
  return uses && expr && flatType(m.source(expr), uses, dtype);
}

/** Names in `x.shape[1:]` and `(1,) + env.observation_space.shape`. */
function usesOfShape(m: Machine, expr: Expr): symbolic.NameUse[] | undefined {
  if (expr.type === "Subscript" && expr.index.type === "Slice") return m.usesIn(expr.value);
  const parts = expr.type === "BinOp" && expr.op === "+" ? [expr.left, expr.right] : [expr];
  const uses = parts.map((part) =>
    part.type === "Tuple" && part.elements.every((one) => one.type === "Number") ? [] : m.usesIn(part),
  );
  return uses.every((use) => use !== undefined) ? uses.flat() : undefined;
}

/** What is flattened, by the text of its shape without the batch. */
export function flatType(
  text: string,
  uses: readonly symbolic.NameUse[],
  dtype: TensorType["dtype"],
): TensorType {
  const sym = symbolic.atom(`int(np.prod(${text}))`, uses);
  return { shape: [{ kind: "num", value: undefined, isFloat: false, sym }], dtype, flat: true };
}

/** Layers whose `input_dim` is the size of a step, not of a sample. */
export function isSequenceLayer(path: string): boolean {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return ["LSTM", "GRU", "SimpleRNN", "Conv1D", "CuDNNLSTM", "CuDNNGRU"].includes(name);
}

function dtypeOf(args: BoundArgs): TensorType["dtype"] {
  const dtype = args.given.get("dtype")?.value;
  return dtype?.kind === "str" && dtype.value.startsWith("int") ? "int" : "float";
}

/** A shape as an argument gives it, with its first `skip` axes (the batch) left out. */
export function shapeType(
  m: Machine,
  value: Value,
  expr: Expr | undefined,
  dtype: TensorType["dtype"],
  skip: number,
): TensorType | undefined {
  const shape = dimensions(m, value, expr);
  return shape && { shape: shape.slice(skip), dtype };
}

/** The dimensions in a tuple or list of sizes; None and what is unknown are undefined. */
export function dimensions(
  m: Machine,
  value: Value,
  expr: Expr | undefined,
): (Num | undefined)[] | undefined {
  if ((value.kind === "tuple" || value.kind === "list") && !value.open) {
    const written = value.node?.type === "Tuple" || value.node?.type === "List" ? value.node.elements : [];
    return value.elements.map((element, i) =>
      element.kind === "none" ? undefined : m.sizeOf(element, written[i]),
    );
  }
  if (value.kind === "num") {
    const only = m.sizeOf(value, expr);
    return [only];
  }
  return undefined;
}

/** Whether a layer is added or appended in the block that makes the model, so that every path does it, and once. */
export function addedInPlace(model: Model, use: LayerUse): boolean {
  return use.add === undefined || inSameBlock(use.add, model.node);
}

function inSameBlock(a: Call, b: Call): boolean {
  return enclosingStatement(a)?.parent === enclosingStatement(b)?.parent;
}

export function outputOf(
  m: Machine,
  layer: KerasObject | ModelValue,
  input: TensorType,
): TensorType | undefined {
  if (layer.kind === "object") return layer.construct.shape?.(layer.args, input, m);
  if (layer.model.graph) return layer.model.output;
  let current: TensorType | undefined = input;
  for (const use of layer.model.layers) {
    current = typeAfter(m, use, current);
  }
  return current;
}

/** What comes out of a layer of a model, whichever of several it is. */
function typeAfter(
  m: Machine,
  { layer, choices }: LayerUse,
  input: TensorType | undefined,
): TensorType | undefined {
  if (!layer || !input) return undefined;
  return (choices ?? [layer]).map((one) => outputOf(m, one, input)).reduce(joinTypes);
}

/** A model that declares no input takes it from the model that it is a layer of. */
export function typeNested(m: Machine, layer: KerasObject | ModelValue, input: TensorType | undefined): void {
  if (layer.kind === "model" && !layer.model.input && !layer.model.graph && input)
    retype(m, layer.model, input);
}

/** Types all layers again, from an input that was found after they were added. */
export function retype(m: Machine, model: Model, input: TensorType): void {
  model.input = input;
  let current: TensorType | undefined = input;
  for (const use of model.layers) {
    use.input = current;
    if (use.layer) typeNested(m, use.layer, current);
    current = typeAfter(m, use, current);
    use.output = current;
  }
  model.current = current;
}

const MOST_LAYERS = 256;

/**
 * The layers of a list that a loop goes over to add them, where all are known and every statement of
 * the loop is reached once for each.
 */
export function layersOneByOne(m: Machine, iterable: Value, body: readonly Stmt[]): Value[] | undefined {
  if ((iterable.kind !== "list" && iterable.kind !== "tuple") || iterable.open) return undefined;
  const { elements } = iterable;
  const straight = body.every((one) => one.type === "ExprStmt");
  if (!straight || elements.length === 0 || elements.length > MOST_LAYERS) return undefined;
  const free = (one: Value) => one.kind === "object" && isLayer(one) && modelsWith(m, one).length === 0;
  return elements.every(free) || elements.every((one) => one.kind === "layer") ? elements : undefined;
}

/** Any layer of a list whose layers are those of one model. */
export function layerOfList(m: Machine, iterable: Value): Value | undefined {
  if ((iterable.kind !== "list" && iterable.kind !== "tuple") || iterable.elements.length === 0)
    return undefined;
  const models = new Set(
    iterable.elements.flatMap((one) =>
      one.kind === "object" && isLayer(one) ? modelsWith(m, one) : [undefined],
    ),
  );
  const [model] = models;
  return model && models.size === 1 ? { kind: "layer", model, index: undefined } : undefined;
}

function modelsWith(m: Machine, layer: Value): Model[] {
  return m.models.filter((model) => model.layers.some((use) => use.layer === layer));
}

/**
 * Where a layer is added from: the list that a loop goes over, where its elements are the layers, so
 * that each is written where it stands.
 */
function elementOfLoop(value: Value, expr: Expr): Expr {
  const loop = enclosingStatement(expr)?.parent;
  const isElement =
    expr.type === "Name" &&
    value.kind === "object" &&
    loop?.type === "For" &&
    loop.target.type === "Name" &&
    loop.target.id === expr.id;
  return isElement ? value.node : expr;
}
