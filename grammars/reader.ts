import type { Span, SyntaxProblem } from "./nodes.ts";

/** The part of a tree cursor that tree-sitter's native and WebAssembly bindings have in common. */
export interface Cursor {
  readonly nodeType: string;
  readonly nodeTypeId: number;
  readonly nodeIsNamed: boolean;
  readonly nodeIsMissing: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/** One node type of the grammar. */
interface NodeType {
  readonly name: string;
  /** How many characters a node of this type has; 0 where they differ. */
  readonly length: number;
  readonly isToken: boolean;
}

/** The grammar's node types by their number, filled as they are met. */
export type NodeTypes = NodeType[];

/** An identifier as Python knows it: outside ASCII in its NFKC form. */
export interface Identifier extends Span {
  readonly text: string;
}

/**
 * A tree cursor that passes over comments, for the functions that lower one node type each.
 *
 * Their contract: called with the cursor on their node, they return with the cursor on the same
 * node, having read all of its tokens.
 *
 * Every call of the cursor crosses into native code or WebAssembly, which costs more than anything
 * done here. Where a node starts is therefore worked out from the text: after the token read last,
 * and the white space behind it. The cursor is asked where tokens end whose length is not known.
 */
export class Reader {
  /** Grammar name of the node under the cursor: `call`, `if_statement`, `(`. Unset after `leave`. */
  type = "";
  readonly comments: Span[] = [];
  readonly identifiers = new Set<string>();
  readonly problems: SyntaxProblem[] = [];

  readonly text: string;
  /** What the tree is made of: the source, perhaps with other white space, at the same places. */
  private readonly parsed: string;
  private readonly cursor: Cursor;
  private readonly types: NodeTypes;
  /** End of the token read last. */
  private position = 0;
  /** Start of the node under the cursor; -1 until it is asked for. */
  private nodeStart = -1;
  /** End of the node under the cursor, where its length is known; else -1. */
  private nodeEnd = -1;

  constructor(text: string, parsed: string, cursor: Cursor, types: NodeTypes) {
    this.text = text;
    this.parsed = parsed;
    this.cursor = cursor;
    this.types = types;
    this.readType();
  }

  /** Goes to the first child; false where there is none. */
  enter(): boolean {
    if (!this.cursor.gotoFirstChild()) return false;
    if (this.settle()) return true;
    this.leave();
    return false;
  }

  /** Goes to the first child, which the grammar makes a bracket: its type is not read. */
  open(): void {
    this.cursor.gotoFirstChild();
    this.consume(this.skipBlanks(), 1);
  }

  /** Goes to the next sibling; false, and no move, at the last one. */
  next(): boolean {
    return this.cursor.gotoNextSibling() && this.settle();
  }

  /** Goes to the next sibling, which the grammar makes a token of this length: its type is not read. */
  pass(length: number): void {
    this.cursor.gotoNextSibling();
    const start = this.skipSpaces();
    if (this.mayBeExtra(start)) this.settle();
    else this.consume(start, length);
  }

  /** Goes to the next sibling, which the grammar makes an identifier, and reads it. */
  nextIdentifier(): Identifier {
    this.cursor.gotoNextSibling();
    const start = this.skipSpaces();
    if (this.mayBeExtra(start)) this.settle();
    else this.nodeStart = start;
    return this.identifier();
  }

  /** Goes to the next sibling and says whether it is a comma, and not the bracket after the last element. */
  comma(): boolean {
    if (!this.cursor.gotoNextSibling()) return false;
    const start = this.skipSpaces();
    const type = PUNCTUATION[this.parsed.charCodeAt(start)];
    if (type) {
      this.type = type;
      this.consume(start, 1);
      return type === ",";
    }
    return this.settle() && this.type === ",";
  }

  /** Goes back to the node that was entered. */
  leave(): void {
    this.cursor.gotoParent();
    this.nodeStart = -1;
    this.nodeEnd = -1;
  }

  /** Whether the cursor is on a node of this type; unlike `type`, never narrowed by the compiler. */
  is(type: string): boolean {
    return this.type === type;
  }

  start(): number {
    if (this.nodeStart < 0) this.nodeStart = this.skipBlanks();
    return this.nodeStart;
  }

  /** End of the node under the cursor, which counts as read by this. */
  end(): number {
    this.position = this.nodeEnd < 0 ? this.cursor.endIndex : this.nodeEnd;
    return this.position;
  }

