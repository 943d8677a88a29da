/** The expressions of the syntax tree; `nodes.ts` says what holds for all nodes. */
import type { Node } from "./nodes.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Base extends Span {
  /** The node this one stands in; null for the module. Set once by the lowering. */
  readonly parent: Node | null;
}

interface ExprBase extends Base {
  /** The outermost parentheses around the expression, where there are any. */
  readonly parenthesized?: Span;
}

export interface Name extends ExprBase {
  readonly type: "Name";
  readonly id: string;
}
/** `value` is a bigint where the literal exceeds 2^53; complex literals have `imaginary`. */
export interface NumberLiteral extends ExprBase {
  readonly type: "Number";
  readonly value: number | bigint;
  readonly isFloat: boolean;
  readonly imaginary: boolean;
}
/** One or more adjacent literals without replacement fields: `value` is what Python sees. */
export interface StringLiteral extends ExprBase {
  readonly type: "String";
  readonly value: string;
  readonly bytes: boolean;
  /** Prefix and quotes of the first part, such as `'`, `r"` or `"""`. */
  readonly quote: string;
}
/**
 * An f-string (or a concatenation with one): its texts and the expressions in its replacement fields.
 * Fields inside a format (`{value:{width}}`) follow the field that they format.
 */
export interface FString extends ExprBase {
  readonly type: "FString";
  readonly parts: readonly (string | Expr)[];
  /** Whether a field has more than a value (`!r`, `:.3f`, `=`): the text is then not `str` of the values. */
  readonly formatted: boolean;
}
export interface ConstantLiteral extends ExprBase {
  readonly type: "Constant";
  readonly value: true | false | null | "...";
}
export interface Attribute extends ExprBase {
  readonly type: "Attribute";
  readonly value: Expr;
  readonly attr: string;
  readonly attrSpan: Span;
}
export interface Subscript extends ExprBase {
  readonly type: "Subscript";
  readonly value: Expr;
  /** `a[i, j]` has a Tuple here, `a[1:2]` a Slice. */
  readonly index: Expr;
}
export interface Slice extends ExprBase {
  readonly type: "Slice";
  readonly lower: Expr | null;
  readonly upper: Expr | null;
  readonly step: Expr | null;
}
/** One argument of a call or of a class statement's bases. */
export interface Argument extends Base {
  readonly type: "Argument";
  /** `name` in `name=value`; null for positional ones and for `*` and `**`. */
  readonly name: string | null;
  readonly star: "" | "*" | "**";
  readonly value: Expr;
}
export interface Call extends ExprBase {
  readonly type: "Call";
  readonly func: Expr;
  readonly args: readonly Argument[];
  /** From `(` to `)`, both included. */
  readonly argsSpan: Span;
}
export interface Tuple extends ExprBase {
  readonly type: "Tuple";
  readonly elements: readonly Expr[];
}
export interface List extends ExprBase {
  readonly type: "List";
  readonly elements: readonly Expr[];
}
export interface SetDisplay extends ExprBase {
  readonly type: "Set";
  readonly elements: readonly Expr[];
}
export interface DictItem {
  /** null for `**value`. */
  readonly key: Expr | null;
  readonly value: Expr;
}
export interface Dict extends ExprBase {
  readonly type: "Dict";
  readonly items: readonly DictItem[];
}
export interface Starred extends ExprBase {
  readonly type: "Starred";
  readonly value: Expr;
}
export interface BinOp extends ExprBase {
  readonly type: "BinOp";
  /** `+ - * / // % ** @ << >> & | ^` */
  readonly op: string;
  readonly left: Expr;
  readonly right: Expr;
}
export interface UnaryOp extends ExprBase {
  readonly type: "UnaryOp";
  /** `- + ~ not` */
  readonly op: string;
  readonly operand: Expr;
}
export interface BoolOp extends ExprBase {
  readonly type: "BoolOp";
  readonly op: "and" | "or";
  readonly left: Expr;
  readonly right: Expr;
}
export interface Compare extends ExprBase {
  readonly type: "Compare";
  readonly left: Expr;
  /** `< <= > >= == != in`, `not in`, `is`, `is not`, one for each comparator. */
  readonly ops: readonly string[];
  readonly comparators: readonly Expr[];
}
export interface IfExp extends ExprBase {
  readonly type: "IfExp";
  readonly test: Expr;
  readonly body: Expr;
  readonly orelse: Expr;
}
export interface Lambda extends ExprBase {
  readonly type: "Lambda";
  readonly params: Parameters;
  readonly body: Expr;
}
export interface ComprehensionClause {
  readonly target: Expr;
  readonly iter: Expr;
  readonly ifs: readonly Expr[];
  readonly isAsync: boolean;
}
export interface Comprehension extends ExprBase {
  readonly type: "Comprehension";
  readonly kind: "list" | "set" | "dict" | "generator";
  /** For a dict comprehension the key; `value` is then the value. */
  readonly element: Expr;
  readonly value: Expr | null;
  readonly clauses: readonly ComprehensionClause[];
}
export interface Await extends ExprBase {
  readonly type: "Await";
  readonly value: Expr;
}
export interface Yield extends ExprBase {
  readonly type: "Yield";
  readonly from: boolean;
  readonly value: Expr | null;
}
export interface NamedExpr extends ExprBase {
  readonly type: "NamedExpr";
  readonly target: Name;
  readonly value: Expr;
}

export type Expr =
  | Name
  | NumberLiteral
  | StringLiteral
  | FString
  | ConstantLiteral
  | Attribute
  | Subscript
  | Slice
  | Call
  | Tuple
  | List
  | SetDisplay
  | Dict
  | Starred
  | BinOp
  | UnaryOp
  | BoolOp
  | Compare
  | IfExp
  | Lambda
  | Comprehension
  | Await
  | Yield
  | NamedExpr;

export interface Parameter extends Base {
  readonly type: "Parameter";
  readonly name: string;
  readonly nameSpan: Span;
  readonly kind: "positional-only" | "regular" | "keyword-only" | "*" | "**";
  readonly annotation: Expr | null;
  readonly default: Expr | null;
}
export type Parameters = readonly Parameter[];
