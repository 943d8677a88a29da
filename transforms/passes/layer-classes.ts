/** `isinstance(layer, Dense)` in loops over the layers of a model. */
import type { Call, Expr, Name, Node, Stmt } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { LayerUse } from "../../src/analysis/model.ts";
import { Unsupported } from "../arguments.ts";
import { className } from "../auto-names.ts";
import type { Module } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";

const LAYERS = "keras.layers.";

/** Classes that others are made from, which differ between releases of Keras. */
const BASES: ReadonlySet<string> = new Set(["Layer", "Wrapper", "RNN"]);

/** The layers of one row of weights, of which no release of Keras makes one from another. */
const CONVOLUTIONS: ReadonlySet<string> = new Set(["Conv1D", "Conv2D", "Conv3D"]);

/** PyTorch's classes that the helpers' are made from: `class LSTM(nn.LSTM)`. */
export const HELPED: ReadonlySet<string> = new Set([
  "nn.Embedding",
  "nn.BatchNorm1d",
  "nn.BatchNorm2d",
  "nn.Dropout1d",
  "nn.LSTM",
  "nn.GRU",
  "nn.RNN",
  "nn.Sequential",
]);

/** A question after the class of a layer, and the classes that it names. */
export interface ClassTest {
  readonly node: Call;
  /** The variable that it asks. */
  readonly asked: Name;
  readonly classes: readonly string[];
}

/** The tests of a variable inside a node. */
export function classTests(rewriter: Rewriter, around: Node, variable: string): ClassTest[] {
  const found: ClassTest[] = [];
  walk(around, (node) => {
    if (node.type !== "Call" || node.func.type !== "Name" || node.func.id !== "isinstance") return;
    const callee = rewriter.program.valueOf(node.func);
    if (callee?.kind !== "ref" || callee.path !== "builtins.isinstance") return;
    const [asked, of] = node.args;
    if (asked?.value.type !== "Name" || asked.value.id !== variable || !of) return;
    if (node.args.length !== 2 || node.args.some(({ name, star }) => name || star)) return;
    found.push({ node, asked: asked.value, classes: classesOf(rewriter, of.value) });
  });
  return found;
}

function classesOf(rewriter: Rewriter, expr: Expr): string[] {
  const value = rewriter.program.valueOf(expr);
  const all = value?.kind === "tuple" && !value.open ? value.elements : [value];
  return all.map((one) => {
    const path = one?.kind === "ref" ? rewriter.program.registry.canonical(one.path) : "";
    const isLayer = path.startsWith(LAYERS) && rewriter.program.registry.find(path)?.kind === "layer";
    if (one?.kind !== "ref" || !isLayer || BASES.has(className(path)) || isVersioned(one.path))
      throw new Unsupported(expr, "which layers are of this class, is not known");
    return path;
  });
}

/** TensorFlow's two classes of batch normalization are none of each other. */
function isVersioned(path: string): boolean {
  return path.endsWith("V1") || path.endsWith("V2");
}

/** Whether Keras says that a layer is of one of the classes. */
export function isOfClass(
  rewriter: Rewriter,
  { node, classes }: ClassTest,
  { layer, choices }: LayerUse,
): boolean {
  if (choices) throw new Unsupported(node, "the class of one of these layers is not known");
  if (layer?.kind === "model") return false;
  const path = layer?.kind === "object" ? layer.construct.path : "";
  const made = layer?.kind === "object" ? rewriter.program.valueOf(layer.node.func) : undefined;
  if (!path.startsWith(LAYERS) || (made?.kind === "ref" && isVersioned(made.path)))
    throw new Unsupported(node, "the class of one of these layers is not known");
  return classes.some((one) => {
    if (path === one) return true;
    const [own, asked] = [className(path), className(one)];
    if (asked === "Dropout") return own.startsWith("SpatialDropout");
    if (mayBeMadeFrom(own, asked))
      throw new Unsupported(node, `whether \`${own}\` is a \`${asked}\` depends on the release of Keras`);
    return false;
  });
}

const isPlain = (name: string) => CONVOLUTIONS.has(name);

/** Whether some release may make one class from the other: both convolve, or one names the other. */
function mayBeMadeFrom(own: string, asked: string): boolean {
  if (own.includes("Conv") && asked.includes("Conv")) return !(isPlain(own) && isPlain(asked));
  return own.endsWith(asked) && asked !== "ReLU" && !own.startsWith("Global");
}

/** The type of a module as `isinstance` takes it, where that is one of PyTorch's own. */
function typeOf({ code, nested }: Module): string | undefined {
  const end = code.indexOf("(");
  const type = code.slice(0, end);
  return nested || end < 0 || type.lastIndexOf(".") !== 2 || !type.startsWith("nn.") ? undefined : type;
}

const HELPER = "helper";

/** Whether a module is of a helper's class, or another model. */
function isApart({ code, helper, nested }: Module): boolean {
  return nested !== undefined || (helper !== undefined && code.startsWith(`${helper}(`));
}

/** What stands for a layer in the loop: all its modules, or one of them. */
export interface Standing {
  readonly use: LayerUse;
  readonly modules: readonly Module[];
}

/**
 * The same test by the classes of PyTorch; undefined where they do not tell the same layers. A class of
 * the script's own helpers may be made from one of PyTorch's.
 */
export function torchTest(
  rewriter: Rewriter,
  test: ClassTest,
  standing: readonly Standing[],
): string | undefined {
  const types = new Set<string>();
  const others = new Set<string | undefined>();
  for (const { use, modules } of standing) {
    const matches = isOfClass(rewriter, test, use);
    for (const module of modules) {
      const type = typeOf(module);
      if (!matches) others.add(isApart(module) ? HELPER : type);
      else if (type === undefined) return undefined;
      else types.add(type);
    }
  }
  if (types.size === 0 || others.has(undefined)) return undefined;
  if ([...types].some((type) => others.has(type) || (others.has(HELPER) && HELPED.has(type))))
    return undefined;
  const [first] = types;
  const text = types.size === 1 && first ? first : `(${[...types].join(", ")})`;
  return rewriter.use(`isinstance(${test.asked.id}, ${text})`);
}

/** Whether the statements of a loop do nothing but to say whether the layers are trained, maybe by their class. */
export function onlyFreezes(body: readonly Stmt[], variable: string, tests: readonly ClassTest[]): boolean {
  return body.every((statement) => {
    if (statement.type === "Pass") return true;
    if (statement.type === "If")
      return (
        isPure(statement.test, variable, tests) &&
        onlyFreezes(statement.body, variable, tests) &&
        onlyFreezes(statement.orelse, variable, tests)
      );
    if (statement.type === "ExprStmt") return statement.value.type === "String";
    if (statement.type !== "Assign") return false;
    const [target] = statement.targets;
    return statement.targets.length === 1 && target?.type === "Attribute" && target.attr === "trainable";
  });
}

/** Whether a condition asks the layer for nothing but its class, and calls nothing. */
function isPure(test: Expr, variable: string, tests: readonly ClassTest[]): boolean {
  let pure = true;
  walk(test, (node) => {
    if (tests.some((one) => one.node === node)) return false;
    if (node.type === "Call" || node.type === "NamedExpr") pure = false;
    if (node.type === "Name" && node.id === variable) pure = false;
    return pure;
  });
  return pure;
}
