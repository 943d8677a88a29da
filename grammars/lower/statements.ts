import type { Stmt } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import {
  classDefinition,
  decorated,
  forStatement,
  functionDefinition,
  ifStatement,
  tryStatement,
  whileStatement,
  withStatement,
} from "./compound.ts";
import { describe } from "./expressions.ts";
import { futureImport, importFrom, importStatement } from "./imports.ts";
import { match } from "./match.ts";
import {
  assertStatement,
  deleteStatement,
  expressionStatement,
  global,
  keywordStatement,
  nonlocal,
  raiseStatement,
  returnStatement,
  typeAlias,
} from "./simple.ts";

const STATEMENTS: Readonly<Record<string, ((reader: Reader) => Stmt) | undefined>> = {
  expression_statement: expressionStatement,
  import_statement: importStatement,
  import_from_statement: importFrom,
  future_import_statement: futureImport,
  if_statement: ifStatement,
  for_statement: forStatement,
  while_statement: whileStatement,
  with_statement: withStatement,
  try_statement: tryStatement,
  match_statement: match,
  function_definition: functionDefinition,
  class_definition: classDefinition,
  decorated_definition: decorated,
  return_statement: returnStatement,
  raise_statement: raiseStatement,
  assert_statement: assertStatement,
  delete_statement: deleteStatement,
  global_statement: global,
  nonlocal_statement: nonlocal,
  type_alias_statement: typeAlias,
  pass_statement: (reader) => keywordStatement(reader, "Pass"),
  break_statement: (reader) => keywordStatement(reader, "Break"),
  continue_statement: (reader) => keywordStatement(reader, "Continue"),
};

/** What only Python 2 has; the grammar knows these statements, the typed tree does not. */
const PYTHON2: Readonly<Record<string, string | undefined>> = {
  print_statement: "print statement",
  exec_statement: "exec statement",
};

/** Lowers the children of a module. */
export function statements(reader: Reader): Stmt[] {
  const body: Stmt[] = [];
  if (!reader.enter()) return body;
  do {
    const lower = STATEMENTS[reader.type];
    if (lower) body.push(lower(reader));
    else if (reader.type !== ";") unknownStatement(reader);
  } while (reader.next());
  reader.leave();
  return body;
}

/** Lowers the block after a colon, which the grammar lets be empty. */
export function suite(reader: Reader): Stmt[] {
  const body = statements(reader);
  if (body.length === 0) {
    const place = reader.start();
    reader.report("syntax-error", { start: place, end: place }, "expected an indented block");
  }
  return body;
}

function unknownStatement(reader: Reader): void {
  const span = { start: reader.start(), end: reader.end() };
  const python2 = PYTHON2[reader.type];
  if (python2) reader.report("python2", span, python2);
  else reader.report("syntax-error", span, `unexpected ${describe(reader.type)}`);
}
