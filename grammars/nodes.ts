/**
 * The syntax tree: typed, read-only Python nodes, named after CPython's `ast` module.
 *
 * Offsets are UTF-16 code units into the source text, `end` exclusive. A node never covers
 * the line end or the comments around it. Parentheses around an expression are no node;
 * `parenthesized` tells the outermost pair where an edit has to keep or drop it.
 *
 * Where it differs from `ast`: a definition starts at its first decorator, `elif` is told apart, a
 * generator that shares the parentheses of its call leaves them out.
 */

import type { Argument, Base, Expr, Name, Parameter, Parameters, Span } from "./expression-nodes.ts";

export type * from "./expression-nodes.ts";

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
