/**
 * The syntax tree: typed, read-only Python nodes, named after CPython's `ast` module.
 *
 * Offsets are UTF-16 code units into the source text, `end` exclusive. A node never covers
 * the line end or the comments around it. Parentheses around an expression are no node;
 * `parenthesized` tells the outermost pair where an edit has to keep or drop it.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Base extends Span {
  /** The node this one stands in; null for the module. Set once by the lowering. */
  readonly parent: Node | null;
}

interface ExprBase extends Base {
  /** The outermost parentheses around the expression, where there are any. */
  readonly parenthesized?: Span;
}

// Expressions

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

// Functions

export interface Parameter extends Base {
  readonly type: "Parameter";
  readonly name: string;
  readonly nameSpan: Span;
  readonly kind: "positional-only" | "regular" | "keyword-only" | "*" | "**";
  readonly annotation: Expr | null;
  readonly default: Expr | null;
}
export type Parameters = readonly Parameter[];

// Statements

export interface ExprStmt extends Base {
  readonly type: "ExprStmt";
  readonly value: Expr;
}
/** `a = b = value` has two targets. */
export interface Assign extends Base {
  readonly type: "Assign";
  readonly targets: readonly Expr[];
  readonly value: Expr;
}
export interface AugAssign extends Base {
  readonly type: "AugAssign";
  readonly target: Expr;
  /** Without the `=`. */
  readonly op: string;
  readonly value: Expr;
}
export interface AnnAssign extends Base {
  readonly type: "AnnAssign";
  readonly target: Expr;
  readonly annotation: Expr;
  readonly value: Expr | null;
}
export interface Return extends Base {
  readonly type: "Return";
  readonly value: Expr | null;
}
export interface Delete extends Base {
  readonly type: "Delete";
  readonly targets: readonly Expr[];
}
export interface Raise extends Base {
  readonly type: "Raise";
  readonly exc: Expr | null;
  readonly cause: Expr | null;
}
export interface Assert extends Base {
  readonly type: "Assert";
  readonly test: Expr;
  readonly msg: Expr | null;
}
export interface Pass extends Base {
  readonly type: "Pass";
}
export interface Break extends Base {
  readonly type: "Break";
}
export interface Continue extends Base {
  readonly type: "Continue";
}
export interface Global extends Base {
  readonly type: "Global";
  readonly names: readonly string[];
}
export interface Nonlocal extends Base {
  readonly type: "Nonlocal";
  readonly names: readonly string[];
}
/** `a.b as c` in an import; `name` is dotted. */
export interface Alias extends Base {
  readonly type: "Alias";
  readonly name: string;
  readonly asname: string | null;
}
export interface Import extends Base {
  readonly type: "Import";
  readonly names: readonly Alias[];
}
/** `names` is empty for `from module import *`. */
export interface ImportFrom extends Base {
  readonly type: "ImportFrom";
  /** Dotted, without leading dots; empty for `from . import x`. */
  readonly module: string;
  /** Number of leading dots. */
  readonly level: number;
  readonly names: readonly Alias[];
  readonly star: boolean;
}
/** `elif` is an If alone in `orelse`, with `elif` true. */
export interface If extends Base {
  readonly type: "If";
  readonly elif: boolean;
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
  /** From `else` to the end of its block; null without an `else` (or for `elif`). */
  readonly elseSpan: Span | null;
}
export interface For extends Base {
  readonly type: "For";
  readonly isAsync: boolean;
  readonly target: Expr;
  readonly iter: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
}
export interface While extends Base {
  readonly type: "While";
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly orelse: readonly Stmt[];
}
export interface WithItem {
  readonly context: Expr;
  readonly target: Expr | null;
}
export interface With extends Base {
  readonly type: "With";
  readonly isAsync: boolean;
  readonly items: readonly WithItem[];
  readonly body: readonly Stmt[];
}
export interface ExceptHandler extends Base {
  readonly type: "ExceptHandler";
  readonly exception: Expr | null;
  readonly name: string | null;
  readonly isStar: boolean;
  readonly body: readonly Stmt[];
}
export interface Try extends Base {
  readonly type: "Try";
  readonly body: readonly Stmt[];
  readonly handlers: readonly ExceptHandler[];
  readonly orelse: readonly Stmt[];
  readonly finalbody: readonly Stmt[];
}
export interface FunctionDef extends Base {
  readonly type: "FunctionDef";
  readonly isAsync: boolean;
  readonly name: string;
  readonly nameSpan: Span;
  readonly decorators: readonly Expr[];
  readonly params: Parameters;
  readonly returns: Expr | null;
  readonly body: readonly Stmt[];
}
export interface ClassDef extends Base {
  readonly type: "ClassDef";
  readonly name: string;
  readonly nameSpan: Span;
  readonly decorators: readonly Expr[];
  readonly bases: readonly Argument[];
  readonly body: readonly Stmt[];
}
export interface MatchCase {
  /** Names that the pattern binds. */
  readonly names: readonly Name[];
  /** Dotted names and literals that the pattern reads. */
  readonly reads: readonly Expr[];
  readonly guard: Expr | null;
  readonly body: readonly Stmt[];
}
export interface Match extends Base {
  readonly type: "Match";
  readonly subject: Expr;
  readonly cases: readonly MatchCase[];
}
export interface TypeAlias extends Base {
  readonly type: "TypeAlias";
  readonly name: Name;
  readonly value: Expr;
}

export type Stmt =
  | ExprStmt
  | Assign
  | AugAssign
  | AnnAssign
  | Return
  | Delete
  | Raise
  | Assert
  | Pass
  | Break
  | Continue
  | Global
  | Nonlocal
  | Import
  | ImportFrom
  | If
  | For
  | While
  | With
  | Try
  | FunctionDef
  | ClassDef
  | Match
  | TypeAlias;

export interface Module extends Base {
  readonly type: "Module";
  readonly body: readonly Stmt[];
  /** Every comment, in order, from `#` to the end of its line. */
  readonly comments: readonly Span[];
  /** Every identifier that the file names in any role: variable, attribute, parameter, keyword, import. */
  readonly identifiers: ReadonlySet<string>;
}

export type Node = Module | Stmt | Expr | Argument | Parameter | Alias | ExceptHandler;

/** A place where the text is not Python 3. */
export interface SyntaxProblem extends Span {
  readonly kind: "syntax-error" | "python2";
  /** What stands there, for the message: `print statement`, `unexpected )`, `missing :`. */
  readonly detail: string;
}

export interface ParseResult {
  /** null where `problems` is not empty. */
  readonly module: Module | null;
  readonly problems: readonly SyntaxProblem[];
}

/** A loaded parser, native or WebAssembly. */
export interface PythonParser {
  readonly backend: "native" | "wasm";
  parse(text: string): ParseResult;
}
