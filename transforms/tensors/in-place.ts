/** What changes in place in NumPy and PyTorch, where TensorFlow's tensors never change. */
import type { AugAssign, Expr, Module, Node } from "../../grammars/nodes.ts";
import { outerSpan, walk } from "../../grammars/walk.ts";
import type { Rewriter } from "../rewriter.ts";

/** `x -= y` makes a new tensor in TensorFlow; it would write into what others hold. */
export function writeApart({ edits, text }: Rewriter, { target, op, value }: AugAssign): void {
  const name = text.slice(target.start, target.end);
  const { start, end } = outerSpan(value);
  edits.replace(target.start, start, `${name} = ${name} ${op} `, "tensors");
  const compound = value.type === "BinOp" || value.type === "UnaryOp" || value.type === "Compare";
  if (!compound || start !== value.start) return;
  edits.insert(start, "(", "tensors");
  edits.insert(end, ")", "tensors");
}

const METHODS: ReadonlySet<string> = new Set(["sort", "fill", "put", "partition", "resize", "itemset"]);
const changedNames = new WeakMap<Module, ReadonlySet<string>>();

/** Whether the script writes into the array behind an expression somewhere: what looks into it then changes, too. */
export function isChanged(rewriter: Rewriter, expr: Expr | undefined): boolean {
  const name = expr && baseName(expr);
  if (name === undefined) return false;
  const { module } = rewriter.program;
  let names = changedNames.get(module);
  if (!names) {
    names = changedIn(module);
    changedNames.set(module, names);
  }
  return names.has(name);
}

/** The last name of the variable or attribute that an expression looks into; a call gives something new. */
function baseName(expr: Expr): string | undefined {
  switch (expr.type) {
    case "Name":
      return expr.id;
    case "Attribute":
      return expr.attr === "T" || expr.attr === "values" ? baseName(expr.value) : expr.attr;
    case "Subscript":
      return baseName(expr.value);
    default:
      return undefined;
  }
}

function changedIn(module: Module): Set<string> {
  const names = new Set<string>();
  const add = (expr: Expr): void => {
    const name = baseName(expr);
    if (name !== undefined) names.add(name);
  };
  walk(module, (node: Node) => {
    if (node.type === "Assign")
      for (const target of node.targets) if (target.type === "Subscript") add(target);
    if (node.type === "AugAssign") add(node.target);
    if (node.type === "Call" && node.func.type === "Attribute") {
      if (METHODS.has(node.func.attr)) add(node.func.value);
      // `np.random.shuffle(x)`
      const [first] = node.args;
      if (node.func.attr === "shuffle" && first) add(first.value);
    }
    return true;
  });
  return names;
}
