/** What `fit` returns, and the settings that it and the callbacks have of a training. */
import type { Attribute, Expr } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { Program } from "../../src/analysis/program.ts";
import { alternatives } from "../../src/analysis/values.ts";
import { Unsupported } from "../arguments.ts";
import { PARAMS } from "../callbacks.ts";
import type { Rewriter } from "../rewriter.ts";

/** Attributes of what `fit` returns that the object in its place has too. */
const ATTRIBUTES: ReadonlySet<string> = new Set(["history", "epoch", "model", "params"]);

/** What the object in the place of a history has to hold, before any `fit` is written. */
export function setHistory(rewriter: Rewriter): void {
  for (const node of rewriter.program.machine.values.keys()) {
    if (node.type !== "Attribute" || !["model", "params", "history"].includes(node.attr)) continue;
    const owner = rewriter.program.valueOf(node.value);
    if (node.attr === "history") {
      if (!owner || rewriter.isLeft(owner) || !alternatives(owner).some((one) => one.kind === "model"))
        continue;
      rewriter.switches.set("MODEL_HISTORY", true);
      if (rewriter.switches.get("HISTORY_GOES_ON"))
        rewriter.report(
          node,
          "history",
          "this is the `History` among the callbacks, which has the values of earlier trainings too",
          "Read the callback instead.",
        );
      continue;
    }
    if (!owner || rewriter.isLeft(owner) || !alternatives(owner).some((one) => one.kind === "history"))
      continue;
    if (node.attr === "model") rewriter.switches.set("HISTORY_MODEL", true);
    else if (rewriter.attempt("history", () => requireParams(rewriter, node)))
      rewriter.switches.set("HISTORY_PARAMS", true);
  }
}

/** `self.params["epochs"]`, or all of them printed: of the other values Keras's versions know different ones. */
export function requireParams(rewriter: Rewriter, node: Attribute): void {
  const { parent } = node;
  const call = parent?.type === "Attribute" && parent.attr === "get" ? parent.parent : undefined;
  const key =
    parent?.type === "Subscript" && parent.value === node
      ? parent.index
      : call?.type === "Call"
        ? call.args[0]?.value
        : undefined;
  const name = key?.type === "String" ? key.value : undefined;
  if (name !== undefined && PARAMS.has(name)) return;
  const printed = parent?.type === "Argument" && isPrint(parent.parent);
  if (rewriter.program.version !== "keras2" || (name !== "verbose" && !printed))
    throw new Unsupported(node, "of these `params` only `epochs` and `steps` are the same in every Keras");
  rewriter.switches.set("PARAMS_VERBOSE", true);
}

function isPrint(node: Attribute["parent"] | undefined): boolean {
  return node?.type === "Call" && node.func.type === "Name" && node.func.id === "print";
}

/** `history.history["loss"]` is `history["loss"]` where the history is only ever read so. */
export function rewriteHistory(rewriter: Rewriter, program: Program): void {
  const reads: Attribute[] = [];
  let whole = program.models.some((model) => model.escapes.some((one) => one.how.startsWith("history ")));
  for (const node of program.machine.values.keys()) {
    if (node.type !== "Attribute") continue;
    const owner = program.valueOf(node.value);
    // Of many models in one loop it is not known any more whose history it is.
    if (node.attr === "history" && owner?.kind === "unknown" && !owner.library) whole = true;
    if (!owner || rewriter.isLeft(owner) || !alternatives(owner).some((one) => one.kind === "history"))
      continue;
    if (node.attr === "history" && owner.kind === "history") reads.push(node);
    else if (ATTRIBUTES.has(node.attr)) whole = true;
    else rewriter.report(node, "history", `\`${node.attr}\` of what \`fit\` returns is not supported yet`);
  }
  rewriter.switches.set("HISTORY_OBJECT", whole);
  // Keras 3 sorts the values of an epoch by their names.
  if (program.version === "keras3" && (whole || reads.some((read) => !isKeyed(program, read))))
    rewriter.switches.set("SORTED_LOGS", true);
  if (whole) return;
  for (const node of reads)
    rewriter.edits.remove(node.value.parenthesized?.end ?? node.value.end, node.end, "history");
}

/** Whether only single values are read of a dict, or of the name that it is given. */
function isKeyed(program: Program, read: Expr): boolean {
  const { parent } = read;
  if (parent?.type === "Subscript") return parent.value === read;
  const [target] = parent?.type === "Assign" && parent.targets.length === 1 ? parent.targets : [];
  if (target?.type !== "Name") return false;
  let keyed = true;
  walk(program.module, (node) => {
    if (node.type === "Name" && node.id === target.id && node !== target)
      keyed &&= node.parent?.type === "Subscript" && node.parent.value === node;
    return keyed;
  });
  return keyed;
}
