import { describe, expect, test } from "vitest";
import {
  children,
  enclosingStatement,
  type Node,
  outerSpan,
  sourceOf,
  walk,
} from "../../../grammars/index.ts";
import { expectSound, outline, parse, parseExpression, places } from "./support.ts";

/** The place of every node of a text, and of every comment. */
function placed(text: string): string {
  const module = parse(text);
  expectSound(module, text);
  return [places(module, text), ...module.comments.map((span) => `comment ${sourceOf(text, span)}`)].join(
    "\n",
  );
}

describe("places of nodes", () => {
  test("parentheses belong to no node", () => {
    expect(placed("(a + (b)) * c")).toMatchInlineSnapshot(`
      "ExprStmt (a + (b)) * c
       BinOp (a + (b)) * c
        BinOp a + (b)
         Name a
         Name b
        Name c"
    `);
    const text = "((a)) + (b)";
    const sum = parseExpression(text);
    expect(children(sum).map((child) => sourceOf(text, outerSpan(child as never)))).toEqual(["((a))", "(b)"]);
  });

  test("arguments span their names, stars and parentheses", () => {
    expect(placed("f((a), *b, c=(d), **e)")).toMatchInlineSnapshot(`
      "ExprStmt f((a), *b, c=(d), **e)
       Call f((a), *b, c=(d), **e)
        Name f
        Argument (a)
         Name a
        Argument *b
         Name b
        Argument c=(d)
         Name d
        Argument **e
         Name e"
    `);
  });

  test("a generator that shares the parentheses of a call leaves them out", () => {
    expect(placed("f(a for a in (b))")).toMatchInlineSnapshot(`
      "ExprStmt f(a for a in (b))
       Call f(a for a in (b))
        Name f
        Argument a for a in (b)
         Comprehension a for a in (b)
          Name a
          Name a
          Name b"
    `);
  });

  test("tuples without parentheses span their last comma", () => {
    expect(placed("a, (b), = c[d, e:f, ]")).toMatchInlineSnapshot(`
      "Assign a, (b), = c[d, e:f, ]
       Tuple a, (b),
        Name a
        Name b
       Subscript c[d, e:f, ]
        Name c
        Tuple d, e:f,
         Name d
         Slice e:f
          Name e
          Name f"
    `);
    expect(placed("((a, b))")).toMatchInlineSnapshot(`
      "ExprStmt ((a, b))
       Tuple (a, b)
        Name a
        Name b"
    `);
  });

  test("adjacent strings are one node", () => {
    expect(placed("'a' \\\n  f'{b!r:>{c}}'")).toMatchInlineSnapshot(`
      "ExprStmt 'a' \\⏎  f'{b!r:>{c}}'
       FString 'a' \\⏎  f'{b!r:>{c}}'
        Name b
        Name c"
    `);
  });

  test("imports", () => {
    expect(placed("import a . b as c, d; from .e import (f as g, h,)  # i")).toMatchInlineSnapshot(`
      "Import import a . b as c, d
       Alias a . b as c
       Alias d
      ImportFrom from .e import (f as g, h,)
       Alias f as g
       Alias h
      comment # i"
    `);
  });

  test("blocks end with their last statement and a semicolon after it, not with comments", () => {
    expect(placed("if a:  # b\n  c;\nelif d: e\n# f\nelse:\n  g  # h\n  # i\n")).toMatchInlineSnapshot(`
      "If if a:  # b⏎  c;⏎elif d: e⏎# f⏎else:⏎  g
       Name a
       ExprStmt c
        Name c
       If elif d: e⏎# f⏎else:⏎  g
        Name d
        ExprStmt e
         Name e
        ExprStmt g
         Name g
      comment # b
      comment # f
      comment # h
      comment # i"
    `);
  });

  test("definitions begin at their first decorator", () => {
    expect(
      placed("@a  # b\nclass C(\n  D, e=f\n):\n  def g(h, *i: j, k=l): pass\n\n# m\n"),
    ).toMatchInlineSnapshot(`
      "ClassDef @a  # b⏎class C(⏎  D, e=f⏎):⏎  def g(h, *i: j, k=l): pass
       Name a
       Argument D
        Name D
       Argument e=f
        Name f
       FunctionDef def g(h, *i: j, k=l): pass
        Parameter h
        Parameter *i: j
         Name j
        Parameter k=l
         Name l
        Pass pass
      comment # b
      comment # m"
    `);
  });

  test("the clauses of a try", () => {
    expect(placed("try: a\nexcept B as c: d;\nfinally:\n  e\n\nf")).toMatchInlineSnapshot(`
      "Try try: a⏎except B as c: d;⏎finally:⏎  e
       ExprStmt a
        Name a
       ExceptHandler except B as c: d;
        Name B
        ExprStmt d
         Name d
       ExprStmt e
        Name e
      ExprStmt f
       Name f"
    `);
  });

  test("the items of a with", () => {
    expect(placed("with (a as b), c: d\nwith (e): f")).toMatchInlineSnapshot(`
      "With with (a as b), c: d
       Name a
       Name b
       Name c
       ExprStmt d
        Name d
      With with (e): f
       Name e
       ExprStmt f
        Name f"
    `);
  });

  test("the patterns of a match", () => {
    expect(placed("match a:\n  case b.c(d) if e:\n    f\n")).toMatchInlineSnapshot(`
      "Match match a:⏎  case b.c(d) if e:⏎    f
       Name a
       Attribute b.c
        Name b
       Name d
       Name e
       ExprStmt f
        Name f"
    `);
  });

  test("an else has its own span", () => {
    const text = "if a: b\nelif c: d\nelse :\n  e ;\n";
    const [first] = parse(text).body;
    if (first?.type !== "If" || first.orelse[0]?.type !== "If") throw new Error("no elif");
    expect(first.elseSpan).toBeNull();
    expect(first.orelse[0].elif).toBe(true);
    expect(first.orelse[0].elseSpan && sourceOf(text, first.orelse[0].elseSpan)).toBe("else :\n  e ;");
  });
});

