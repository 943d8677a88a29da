import type { Attribute, Comprehension, Dict, Expr, Match, Name, Node, Span, Stmt } from "./nodes.ts";

type Visit = (child: Node) => void;

/** Calls `visit` with each child of a node, in the order of the source. */
export function forEachChild(node: Node, visit: Visit): void {
  switch (node.type) {
    case "Name":
    case "Number":
    case "String":
    case "Constant":
    case "Alias":
    case "Pass":
    case "Break":
    case "Continue":
    case "Global":
    case "Nonlocal":
      return;
    case "Attribute":
    case "Starred":
    case "Await":
    case "ExprStmt":
    case "Argument":
      visit(node.value);
      return;
    case "Call":
      visit(node.func);
      node.args.forEach(visit);
      return;
    case "Subscript":
      visit(node.value);
      visit(node.index);
      return;
    case "Slice":
      optional(node.lower, visit);
      optional(node.upper, visit);
      optional(node.step, visit);
      return;
    case "Tuple":
    case "List":
    case "Set":
      node.elements.forEach(visit);
      return;
    case "Dict":
      dictChildren(node, visit);
      return;
    case "FString":
      for (const part of node.parts) if (typeof part !== "string") visit(part);
      return;
    case "BinOp":
    case "BoolOp":
      visit(node.left);
      visit(node.right);
      return;
    case "UnaryOp":
      visit(node.operand);
      return;
    case "Compare":
      visit(node.left);
      node.comparators.forEach(visit);
      return;
    case "IfExp":
      visit(node.body);
      visit(node.test);
      visit(node.orelse);
      return;
    case "Lambda":
      node.params.forEach(visit);
      visit(node.body);
      return;
    case "Comprehension":
      comprehensionChildren(node, visit);
      return;
    case "Yield":
    case "Return":
      optional(node.value, visit);
      return;
    case "NamedExpr":
    case "AugAssign":
      visit(node.target);
      visit(node.value);
      return;
    case "Parameter":
      optional(node.annotation, visit);
      optional(node.default, visit);
      return;
    case "Assign":
      node.targets.forEach(visit);
      visit(node.value);
      return;
    case "AnnAssign":
      visit(node.target);
      visit(node.annotation);
      optional(node.value, visit);
      return;
    case "Delete":
      node.targets.forEach(visit);
      return;
    case "Raise":
      optional(node.exc, visit);
      optional(node.cause, visit);
      return;
    case "Assert":
      visit(node.test);
      optional(node.msg, visit);
      return;
    case "Import":
    case "ImportFrom":
      node.names.forEach(visit);
      return;
    case "If":
    case "While":
      visit(node.test);
      node.body.forEach(visit);
      node.orelse.forEach(visit);
      return;
    case "For":
      visit(node.target);
      visit(node.iter);
      node.body.forEach(visit);
      node.orelse.forEach(visit);
      return;
    case "With":
      for (const item of node.items) {
        visit(item.context);
        optional(item.target, visit);
      }
      node.body.forEach(visit);
      return;
    case "Try":
      node.body.forEach(visit);
      node.handlers.forEach(visit);
      node.orelse.forEach(visit);
      node.finalbody.forEach(visit);
      return;
    case "ExceptHandler":
      optional(node.exception, visit);
      node.body.forEach(visit);
      return;
    case "FunctionDef":
      node.decorators.forEach(visit);
      node.params.forEach(visit);
      optional(node.returns, visit);
      node.body.forEach(visit);
      return;
    case "ClassDef":
      node.decorators.forEach(visit);
      node.bases.forEach(visit);
      node.body.forEach(visit);
      return;
    case "Match":
      matchChildren(node, visit);
      return;
    case "TypeAlias":
      visit(node.name);
      visit(node.value);
      return;
    case "Module":
      node.body.forEach(visit);
      return;
  }
}

function optional(node: Node | null, visit: Visit): void {
  if (node) visit(node);
}

function dictChildren(node: Dict, visit: Visit): void {
  for (const item of node.items) {
    optional(item.key, visit);
    visit(item.value);
  }
}

function comprehensionChildren(node: Comprehension, visit: Visit): void {
  visit(node.element);
  optional(node.value, visit);
  for (const clause of node.clauses) {
    visit(clause.target);
    visit(clause.iter);
    clause.ifs.forEach(visit);
  }
}

function matchChildren(node: Match, visit: Visit): void {
  visit(node.subject);
  for (const { names, reads, guard, body } of node.cases) {
    [...names, ...reads].sort((a, b) => a.start - b.start).forEach(visit);
    optional(guard, visit);
    body.forEach(visit);
  }
}

