/** What the rows of the table are in PyTorch, inside functions that are given tensors: losses and metrics. */
import { dtypeName, type Given, isGiven, NotNumPy, numberOf, type Piece, type Pieces } from "./operands.ts";

/** Said of crossentropies of probabilities. */
export const CLIPPED =
  "outputs within 1e-7 of 0 and 1 are clipped here, where Keras 2 and 3 compute from the logits before them";

/** What an expression is where tensors are computed. */
export interface Kind {
  readonly tensor: boolean;
  /** True and false, as comparisons give them. */
  readonly bool?: boolean;
  /** Without axes. */
  readonly scalar?: boolean;
  /** A tensor's shape. */
  readonly shape?: boolean;
  /** One number: a size, and what is reckoned with it. */
  readonly number?: boolean;
  /** A text, or what a layer for texts made of it: it is only passed on. */
  readonly text?: boolean;
  /** What a tuple holds. */
  readonly parts?: readonly Kind[];
}

export interface TorchGiven extends Given {
  kind(name: string): Kind;
}

export interface TorchForm {
  readonly pieces: (given: TorchGiven) => Pieces;
  readonly kind: (given: TorchGiven) => Kind;
}

/** An argument that a method or an operator may follow. */
export function receiver(given: TorchGiven, name: string): Pieces {
  const type = given.expr(name)?.type;
  const postfix = type === "Name" || type === "Attribute" || type === "Subscript" || type === "Call";
  return postfix ? [{ arg: name }] : ["(", { arg: name }, ")"];
}

/** An argument that must be a tensor, with a method called. */
export function method(given: TorchGiven, name: string, text: string): Pieces {
  if (!given.kind(name).tensor) throw new NotNumPy();
  return [...receiver(given, name), text];
}

/** One side of an operator. */
function side(given: TorchGiven, name: string): Pieces {
  return given.expr(name)?.type === "Number" ? [{ arg: name }] : receiver(given, name);
}

const same =
  (name: string) =>
  (given: TorchGiven): Kind => ({ tensor: true, scalar: given.kind(name).scalar === true });

/** Elementwise: `x.abs()`. */
export const torchUnary = (text: string, bool = false): TorchForm => ({
  pieces: (given) => method(given, "x", text),
  kind: (given) => ({ ...same("x")(given), ...(bool && { bool }) }),
});

const both = (given: TorchGiven): Kind => ({
  tensor: true,
  scalar: ["a", "b"].every((name) => !given.kind(name).tensor || given.kind(name).scalar === true),
});

/** An operator between two, of which one is a tensor. */
export const torchOperator = (operator: string, bool = false): TorchForm => ({
  pieces: (given) => {
    if (!given.kind("a").tensor && !given.kind("b").tensor) throw new NotNumPy();
    return ["(", ...side(given, "a"), ` ${operator} `, ...side(given, "b"), ")"];
  },
  kind: (given) => ({ ...both(given), ...(bool && { bool }) }),
});

/** The larger or smaller of two: a bound where one of them is a number. */
export const torchExtreme = (name: "maximum" | "minimum"): TorchForm => ({
  pieces: (given) => {
    const [a, b] = [given.kind("a").tensor, given.kind("b").tensor];
    const bound = name === "maximum" ? "min" : "max";
    if (a && b) return [`torch.${name}(`, { arg: "a" }, ", ", { arg: "b" }, ")"];
    if (a) return [...receiver(given, "a"), `.clamp(${bound}=`, { arg: "b" }, ")"];
    if (b) return [...receiver(given, "b"), `.clamp(${bound}=`, { arg: "a" }, ")"];
    throw new NotNumPy();
  },
  kind: both,
});

function dims(given: TorchGiven, name: string): Pieces {
  const value = given.value(name);
  const known =
    value.kind === "num" ||
    ((value.kind === "tuple" || value.kind === "list") && value.elements.every((one) => one.kind === "num"));
  if (!known) throw new NotNumPy();
  return [{ arg: name }];
}

/** A mean, a sum and the like: `x.mean(-1)`. */
export const torchReduction = (name: string, fixed = "", castsBool = false): TorchForm => ({
  pieces: (given) => {
    const { tensor, bool } = given.kind("x");
    if (!tensor || (bool && !castsBool && name !== "any" && name !== "all")) throw new NotNumPy();
    const keeps = given.value("keepdims");
    if (keeps.kind !== "bool" && keeps.kind !== "none") throw new NotNumPy();
    const parts: Piece[][] = [];
    if (isGiven(given, "axis")) parts.push([...dims(given, "axis")]);
    if (keeps.kind === "bool" && keeps.value) {
      if (parts.length === 0) throw new NotNumPy();
      parts.push(["keepdim=True"]);
    }
    if (fixed !== "") parts.push([fixed]);
    const joined = parts.flatMap((part, i): Piece[] => (i === 0 ? part : [", ", ...part]));
    return [...receiver(given, "x"), `${bool && castsBool ? ".float()" : ""}.${name}(`, ...joined, ")"];
  },
  kind: (given) => ({
    tensor: true,
    scalar: !isGiven(given, "axis"),
    ...((name === "any" || name === "all") && { bool: true }),
  }),
});

