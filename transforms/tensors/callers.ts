/** Whether a function may be given tensors of a model: then what is not known there need not be data. */
import type { FunctionDef, Lambda, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import { alternatives, type Value } from "../../src/analysis/values.ts";
import type { Rewriter } from "../rewriter.ts";

/** Libraries that take no tensor of a model that is trained: who calls them is given data. */
const EAGER: ReadonlySet<string> = new Set(["matplotlib", "sklearn", "seaborn", "PIL", "cv2"]);
/** Methods of a model that are called on data, from where data are. */
const ON_DATA: ReadonlySet<string> = new Set(["fit", "evaluate", "predict"]);

type Function = FunctionDef | Lambda;

/** Whether a node stands in a function with parameters of which nothing is known, which tensors may reach. */
export function seesTensors(rewriter: Rewriter, node: Node, active: readonly Function[] = []): boolean {
  for (let at: Node | null = node.parent; at; at = at.parent) {
    if (at.type !== "FunctionDef" && at.type !== "Lambda") continue;
    if (active.includes(at) || !hasUnknown(rewriter, at) || callsOnData(rewriter, at)) continue;
    const callers = callersOf(rewriter, at);
    if (!callers || callers.some((caller) => seesTensors(rewriter, caller, [...active, at as Function])))
      return true;
  }
  return false;
}

function hasUnknown(rewriter: Rewriter, node: Function): boolean {
  const names = new Set(node.params.map((parameter) => parameter.name));
  names.delete("self");
  return someNode(node.type === "Lambda" ? node.body : node, (one) => {
    const value = one.type === "Name" && names.has(one.id) ? rewriter.program.valueOf(one) : undefined;
    return value !== undefined && alternatives(value).some(isOpen);
  });
}

/** Whether a value may be a tensor as well as data. */
function isOpen(value: Value): boolean {
  return value.kind === "ref" || (value.kind === "unknown" && value.library === undefined);
}

/** Whether a function draws, scores or predicts, which no tensor of a model lives through. */
function callsOnData(rewriter: Rewriter, node: Function): boolean {
  return someNode(node, (one) => {
    if (one.type !== "Call") return false;
    const callee = rewriter.program.valueOf(one.func);
    if (callee?.kind === "ref") return EAGER.has(callee.path.split(".")[0] as string);
    return (
      one.func.type === "Attribute" &&
      ON_DATA.has(one.func.attr) &&
      rewriter.program.valueOf(one.func.value)?.kind === "model"
    );
  });
}

/** The calls of a function that are all that is done with it; undefined where it is not called here, or handed on. */
function callersOf(rewriter: Rewriter, node: Function): readonly Node[] | undefined {
  const calls: Node[] = [];
  const isIt = (value: Value) => value.kind === "function" && value.node === node;
  const escapes = someNode(rewriter.program.module, (one) => {
    if (one.type !== "Name" && one.type !== "Attribute") return false;
    const value = rewriter.program.valueOf(one);
    if (!value || !alternatives(value).some(isIt)) return false;
    if (one.parent?.type !== "Call" || one.parent.func !== one) return true;
    calls.push(one.parent);
    return false;
  });
  if (!escapes && calls.length === 0 && isLeftOver(rewriter, node)) return [];
  return escapes || calls.length === 0 ? undefined : calls;
}

/** Whether it is a function that a script which trains a model names nowhere: nobody gives it a tensor of that. */
function isLeftOver(rewriter: Rewriter, node: FunctionDef | Lambda): boolean {
  if (node.type !== "FunctionDef" || node.decorators.length > 0) return false;
  if (node.parent?.type !== "Module") return false;
  return rewriter.program.models.some((model) => model.uses.some((use) => use.name.startsWith("fit")));
}

function someNode(root: Node, test: (node: Node) => boolean): boolean {
  let found = false;
  walk(root, (one) => {
    found ||= test(one);
    return !found;
  });
  return found;
}
