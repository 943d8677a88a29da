import { expect } from "vitest";
import {
  children,
  type Expr,
  loadParser,
  type Module,
  type Node,
  outerSpan,
  walk,
} from "../../../grammars/index.ts";

export const parser = await loadParser();

/** Parses a text that has to be Python 3. */
export function parse(text: string): Module {
  const { module, problems } = parser.parse(text);
  expect(problems, text).toEqual([]);
  if (!module) throw new Error("no module without problems");
  return module;
}

/** `kind line:column detail` of each problem. */
export function problems(text: string): string[] {
  return parser.parse(text).problems.map(({ kind, start, detail }) => {
    const before = text.slice(0, start).split(/\r\n?|\n/);
    return `${kind} ${before.length}:${(before.at(-1) ?? "").length + 1} ${detail}`;
  });
}

/** The expression that a text consists of. */
export function parseExpression(text: string): Expr {
  const [statement, ...more] = parse(text).body;
  if (statement?.type !== "ExprStmt" || more.length > 0) throw new Error(`no expression: ${text}`);
  return statement.value;
}

/** A node with all that is in it but places, names and literals as Python writes them: `(BinOp + a 1)`. */
export function outline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(outline).join(" ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const node = value as Partial<Node>;
  switch (node.type) {
    case "Name":
      return node.id ?? "";
    case "Number":
      return `${node.value}${node.imaginary ? "j" : node.isFloat ? "f" : ""}`;
    case "String":
      return `${node.bytes ? "b" : ""}${JSON.stringify(node.value)}`;
    case "Argument":
      return `${node.name === null ? "" : `${node.name}=`}${node.star}${outline(node.value)}`;
  }
  const fields = Object.entries(value).filter(([name]) => !PLACES.has(name) && !name.endsWith("Span"));
  return `(${fields.map(([name, field]) => (name === "type" ? field : outline(field))).join(" ")})`;
}

const PLACES = new Set(["start", "end", "parent", "parenthesized", "comments", "identifiers"]);

/** Each node below a root as `Type source`, indented by its depth. */
export function places(root: Node, text: string): string {
  const lines: string[] = [];
  const visit = (node: Node, depth: number) => {
    const source = text.slice(node.start, node.end).replaceAll("\n", "⏎");
    lines.push(`${" ".repeat(depth)}${node.type} ${source}`);
    for (const child of children(node)) visit(child, depth + 1);
  };
  for (const child of children(root)) visit(child, 0);
  return lines.join("\n");
}

/** What holds for every tree: children are found, know their parents, and lie inside of them, in order. */
export function expectSound(module: Module, text: string): void {
  const faults: string[] = [];
  walk(module, (node) => {
    const found = children(node);
    const all = nodesIn(node);
    if (found.length !== all.length || !all.every((child) => found.includes(child)))
      faults.push(`children of ${node.type}`);
    let last = node.start;
    for (const child of found) {
      const { start, end } = "parenthesized" in child ? outerSpan(child) : child;
      const isPlaced = last <= start && start <= end && end <= node.end;
      if (!isPlaced || child.parent !== node)
        faults.push(`${child.type} in ${node.type}: ${text.slice(start, end)}`);
      last = end;
    }
  });
  for (const { start, end } of module.comments) {
    const comment = text.slice(start, end);
    if (!/^#[^\r\n]*$/.test(comment)) faults.push(comment);
  }
  expect(faults).toEqual([]);
}

/** The nodes in the fields of a node, whatever their names are: what `children` must not forget. */
function nodesIn(node: object): Node[] {
  return Object.entries(node).flatMap(([name, value]) => {
    if (name === "parent" || value === null || typeof value !== "object" || value instanceof Set) return [];
    return "type" in value ? [value as Node] : nodesIn(value);
  });
}