export const torchArg = (name: string, fallback: string | undefined): TorchForm => ({
  pieces: (given) => {
    if (isGiven(given, "output_type")) throw new NotNumPy();
    if (isGiven(given, "axis")) return [...method(given, "x", `.${name}(`), ...dims(given, "axis"), ")"];
    return method(given, "x", `.${name}(${fallback ?? ""})`);
  },
  kind: () => ({ tensor: true }),
});

export const torchClip: TorchForm = {
  pieces: (given) => [...method(given, "x", ".clamp("), { arg: "low" }, ", ", { arg: "high" }, ")"],
  kind: same("x"),
};

const CASTS: Readonly<Record<string, string>> = {
  float16: "half",
  float32: "float",
  float64: "double",
  bool: "bool",
  int32: "int",
  int64: "long",
};

/** The method that casts to a data type. */
export function torchCastOf(dtype: string): string {
  const cast = CASTS[dtype];
  if (cast === undefined) throw new NotNumPy();
  return cast;
}

/** `x.float()`; a number of the shape is cast by Python. */
export const torchCast: TorchForm = {
  pieces: (given) => {
    const expr = given.expr("dtype");
    const { tensor } = given.kind("x");
    if (tensor && expr?.type === "Attribute" && expr.attr === "dtype" && given.value("dtype").kind !== "ref")
      return [...receiver(given, "x"), ".to(", { arg: "dtype" }, ")"];
    const dtype = dtypeName(given, "dtype");
    if (tensor && (dtype === "uint8" || dtype === "int8" || dtype === "int16"))
      return [...receiver(given, "x"), `.to(torch.${dtype})`];
    const cast = torchCastOf(dtype);
    if (!tensor && (cast === "double" || cast === "half")) throw new NotNumPy();
    if (!tensor) return [`${cast === "long" ? "int" : cast}(`, { arg: "x" }, ")"];
    return [...receiver(given, "x"), `.${cast}()`];
  },
  kind: (given) => {
    const { tensor, scalar } = given.kind("x");
    return { tensor, ...(scalar && { scalar }) };
  },
};

/** The mean over the last axis of what is done to the errors. */
export const torchError = (text: string): TorchForm => ({
  pieces: (given) => {
    if (!given.kind("y_true").tensor || !given.kind("y_pred").tensor) throw new NotNumPy();
    return ["(", ...receiver(given, "y_true"), " - ", ...receiver(given, "y_pred"), `)${text}.mean(-1)`];
  },
  kind: () => ({ tensor: true }),
});

export const torchShaped = (pieces: TorchForm["pieces"]): TorchForm => ({
  pieces,
  kind: () => ({ tensor: true }),
});

/** A new tensor of a shape; its seed is left out as those of layers are. */
export const torchMade = (pieces: (given: TorchGiven) => Pieces): TorchForm => ({
  pieces: (given) => {
    const dtype = given.value("dtype");
    given.value("seed");
    // A parameter that gets the data type of the weights.
    const parameter = dtype.kind === "unknown" && given.expr("dtype")?.type === "Name";
    if (!parameter && dtypeName(given, "dtype", "float32") !== "float32") throw new NotNumPy();
    if (given.kind("shape").tensor) throw new NotNumPy();
    return pieces(given);
  },
  kind: () => ({ tensor: true }),
});

/** One of three by a condition. */
export const torchWhere: TorchForm = {
  pieces: (given) => {
    const kinds = ["condition", "x", "y"].map((name) => given.kind(name));
    if (!kinds[0]?.tensor || !isGiven(given, "x")) throw new NotNumPy();
    return ["torch.where(", { arg: "condition" }, ", ", { arg: "x" }, ", ", { arg: "y" }, ")"];
  },
  kind: () => ({ tensor: true }),
};

/** A tensor's shape, whose sizes are numbers. */
export const torchShape: TorchForm = {
  pieces: (given) => method(given, "x", ".shape"),
  kind: () => ({ tensor: false, shape: true }),
};

/** How many numbers a tensor holds. */
export const torchSize: TorchForm = {
  pieces: (given) => method(given, "x", ".numel()"),
  kind: () => ({ tensor: false, number: true }),
};

export const torchSqueeze = (name: string, fallback: string): TorchForm =>
  torchShaped((given) => {
    if (isGiven(given, "axis") && numberOf(given, "axis") === undefined) throw new NotNumPy();
    const axis: Pieces = isGiven(given, "axis") ? [{ arg: "axis" }] : [fallback];
    return [...method(given, "x", `.${name}(`), ...axis, ")"];
  });