const SCRIPT = `# -*- coding: utf-8 -*-
"""Doc
string"""
import numpy as np


class Net(object):  # a class
\tdef build(self, width=32):
\t\tif width > 3 and \\
\t\t\t\tnot self.done:
\t\t\treturn [
\t\t\t\twidth,  # comment in brackets
\t\t\t\t'text' "more"
\t\t\t]

\t\treturn f"{width:>{self.n}} {self.name!r}"
x = {"a": 1, **b}; y = lambda a, *b: (a for c in b)
`;

/** Types and sources of all nodes, with line ends made equal. */
function contents(text: string): string[] {
  const module = parse(text);
  expectSound(module, text);
  const found: string[] = [];
  const show = (node: Node) =>
    found.push(`${node.type} ${text.slice(node.start, node.end).replace(/\r\n?/g, "\n")}`);
  for (const statement of module.body) walk(statement, show);
  for (const span of module.comments) found.push(sourceOf(text, span));
  return found;
}

describe("offsets are UTF-16 code units of the text as it is", () => {
  const expected = contents(SCRIPT);

  test.each([
    ["CRLF", SCRIPT.replaceAll("\n", "\r\n")],
    ["CR", SCRIPT.replaceAll("\n", "\r")],
    ["mixed", SCRIPT.replace(/\n/g, (_, at: number) => (at % 2 ? "\r\n" : "\n"))],
    ["a byte order mark", `\ufeff${SCRIPT}`],
    ["no line end at the end", SCRIPT.trimEnd()],
    ["form feeds", SCRIPT.replace("\nclass", "\n\f\nclass")],
    ["trailing blanks", SCRIPT.replace(/(?<!\\)\n/g, " \t\n")],
  ])("%s", (_, text) => {
    const ignoreBlanks = (line: string) => line.replace(/[ \t]+\n/g, "\n").trimEnd();
    expect(contents(text).map(ignoreBlanks)).toEqual(expected.map(ignoreBlanks));
  });

  test("characters beyond ASCII and beyond 16 bits", () => {
    const text = SCRIPT.replaceAll("width", "w𝒾dth")
      .replaceAll("text", "té🎉t")
      .replaceAll("comment", "注释🎉");
    const shown = contents(text).map((line) =>
      line.replaceAll("w𝒾dth", "width").replaceAll("té🎉t", "text").replaceAll("注释🎉", "comment"),
    );
    expect(shown).toEqual(expected);
    expect(parse(text).identifiers).toContain("width");
  });

  test("texts longer than any buffer, whatever stands at its seams", () => {
    for (const shift of [0, 1, 2, 3]) {
      const line = "name𝒳 = '🎉🎉' # 🎉\n";
      const text = `${"#".repeat(shift)}\n${line.repeat(20_000)}`;
      const module = parse(text);
      expect(module.body).toHaveLength(20_000);
      const last = module.body.at(-1);
      expect(last && text.slice(last.start, last.end)).toBe("name𝒳 = '🎉🎉'");
    }
  });
});

describe("lines inside brackets may be indented less than their block", () => {
  test.each([
    ["after an operator", "def f():\n    x = (a +  # b\nc)\n    return x\n", '(BinOp "+" a c)'],
    ["after a dot", "def f():\n    x = (a.\n  b)\n    return x\n", '(Attribute a "b")'],
  ])("%s", (_, text, expected) => {
    const [definition] = parse(text).body;
    if (definition?.type !== "FunctionDef") throw new Error("no function");
    expectSound(parse(text), text);
    const [assignment, last] = definition.body;
    expect(assignment?.type === "Assign" && outline(assignment.value)).toBe(expected);
    expect(last?.type).toBe("Return");
  });

  test("their comments are found", () => {
    const text = "def f():\n    x = (a +  # b\nc) # d\n    # e\n";
    expect(parse(text).comments.map((span) => sourceOf(text, span))).toEqual(["# b", "# d", "# e"]);
  });
});

test("the statement around an expression", () => {
  const module = parse("if a:\n  f(b, c=[d for e in g])\n");
  walk(module, (node) => {
    if (node.type === "Name" && node.id === "d") expect(enclosingStatement(node)?.type).toBe("ExprStmt");
    if (node.type === "Name" && node.id === "a") expect(enclosingStatement(node)?.type).toBe("If");
  });
});
