import type { Expr, Match, MatchCase, Name } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { attributeNode, commaSeparated, expression, name } from "./expressions.ts";
import { type Block, suite } from "./statements.ts";

/** `match a: case [b, *c] if d: ...` */
export function match(reader: Reader): Match {
  const cases: MatchCase[] = [];
  reader.enter();
  const start = reader.start();
  reader.next();
  const subject = commaSeparated(reader, expression, ":");
  let { end } = subject;
  reader.next();
  if (reader.enter()) {
    do {
      const [matchCase, block] = lowerCase(reader);
      cases.push(matchCase);
      end = block.end;
    } while (reader.next());
    reader.leave();
  } else {
    reader.report(
      "syntax-error",
      { start: reader.start(), end: reader.start() },
      "expected an indented block",
    );
  }
  reader.leave();
  return { type: "Match", start, end, parent: null, subject, cases };
}

/** What the patterns of one case bind and read; numbers are read without their sign. */
interface Uses {
  readonly names: Name[];
  readonly reads: Expr[];
}

function lowerCase(reader: Reader): [MatchCase, Block] {
  const uses: Uses = { names: [], reads: [] };
  let guard: Expr | null = null;
  reader.enter();
  while (reader.next() && reader.type !== ":") {
    if (reader.type === "if_clause") {
      reader.enter();
      reader.next();
      guard = expression(reader);
      reader.leave();
    } else if (reader.type !== ",") {
      pattern(reader, uses);
    }
  }
  reader.next();
  const block = suite(reader);
  reader.leave();
  return [{ ...uses, guard, body: block.body }, block];
}

function pattern(reader: Reader, uses: Uses): void {
  switch (reader.type) {
    case "dotted_name":
      dottedName(reader, uses, true);
      break;
    case "class_pattern":
      reader.enter();
      dottedName(reader, uses, false);
      patternsAfter(reader, uses);
      break;
    case "keyword_pattern":
      reader.enter();
      reader.skim();
      patternsAfter(reader, uses);
      break;
    case "identifier":
      uses.names.push(name(reader));
      break;
    case "string":
    case "concatenated_string":
    case "integer":
    case "float":
    case "true":
    case "false":
    case "none":
      uses.reads.push(expression(reader));
      break;
    default:
      // Punctuation, `_` and the nodes that only hold other patterns.
      if (reader.enter()) {
        pattern(reader, uses);
        patternsAfter(reader, uses);
      }
  }
}

/** Goes on with the siblings and leaves their parent. */
function patternsAfter(reader: Reader, uses: Uses): void {
  while (reader.next()) pattern(reader, uses);
  reader.leave();
}

/** A name alone captures, unless it is a class to match; `a.b` is read. */
function dottedName(reader: Reader, uses: Uses, mayCapture: boolean): void {
  reader.enter();
  const first = name(reader);
  let value: Expr = first;
  while (reader.next()) {
    if (reader.type === ".") continue;
    const attr = reader.identifier();
    value = attributeNode(value, attr);
  }
  reader.leave();
  if (value === first && mayCapture) uses.names.push(first);
  else uses.reads.push(value);
}