/** The children of a node, in the order of the source. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  forEachChild(node, (child) => found.push(child));
  return found;
}

/** Visits a node and all below it, parents first; `visit` returns false to pass over what is below. */
export function walk(node: Node, visit: (node: Node) => unknown): void {
  if (visit(node) === false) return;
  forEachChild(node, (child) => walk(child, visit));
}

/** Whether a node's text lies in another's. */
export function isWithin(node: Span, outer: Span): boolean {
  return outer.start <= node.start && node.end <= outer.end;
}

/** Whether it is `super().__init__(...)`. */
export function isBaseInit(node: Node): boolean {
  if (node.type !== "Call" || node.func.type !== "Attribute" || node.func.attr !== "__init__") return false;
  const owner = node.func.value;
  return owner.type === "Call" && owner.func.type === "Name" && owner.func.id === "super";
}

/** The statement that an expression, or any other part of one, stands in; a statement is its own. */
export function enclosingStatement(node: Node): Stmt | null {
  let found: Node | null = node;
  while (found && !isStatement(found)) found = found.parent;
  return found;
}

/** The name that a statement gives its value, where it does nothing else: `name = value`. */
export function boundName(statement: Stmt | null): Name | undefined {
  const [target, ...more] = statement?.type === "Assign" ? statement.targets : [];
  return target?.type === "Name" && more.length === 0 ? target : undefined;
}

/** Whether a node runs more than once where its function runs once. */
export function isInLoop(node: Node): boolean {
  for (let at = node.parent; at && at.type !== "FunctionDef"; at = at.parent)
    if (at.type === "For" || at.type === "While") return true;
  return false;
}

const STATEMENT_TYPES: ReadonlySet<Node["type"]> = new Set<Stmt["type"]>([
  "ExprStmt",
  "Assign",
  "AugAssign",
  "AnnAssign",
  "Return",
  "Delete",
  "Raise",
  "Assert",
  "Pass",
  "Break",
  "Continue",
  "Global",
  "Nonlocal",
  "Import",
  "ImportFrom",
  "If",
  "For",
  "While",
  "With",
  "Try",
  "FunctionDef",
  "ClassDef",
  "Match",
  "TypeAlias",
]);

export function isStatement(node: Node): node is Stmt {
  return STATEMENT_TYPES.has(node.type);
}

/** The lists of statements directly inside a statement, in the order of the source. */
export function blocksOf(statement: Stmt): readonly (readonly Stmt[])[] {
  switch (statement.type) {
    case "If":
    case "For":
    case "While":
      return [statement.body, statement.orelse];
    case "With":
    case "FunctionDef":
    case "ClassDef":
      return [statement.body];
    case "Try":
      return [
        statement.body,
        ...statement.handlers.map(({ body }) => body),
        statement.orelse,
        statement.finalbody,
      ];
    case "Match":
      return statement.cases.map(({ body }) => body);
    default:
      return [];
  }
}

/** The span of an expression with the parentheses around it. */
export function outerSpan(expr: Expr): Span {
  return expr.parenthesized ?? expr;
}

/** The source text of a span or node; parentheses around an expression are left out. */
export function sourceOf(text: string, span: Span): string {
  return text.slice(span.start, span.end);
}

/** Whether a name or an attribute stands where it is bound. */
export function isTarget(node: Name | Attribute): boolean {
  let at: Node = node;
  let { parent } = node;
  while (parent && (parent.type === "Tuple" || parent.type === "List" || parent.type === "Starred")) {
    at = parent;
    parent = parent.parent;
  }
  switch (parent?.type) {
    case "Assign":
      return parent.targets.includes(at as Expr);
    case "AugAssign":
    case "AnnAssign":
    case "NamedExpr":
    case "For":
      return parent.target === at;
    case "With":
      return parent.items.some((item) => item.target === at);
    case "Comprehension":
      return parent.clauses.some((clause) => clause.target === at);
    case "Delete":
      return true;
    case "Match":
      return node.type === "Name" && parent.cases.some((one) => one.names.includes(node));
    default:
      return false;
  }
}

/** The statements among which a statement stands. */
export function blockOf(statement: Stmt): readonly Stmt[] {
  const { parent } = statement;
  if (!parent) return [statement];
  const own = parent.type === "Module" || parent.type === "ExceptHandler" ? [parent.body] : [];
  const blocks = isStatement(parent) ? blocksOf(parent) : own;
  return blocks.find((block) => block.includes(statement)) ?? [statement];
}
