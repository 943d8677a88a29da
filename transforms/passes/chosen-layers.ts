/**
 * Layers of a class that a name stands for, `cell(32)` where `cell` is `LSTM` or `GRU`: the name stands for
 * PyTorch's classes instead, and the call stays.
 */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { LayerUse, TensorType } from "../../src/analysis/model.ts";
import { alternatives, type KerasObject } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import type { Module } from "../layer.ts";
import type { Rewriter } from "../rewriter.ts";
import { isInlined } from "./inlined.ts";
import type { Planned } from "./layers.ts";

type Plan = (use: LayerUse & { input: TensorType; masked: boolean }) => Planned;

/** The module of a layer whose class a parameter or variable says; undefined where its class is plainly written. */
export function chosenLayer(
  rewriter: Rewriter,
  use: LayerUse & { input: TensorType; masked: boolean },
  plan: Plan,
): Planned | undefined {
  const { choices, layer, ...own } = use;
  if (layer?.kind !== "object") return undefined;
  const { func } = layer.node;
  if (isInlined(use, layer)) {
    if (!choices) return undefined;
    throw new Unsupported(use.expr, "this may be one of several layers, which a function makes");
  }
  const isParameter = isOfSelf(func) || (func.type === "Name" && parameterAround(func) !== undefined);
  if (!choices && !isParameter) return undefined;
  const all = (choices ?? [layer]).map((one): readonly [KerasObject, Planned] => [
    one,
    plan({ ...own, layer: one }),
  ]);
  const modules = all.map(([, { modules: made }]) => made);
  const [first] = all as [readonly [KerasObject, Planned]];
  const alike = all.every(([, { layout, masked, reordered }]) => {
    const [, other] = first;
    return layout === other.layout && !masked && !reordered;
  });
  const calls = modules.flatMap(([module, ...more]) => (module && more.length === 0 ? [parts(module)] : []));
  const [call] = calls;
  const fits = alike && call && calls.length === all.length && calls.every(({ args }) => args === call.args);
  const plain = modules.flat().every(isPlain) && isUniform(modules.flat());
  const callee = calleeText(rewriter, func);
  if (!fits || !plain || callee === undefined) {
    if (!choices) return undefined;
    throw new Unsupported(
      use.expr,
      "this may be one of several layers, which do not become the same call of several modules",
    );
  }
  const chosen = modules.flat();
  all.forEach(([{ construct }], i) => {
    const module = chosen[i] as Module;
    const before = rewriter.chosenClasses.get(construct.path);
    const text = calls[i]?.name ?? "";
    if (before !== undefined && before.name !== text)
      throw new Unsupported(use.expr, "this class becomes several classes of PyTorch");
    rewriter.chosenClasses.set(construct.path, { name: text, isHelper: module.helper !== undefined });
  });
  const [{ init: _init, inits: _inits, helper: _helper, keywords: _keywords, ...said }] = chosen as [Module];
  const inits = chosen.flatMap(({ init, inits = [] }) => (init ? [init, ...inits] : inits));
  const { weights: _weights, ...rest } = said;
  const module: Module = {
    ...rest,
    code: `${callee}${call.args}`,
    chosen,
    ...(inits.length > 0 && { inits }),
  };
  return { ...first[1], modules: [module] };
}

function parts({ code }: Module): { readonly name: string; readonly args: string } {
  const open = code.indexOf("(");
  return { name: code.slice(0, open), args: code.slice(open) };
}

/** Whether a module is no more than the call of a class. */
function isPlain({ code, helper, nested, inner, initialize, each, pretrained, stateful, takesMask }: Module) {
  const name = code.slice(0, code.indexOf("("));
  const named = helper === undefined ? /^nn\.\w+$/.test(name) : name === helper;
  const more = [nested, inner, initialize?.length, each, pretrained, stateful, takesMask];
  return named && name !== "nn.Embedding" && !name.startsWith("nn.Lazy") && more.every((one) => !one);
}

/** Whether the same is done with all of them besides. */
function isUniform(modules: readonly Module[]): boolean {
  const said = modules.map(({ penalties, constraints, statistics, augments }) =>
    JSON.stringify([penalties ?? [], constraints ?? [], statistics, augments]),
  );
  return new Set(said).size === 1;
}

function calleeText(rewriter: Rewriter, func: Expr): string | undefined {
  if (func.type === "Name") return func.id;
  if (func.type === "Subscript") return rewriter.text.slice(func.start, func.end);
  return isOfSelf(func) ? rewriter.text.slice(func.start, func.end) : undefined;
}

/** Whether it is an attribute that an object has of its own. */
function isOfSelf(func: Expr): boolean {
  return func.type === "Attribute" && func.value.type === "Name" && func.value.id === "self";
}

/** The function whose parameter a name is. */
function parameterAround(name: Extract<Expr, { type: "Name" }>): Node | undefined {
  for (let at = name.parent; at; at = at.parent)
    if ((at.type === "FunctionDef" || at.type === "Lambda") && at.params.some((one) => one.name === name.id))
      return at;
  return undefined;
}

/** Names of Keras's classes where they go on to such calls. */
export function rewriteChosenClasses(rewriter: Rewriter): void {
  if (rewriter.chosenClasses.size === 0) return;
  const { registry, machine, module } = rewriter.program;
  const imported = new Set<string>();
  walk(module, (node) => {
    if (node.type === "Alias") imported.add(node.asname ?? node.name);
  });
  for (const [node, value] of machine.values) {
    if (node.type !== "Name" && node.type !== "Attribute") continue;
    const held = alternatives(value).filter(({ kind }) => kind !== "none");
    const classes = held.map((one) =>
      one.kind === "ref" ? rewriter.chosenClasses.get(registry.canonical(one.path)) : undefined,
    );
    const [chosen] = classes;
    if (!chosen || classes.includes(undefined) || rewriter.edits.covers(node.start, node.end)) continue;
    if (!isPassedOn(rewriter, node)) continue;
    // A variable holds what is written where it is bound.
    if (node.type === "Name" && rewriter.taken.has(node.id)) {
      // One that is an import too may be either: it is reported.
      if (!imported.has(node.id)) rewriter.chosenNames.add(node);
      continue;
    }
    if (value.kind !== "ref") continue;
    const text = chosen.isHelper ? rewriter.name(chosen.name) : rewriter.use(chosen.name);
    rewriter.edits.replace(node.start, node.end, text, "model");
  }
}

/** Whether an expression only gives its value a name, or hands it to what is followed. */
function isPassedOn(rewriter: Rewriter, node: Expr): boolean {
  const { parent } = node;
  switch (parent?.type) {
    case "Parameter":
    case "Return":
    case "IfExp":
    case "BoolOp":
      return true;
    case "Assign":
      return parent.value === node;
    case "Dict":
      return parent.items.some((item) => item.value === node) && isPassedOn(rewriter, parent);
    case "List":
    case "Tuple":
      return parent.parent?.type === "For" || isPassedOn(rewriter, parent);
    case "Argument": {
      const call = parent.parent;
      const callee = call?.type === "Call" ? rewriter.program.valueOf(call.func) : undefined;
      if (callee?.kind === "ref" && callee.path === "builtins.dict")
        return call?.type === "Call" && isPassedOn(rewriter, call);
      return callee?.kind === "function" || callee?.kind === "class";
    }
    case "Subscript":
      return parent.value === node;
    default:
      return parent?.type === "Attribute" && parent.attr === "get";
  }
}
