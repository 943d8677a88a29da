import type { Span, SyntaxProblem } from "./nodes.ts";

/** The part of a tree cursor that tree-sitter's native and WebAssembly bindings have in common. */
export interface Cursor {
  readonly nodeType: string;
  readonly nodeTypeId: number;
  readonly nodeIsMissing: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/** Names of the grammar's node types by their number, filled as they are met. */
export type TypeNames = string[];

/**
 * A tree cursor that passes over comments, for the functions that lower one node type each.
 *
 * Their contract: called with the cursor on their node, they return with the cursor on the same
 * node. Every call of the cursor crosses into native code or WebAssembly, which costs more than
 * anything done here, so that types are looked up by number and spans are asked for at leaves only.
 */
export class Reader {
  /** Grammar name of the node under the cursor: `call`, `if_statement`, `(`. Unset after `leave`. */
  type = "";
  readonly comments: Span[] = [];
  readonly identifiers = new Set<string>();
  readonly problems: SyntaxProblem[] = [];

  readonly text: string;
  private readonly cursor: Cursor;
  private readonly names: TypeNames;

  constructor(text: string, cursor: Cursor, names: TypeNames) {
    this.text = text;
    this.cursor = cursor;
    this.names = names;
    this.readType();
  }

  /** Goes to the first child; false where there is none. */
  enter(): boolean {
    if (!this.cursor.gotoFirstChild()) return false;
    this.readType();
    if (!this.atExtra() || this.next()) return true;
    this.leave();
    return false;
  }

  /** Goes to the next sibling; false, and no move, at the last one. */
  next(): boolean {
    do {
      if (!this.cursor.gotoNextSibling()) return false;
      this.readType();
    } while (this.atExtra());
    return true;
  }

  /** Goes back to the node that was entered, past comments that follow the last sibling read. */
  leave(): void {
    this.cursor.gotoParent();
  }

  /** Whether the cursor is on a node of this type; unlike `type`, never narrowed by the compiler. */
  is(type: string): boolean {
    return this.type === type;
  }

  start(): number {
    return this.cursor.startIndex;
  }

  end(): number {
    return this.cursor.endIndex;
  }

  /** The identifier under the cursor as Python knows it: outside ASCII in its NFKC form. */
  identifier(start: number, end: number): string {
    let name = this.text.slice(start, end);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the range meant here.
    if (/[^\x00-\x7f]/.test(name)) name = name.normalize("NFKC");
    this.identifiers.add(name);
    return name;
  }

  /** End of the identifier at `start`: a scan of its few letters is faster than a cursor call. */
  identifierEnd(start: number): number {
    for (let end = start; ; end++) {
      const code = this.text.charCodeAt(end);
      if (code >= 0x80) return this.end();
      if (!isWordCharacter(code)) return end;
    }
  }

  report(kind: SyntaxProblem["kind"], span: Span, detail: string): void {
    this.problems.push({ kind, start: span.start, end: span.end, detail });
  }

  /** Visits a subtree only for its comments and identifiers. */
  skim(): void {
    if (this.type === "identifier") {
      const start = this.start();
      this.identifier(start, this.identifierEnd(start));
    } else if (this.enter()) {
      do this.skim();
      while (this.next());
      this.leave();
    }
  }

  private readType(): void {
    const id = this.cursor.nodeTypeId;
    this.type = this.names[id] ??= intern(this.cursor.nodeType);
  }

  private atExtra(): boolean {
    if (this.type === "comment") {
      const start = this.start();
      let end = this.end();
      if (this.text.charCodeAt(end - 1) === 0x0d) end--;
      this.comments.push({ start, end });
      return true;
    }
    return this.type === "line_continuation";
  }
}

/** `0-9 A-Z _ a-z`; NaN, the end of the text, is none. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x5f ||
    (code >= 0x30 && code <= 0x39)
  );
}

/** The engine's shared copy of a string, which compares and looks up by address. */
function intern(name: string): string {
  return Object.keys({ [name]: true })[0] ?? name;
}
