/** `get_custom_objects().update({"swish": swish})`: activations that layers then name by a string. */
import type { Call, Expr } from "../grammars/nodes.ts";
import { enclosingStatement } from "../grammars/walk.ts";
import type { FunctionValue, Value } from "../src/analysis/values.ts";
import { Unsupported } from "./arguments.ts";
import type { FunctionEntry } from "./functions.ts";
import type { Rewriter } from "./rewriter.ts";

export const CUSTOM_OBJECTS: FunctionEntry = {
  paths: [
    "keras.utils.get_custom_objects",
    "keras.utils.generic_utils.get_custom_objects",
    "keras.saving.get_custom_objects",
  ],
  signature: "",
  replace: (_, rewriter, call) => {
    const statement = enclosingStatement(call);
    const found = entriesOf(call);
    if (!found || !statement || statement.parent?.type !== "Module")
      throw new Unsupported(call, "what the script registers with Keras here is not known");
    for (const { key, value } of found) rewriter.customObjects.set(key, activationOf(rewriter, value));
    rewriter.removeStatements([statement], "function");
    return { kind: "done" };
  },
};

/** The names and values in `get_custom_objects().update({...})` or `get_custom_objects()["name"] = value`. */
function entriesOf(call: Call): { key: string; value: Expr }[] | undefined {
  const owner = call.parent;
  if (owner?.type === "Subscript" && owner.value === call && owner.parent?.type === "Assign") {
    const { targets, value } = owner.parent;
    if (targets.length !== 1 || targets[0] !== owner || owner.index.type !== "String") return undefined;
    return [{ key: owner.index.value, value }];
  }
  const outer = owner?.type === "Attribute" && owner.attr === "update" ? owner.parent : undefined;
  if (outer?.type !== "Call" || outer.func !== owner || outer.parent?.type !== "ExprStmt") return undefined;
  const [only, ...rest] = outer.args;
  if (!only || rest.length > 0 || only.star || only.name !== null || only.value.type !== "Dict")
    return undefined;
  const entries = only.value.items.map(({ key, value }) =>
    key?.type === "String" ? { key: key.value, value } : undefined,
  );
  return entries.every((one) => one !== undefined) ? entries : undefined;
}

/** The function of the script, which an `Activation` layer may stand around. */
function activationOf(rewriter: Rewriter, expr: Expr): { value: FunctionValue; expr: Expr } {
  const value: Value | undefined = rewriter.program.valueOf(expr);
  if (value?.kind === "function" && expr.type === "Name") return { value, expr };
  if (value?.kind === "object" && value.construct.path === "keras.layers.Activation") {
    const inner = value.args.given.get("activation");
    if (inner?.expr) return activationOf(rewriter, inner.expr);
  }
  throw new Unsupported(expr, "only functions of the script are supported as custom objects");
}
