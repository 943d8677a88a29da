/** Puts the new imports in the place of the Keras ones, and the helpers after the imports. */
import type { Module, Stmt } from "../../grammars/nodes.ts";
import type { Rewriter } from "../../transforms/rewriter.ts";
import type { HelperBlock } from "./helpers.ts";
import { lineBreak, lineStart, nextLine } from "./lines.ts";

const RULE = "header";

export function writeHeader(rewriter: Rewriter, importPlace: Stmt | undefined, block: HelperBlock): void {
  const { text, program } = rewriter;
  const nl = lineBreak(text);
  const place = importPlace ?? firstStatement(program.module);
  const at = place ? lineStart(text, place.start) : text.length;
  const limit = place ? afterImports(program.module, text, place) : text.length;
  const statements = [...new Set([...rewriter.imports, ...block.imports])].filter(
    (statement) => !isPresent(program.module, statement, limit),
  );
  if (statements.length > 0)
    rewriter.edits.insert(
      at,
      sorted(statements)
        .map((one) => one + nl)
        .join(""),
      RULE,
    );
  if (block.text === "") return;
  const end = limit;
  const rest = text.slice(end);
  const blank = rest.length - rest.trimStart().length;
  const leading = rest.slice(0, blank).lastIndexOf("\n") + 1;
  const body = block.text.replaceAll("\n", nl);
  // Two blank lines around functions; those of the script that follow are counted.
  const start = body.startsWith("def ") || body.startsWith("class ") || body.startsWith("@") ? nl + nl : nl;
  const endsInCode = end > 0 && text[end - 1] !== "\n" ? nl : "";
  rewriter.edits.replace(
    end,
    end + leading,
    `${endsInCode}${start}${body}${nl}${rest.trim() === "" ? "" : nl + nl}`,
    RULE,
  );
}

/** The first statement that is neither the docstring nor an import from the future. */
function firstStatement(module: Module): Stmt | undefined {
  return module.body.find(
    (node, i) =>
      !(i === 0 && node.type === "ExprStmt" && node.value.type === "String") &&
      !(node.type === "ImportFrom" && node.module === "__future__"),
  );
}

/** The start of the line after the run of imports that the place stands in. */
function afterImports(module: Module, text: string, place: Stmt): number {
  let index = module.body.indexOf(place);
  if (place.type !== "Import" && place.type !== "ImportFrom" && place.type !== "Try")
    return lineStart(text, place.start);
  for (
    let next = module.body[index + 1];
    next && (next.type === "Import" || next.type === "ImportFrom");
    next = module.body[index + 1]
  )
    index++;
  return nextLine(text, (module.body[index] as Stmt).end);
}

/** Whether the script has the same import at its top level already, before that place. */
function isPresent(module: Module, statement: string, limit: number): boolean {
  return module.body.some((node) => {
    if (node.start > limit) return false;
    if (node.type === "Import") {
      return node.names.some(
        (alias) => statement === `import ${alias.name}${alias.asname ? ` as ${alias.asname}` : ""}`,
      );
    }
    if (node.type === "ImportFrom" && node.level === 0) {
      return node.names.some(
        (alias) =>
          statement ===
          `from ${node.module} import ${alias.name}${alias.asname ? ` as ${alias.asname}` : ""}`,
      );
    }
    return false;
  });
}

const STANDARD = new Set(
  "collections contextlib copy csv datetime functools glob gzip hashlib io itertools json math os pathlib pickle random re shutil sys tarfile tempfile time types urllib warnings zipfile".split(
    " ",
  ),
);

/** The standard library first, then by module; `import` before `from` of one module. */
function sorted(statements: readonly string[]): string[] {
  const key = (statement: string) => {
    const [kind = "", module = ""] = statement.split(" ");
    return `${STANDARD.has(module.split(".")[0] ?? "") ? 0 : 1} ${module.split(".")[0]} ${kind === "from" ? 1 : 0} ${module}`;
  };
  return merged(statements).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Names from one module are imported in one statement. */
function merged(statements: readonly string[]): string[] {
  const names = new Map<string, string[]>();
  for (const statement of statements) {
    const [head = "", name] = statement.split(" import ");
    names.set(head, [...(names.get(head) ?? []), ...(name === undefined ? [] : [name])]);
  }
  return [...names].map(([head, imported]) =>
    imported.length === 0 ? head : `${head} import ${imported.sort().join(", ")}`,
  );
}
