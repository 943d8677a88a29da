/**
 * Loops over the layers of a model that ask them what only Keras's know: `layer.name`. What is known of
 * each is listed beside the modules: `for layer, layer_name in zip([model[0], model[2]], ["dense", "out"])`.
 */
import type { Attribute, Comprehension, Expr, For, Name, Node } from "../../grammars/nodes.ts";
import { enclosingStatement, isTarget, walk } from "../../grammars/walk.ts";
import type { LayerUse } from "../../src/analysis/model.ts";
import { indentation, lineBreak } from "../../src/emit/lines.ts";
import { Unsupported } from "../arguments.ts";
import { className, layerName } from "../auto-names.ts";
import { layersOf } from "../methods.ts";
import type { ModelPlan } from "../plan.ts";
import type { Rewriter } from "../rewriter.ts";
import { rangeOf } from "./freezing.ts";
import { type ClassTest, classTests, isOfClass, type Standing, torchTest } from "./layer-classes.ts";

const RULE = "model-use";

/** What is listed of each layer: the name of the variable, and how it is written. */
interface Column {
  readonly variable: string;
  readonly text: (rewriter: Rewriter, use: LayerUse, at: Node) => string | undefined;
}

const shape =
  (which: "input" | "output"): Column["text"] =>
  (_rewriter, use) => {
    const sizes = use[which]?.shape.map((size) => size?.value);
    return sizes && !sizes.includes(undefined) ? `(${["None", ...sizes].join(", ")})` : undefined;
  };

const COLUMNS: Readonly<Record<string, Column>> = {
  name: {
    variable: "layer_name",
    text: (rewriter, use, at) => {
      const name = layerName(rewriter, use, at);
      return name === undefined ? undefined : JSON.stringify(name);
    },
  },
  input_shape: { variable: "input_shape", text: shape("input") },
  output_shape: { variable: "output_shape", text: shape("output") },
  __class__: {
    variable: "layer_class",
    text: (_rewriter, { layer, choices }) =>
      layer?.kind === "object" && !choices ? JSON.stringify(className(layer.construct.path)) : undefined,
  },
};

/** A loop or comprehension, its variable, and all that it goes over. */
export interface Loop {
  readonly node: For | Comprehension;
  readonly variable: Name;
  readonly iter: Expr;
  /** What is counted beside, `i` in `for i, layer in enumerate(model.layers)`. */
  readonly numbered: boolean;
}

/** The loop that goes over `model.layers`. */
export function loopOver(node: Attribute): Loop | undefined {
  const slice = node.parent?.type === "Subscript" && node.parent.value === node ? node.parent : undefined;
  const layers: Expr = slice?.index.type === "Slice" ? slice : node;
  const call = layers.parent?.type === "Argument" ? layers.parent.parent : undefined;
  const numbered = call?.type === "Call" && call.func.type === "Name" && call.func.id === "enumerate";
  const iter: Expr = numbered && call.args.length === 1 ? call : layers;
  const { parent } = iter;
  const clause =
    parent?.type === "For"
      ? parent
      : parent?.type === "Comprehension"
        ? parent.clauses.find((one) => one.iter === iter)
        : undefined;
  if (!clause || clause.iter !== iter) return undefined;
  const { target } = clause;
  const variable = numbered && target.type === "Tuple" ? target.elements[1] : target;
  if (variable?.type !== "Name") return undefined;
  return { node: parent as Loop["node"], variable, iter: layers, numbered };
}

/** Reads of the variable, without those of attributes that are listed. */
function readsOf({ node, variable }: Loop): { readonly listed: Attribute[]; readonly others: Name[] } {
  const [listed, others]: [Attribute[], Name[]] = [[], []];
  walk(node, (one) => {
    if (one.type !== "Name" || one.id !== variable.id || isTarget(one)) return;
    const { parent } = one;
    const isListed = parent?.type === "Attribute" && parent.value === one && COLUMNS[parent.attr];
    if (isListed && parent.type === "Attribute" && !isTarget(parent)) listed.push(parent);
    else others.push(one);
  });
  return { listed, others };
}