  /** Start of the node under the cursor where what stands before it is not read, as in strings. */
  seek(): number {
    this.nodeStart = this.cursor.startIndex;
    this.position = this.nodeStart;
    return this.nodeStart;
  }

  /** Continues reading at a place that is known to be the end of a node. */
  resume(position: number): void {
    this.position = position;
  }

  /** Reads the identifier under the cursor. */
  identifier(): Identifier {
    const start = this.start();
    let end = start;
    while (isWordCharacter(this.parsed.charCodeAt(end))) end++;
    const isAscii = !(this.parsed.charCodeAt(end) >= FIRST_NON_ASCII);
    this.nodeEnd = -1;
    this.position = isAscii ? end : this.end();
    const source = this.text.slice(start, this.position);
    const text = isAscii ? source : source.normalize("NFKC");
    this.identifiers.add(text);
    return { text, start, end: this.position };
  }

  report(kind: SyntaxProblem["kind"], span: Span, detail: string): void {
    this.problems.push({ kind, start: span.start, end: span.end, detail });
  }

  /** Visits a subtree only for its comments and identifiers. */
  skim(): void {
    if (this.type === "identifier") this.identifier();
    else if (this.enter()) {
      do this.skim();
      while (this.next());
      this.leave();
    } else this.end();
  }

  /** Reads the type under the cursor, and goes on while that is no part of the syntax; false past the end. */
  private settle(): boolean {
    this.readType();
    while (this.type === "comment" || this.type === "line_continuation") {
      const start = this.start();
      const end = this.end();
      if (this.type === "comment") {
        const isCut = this.parsed.charCodeAt(end - 1) === CARRIAGE_RETURN;
        this.comments.push({ start, end: isCut ? end - 1 : end });
      }
      if (!this.cursor.gotoNextSibling()) return false;
      this.readType();
    }
    return true;
  }

  private readType(): void {
    const id = this.cursor.nodeTypeId;
    const type = this.types[id] ?? this.learnType(id);
    this.type = type.name;
    this.nodeStart = -1;
    this.nodeEnd = -1;
    if (type.length > 0) this.consume(this.skipBlanks(), type.length);
    else if (type.isToken) this.end();
  }

  private learnType(id: number): NodeType {
    const name = intern(this.cursor.nodeType);
    const isToken = !this.cursor.nodeIsNamed;
    // `not in` may have any white space in the middle.
    const isFixed = isToken && !name.includes(" ");
    const type = { name, length: isFixed ? name.length : (NAMED_LENGTHS[name] ?? 0), isToken };
    this.types[id] = type;
    return type;
  }

  private consume(start: number, length: number): void {
    this.nodeStart = start;
    this.nodeEnd = start + length;
    this.position = this.nodeEnd;
  }

  /** The next place after white space. */
  private skipSpaces(): number {
    let place = this.position;
    while (this.parsed.charCodeAt(place) <= SPACE) place++;
    return place;
  }

  /** The next place after white space and line continuations, which the grammar does not always show. */
  private skipBlanks(): number {
    for (;;) {
      const place = this.skipSpaces();
      const code = this.parsed.charCodeAt(place);
      if (code >= FIRST_NON_ASCII) return this.cursor.startIndex;
      if (code !== BACKSLASH) return place;
      this.position = place + 1;
    }
  }

  private mayBeExtra(place: number): boolean {
    const code = this.parsed.charCodeAt(place);
    return code === HASH || code === BACKSLASH || code >= FIRST_NON_ASCII;
  }
}

/** Named nodes that are always the same text. */
const NAMED_LENGTHS: Readonly<Record<string, number | undefined>> = {
  true: "True".length,
  false: "False".length,
  none: "None".length,
  ellipsis: "...".length,
  wildcard_import: 1,
  keyword_separator: 1,
  positional_separator: 1,
  pass_statement: "pass".length,
  break_statement: "break".length,
  continue_statement: "continue".length,
};

const SPACE = 0x20;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const CARRIAGE_RETURN = 0x0d;
const FIRST_NON_ASCII = 0x80;

/** What may follow an element, by its code: no other token begins so. */
const PUNCTUATION: (string | undefined)[] = new Array(0x80);
for (const token of [",", ")", "]", "}"]) PUNCTUATION[token.charCodeAt(0)] = token;

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
