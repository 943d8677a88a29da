/** `tf.__version__` and `keras.__version__`: PyTorch's where it is only shown. */
import type { Expr, Node } from "../../grammars/nodes.ts";
import { walk } from "../../grammars/walk.ts";
import type { Rewriter } from "../rewriter.ts";
import { setupPath } from "../setup.ts";

const RULE = "setup";
/** The versions that scripts print and check. */
const VERSIONS: ReadonlySet<string> = new Set([
  "tensorflow.__version__",
  "tensorflow.version.VERSION",
  "tensorflow.VERSION",
  "keras.__version__",
]);

/** A printed version becomes PyTorch's; elsewhere it may decide something, and is reported. */
export function rewriteVersions(rewriter: Rewriter): void {
  walk(rewriter.program.module, (node) => {
    if (node.type !== "Attribute" || !isVersion(rewriter, node)) return true;
    if (isPrinted(node))
      rewriter.edits.replace(node.start, node.end, rewriter.use("torch.__version__"), RULE);
    return false;
  });
}

function isVersion(rewriter: Rewriter, node: Expr): boolean {
  const value = rewriter.program.valueOf(node);
  return value?.kind === "ref" && VERSIONS.has(setupPath(rewriter.program.registry.canonical(value.path)));
}

/** Texts and their concatenation and formatting up to a `print`, or to the end of a notebook's cell. */
function isPrinted(node: Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    switch (at.type) {
      case "Call":
        if (at.func.type === "Name" && at.func.id === "print") return true;
        if (at.func.type === "Name" ? at.func.id !== "str" : !isFormat(at.func)) return false;
        break;
      case "ExprStmt":
        return true;
      case "Argument":
      case "FString":
      case "BinOp":
      case "Tuple":
        break;
      default:
        return false;
    }
  }
  return false;
}

function isFormat(func: Expr): boolean {
  return func.type === "Attribute" && func.attr === "format";
}

/** `assert tf.__version__ >= "2.0"`, which says nothing about PyTorch. */
export function isVersionCheck(rewriter: Rewriter, test: Expr): boolean {
  let [some, only] = [false, true];
  walk(test, (node) => {
    if (node.type === "Attribute" && isVersion(rewriter, node)) {
      some = true;
      return false;
    }
    if (node.type === "Name" || node.type === "Call")
      only = node.type === "Call" && node.func.type === "Attribute" && only;
    return true;
  });
  return some && only;
}