/** Writes what a loop over all layers goes over; `modules` gives the module of each, "" where there is none. */
export function emitLoop(
  rewriter: Rewriter,
  plan: ModelPlan,
  loop: Loop,
  modules: () => readonly string[],
  standing: () => readonly Standing[],
): void {
  const tests = classTests(rewriter, loop.node, loop.variable.id);
  const { listed, others: all } = readsOf(loop);
  const others = all.filter((name) => tests.every(({ asked }) => asked !== name));
  for (const one of others) requireFollowed(one);
  requireOnlyInside(rewriter, loop);
  const [model] = plan.models;
  const layers = model ? layersOf(model) : [];
  const slice = loop.iter.type === "Subscript" ? loop.iter.index : undefined;
  const range = slice?.type === "Slice" ? rangeOf(rewriter, slice, layers.length) : [];
  const uses = layers.slice(...range);
  const attributes = [...new Set(listed.map(({ attr }) => attr))];
  for (const test of tests) {
    const text = others.length > 0 ? torchTest(rewriter, test, standing().slice(...range)) : undefined;
    if (text === undefined && !attributes.includes("__class__")) attributes.push("__class__");
    write(rewriter, test.node, text ?? namedClass(rewriter, test, uses));
  }
  const columns = attributes.map((attr) => {
    const texts = uses.map((use) => COLUMNS[attr]?.text(rewriter, use, loop.iter));
    if (texts.includes(undefined))
      throw new Unsupported(
        listed.find((one) => one.attr === attr) ?? loop.iter,
        `which \`${attr}\` this is, is not known`,
      );
    return `[${texts.join(", ")}]`;
  });
  const variables = attributes.map((attr) => rewriter.name(COLUMNS[attr]?.variable ?? attr));
  if (others.length > 0 || columns.length === 0) {
    columns.unshift(
      `[${modules()
        .slice(...range)
        .join(", ")}]`,
    );
    variables.unshift(loop.variable.id);
  }
  for (const one of listed) {
    const whole = one.attr === "__class__" ? one.parent : one;
    if (whole?.type !== "Attribute" || (whole !== one && whole.attr !== "__name__"))
      throw new Unsupported(one, "the class of a layer is supported by its name only");
    write(rewriter, whole, rewriter.name(COLUMNS[one.attr]?.variable ?? ""));
  }
  const [only] = columns;
  const over = columns.length === 1 && only ? only : zipped(rewriter, loop, columns);
  const { node } = loop;
  // `[layer.name for layer in model.layers]` is a list of names.
  const plain = node.type === "Comprehension" && node.kind === "list" && node.clauses.length === 1;
  if (plain && columns.length === 1 && listed.some((one) => one === node.element)) {
    const [clause] = node.clauses;
    if (clause?.ifs.length === 0) {
      write(rewriter, node, over);
      return;
    }
  }
  write(rewriter, loop.iter, over);
  const target = variables.join(", ");
  if (target !== loop.variable.id)
    write(rewriter, loop.variable, loop.numbered && variables.length > 1 ? `(${target})` : target);
}

/** The same test by the name of the layer's class, which is listed. */
function namedClass(rewriter: Rewriter, test: ClassTest, uses: readonly LayerUse[]): string {
  const matching = uses.flatMap((use) => {
    const { layer } = use;
    return isOfClass(rewriter, test, use) && layer?.kind === "object"
      ? [className(layer.construct.path)]
      : [];
  });
  const names = [...new Set(matching.length > 0 ? matching : test.classes.map(className))];
  const variable = rewriter.name(COLUMNS.__class__?.variable ?? "");
  const texts = names.map((name) => JSON.stringify(name));
  const text = texts.length === 1 ? `${variable} == ${texts[0]}` : `${variable} in (${texts.join(", ")})`;
  const { parent } = test.node;
  const stands = ["If", "While", "Assign", "Argument", "Comprehension", "BoolOp", "UnaryOp", "IfExp"];
  return parent && stands.includes(parent.type) ? text : `(${text})`;
}

/** The lists side by side, a line each where they are long. */
function zipped({ text }: Rewriter, { node }: Loop, columns: readonly string[]): string {
  const line = columns.join(", ");
  if (line.length < 80) return `zip(${line})`;
  const start = lineBreak(text) + indentation(text, (enclosingStatement(node) ?? node).start);
  return `zip(${columns.map((column) => `${start}    ${column},`).join("")}${start})`;
}

function write(rewriter: Rewriter, node: Node, text: string): void {
  rewriter.edits.absorb(rewriter.text, node.start, node.end);
  rewriter.edits.replace(node.start, node.end, text, RULE);
}

/** A layer that goes into a container or to a function may be asked for anything there. */
function requireFollowed(name: Name): void {
  const { parent } = name;
  if (parent?.type === "Attribute" || parent?.type === "FString") return;
  const call = parent?.type === "Argument" ? parent.parent : undefined;
  if (call?.type === "Call" && call.func.type === "Name" && call.func.id === "print") return;
  throw new Unsupported(name, "a layer is supported where it is asked for something or printed");
}

/** Whether a name means something else inside a node. */
function bindsName(node: Node, name: string): boolean {
  if (node.type === "FunctionDef" || node.type === "Lambda")
    return node.params.some((parameter) => parameter.name === name);
  if (node.type === "For") return holdsName(node.target, name);
  return node.type === "Comprehension" && node.clauses.some((clause) => holdsName(clause.target, name));
}

function holdsName(target: Expr, name: string): boolean {
  let found = false;
  walk(target, (one) => {
    found ||= one.type === "Name" && one.id === name;
  });
  return found;
}

/** Reported where the variable is read after the loop, which may not bind it any more. */
function requireOnlyInside(rewriter: Rewriter, { node, variable }: Loop): void {
  if (node.type === "Comprehension") return;
  let owner: Node | null = node.parent;
  while (owner && owner.type !== "FunctionDef") owner = owner.parent;
  let bound = false;
  const around = owner ?? rewriter.program.module;
  walk(around, (one) => {
    if (one.end <= node.end || (one !== around && bindsName(one, variable.id))) return false;
    if (one.type !== "Name" || one.id !== variable.id) return true;
    if (isTarget(one)) bound = true;
    else if (!bound) throw new Unsupported(one, "the last layer of a loop is not supported outside of it");
    return true;
  });
}

/** Whether an attribute of a layer is written by the loop over all of them. */
export function isListed(node: Attribute): boolean {
  if (!COLUMNS[node.attr] || node.value.type !== "Name") return false;
  const { id } = node.value;
  for (let at: Node | null = node; at; at = at.parent) {
    if (at.type !== "For" && at.type !== "Comprehension") continue;
    for (const clause of at.type === "For" ? [at] : at.clauses) {
      let over: Loop | undefined;
      walk(clause.iter, (one) => {
        if (one.type === "Attribute" && one.attr === "layers") over ??= loopOver(one);
      });
      if (over?.variable.id === id) return true;
    }
  }
  return false;
}
