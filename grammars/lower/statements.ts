import type { Stmt } from "../nodes.ts";
import type { Reader } from "../reader.ts";
import { forStatement, ifStatement, tryStatement, whileStatement, withStatement } from "./compound.ts";
import { classDefinition, decorated, functionDefinition } from "./definitions.ts";
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
} from "./simple.ts";
import { typeStatement } from "./type-statement.ts";

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
  type_alias_statement: typeStatement,
  pass_statement: (reader) => keywordStatement(reader, "Pass"),
  break_statement: (reader) => keywordStatement(reader, "Break"),
  continue_statement: (reader) => keywordStatement(reader, "Continue"),
};

/** What only Python 2 has; the grammar knows these statements, the typed tree does not. */
const PYTHON2: Readonly<Record<string, string | undefined>> = {
  print_statement: "print statement",
  exec_statement: "exec statement",
};

export interface Block {
  readonly body: readonly Stmt[];
  /** Past the last statement and a semicolon after it: where a compound statement ends. */
  readonly end: number;
}

/** Lowers the statements under the cursor's node, a module or a block. */
export function statements(reader: Reader): Block {
  const body: Stmt[] = [];
  let end = reader.start();
  if (!reader.enter()) return { body, end };
  do {
    const lower = STATEMENTS[reader.type];
    if (lower) {
      const statement = lower(reader);
      body.push(statement);
      end = statement.end;
    } else if (reader.type === ";") {
      end = reader.start() + 1;
    } else {
      unknownStatement(reader);
    }
  } while (reader.next());
  reader.leave();
  return { body, end };
}

/** Lowers the block after a colon, which the grammar lets be empty. */
export function suite(reader: Reader): Block {
  const problems = reader.problems.length;
  const block = statements(reader);
  if (block.body.length === 0 && reader.problems.length === problems) {
    reader.report("syntax-error", { start: block.end, end: block.end }, "expected an indented block");
  }
  return block;
}

function unknownStatement(reader: Reader): void {
  const span = { start: reader.start(), end: reader.end() };
  const python2 = PYTHON2[reader.type];
  if (python2) reader.report("python2", span, python2);
  else reader.report("syntax-error", span, `unexpected ${describe(reader.type)}`);
}
