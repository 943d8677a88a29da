import { describe, expect, test } from "vitest";
import { parse, problems } from "./support.ts";

describe("what is no Python is reported with its place", () => {
  test.each([
    ["x = = 1\n", ["syntax-error 1:5 unexpected `=`"]],
    ["model.add(Dense(2, activation='relu')\nmodel.fit()\n", ["syntax-error 1:10 `(` was never closed"]],
    ["f(a))\n", ["syntax-error 1:5 unmatched `)`"]],
    ["f(a]\n", ["syntax-error 1:4 `]` does not match `(`"]],
    ["x = 'abc\ny = 1\n", ["syntax-error 1:5 unterminated string"]],
    ["x = f'#\ny'\n", ["syntax-error 1:7 unterminated string"]],
    ['"""abc\n', ["syntax-error 1:1 unterminated string"]],
    ["f(a,, b)\n", ["syntax-error 1:4 unexpected `,`"]],
    ["!pip install keras\n", ["syntax-error 1:1 unexpected `!`"]],
    ["def f(:\n  pass\n", ["syntax-error 1:6 `(` was never closed"]],
    ["if a\n  b\n", ["syntax-error 1:5 missing `:`"]],
    ["if a:\nb\n", ["syntax-error 2:1 expected an indented block"]],
    ["def f():\n    # nothing\nx = 1\n", ["syntax-error 2:5 expected an indented block"]],
    ["match a:\nb\n", ["syntax-error 2:1 expected an indented block"]],
    ["for a in b:\n", ["syntax-error 2:1 expected an indented block"]],
    ["a\n  b\n", ["syntax-error 2:3 unexpected indent"]],
    ["if a:\n    b\n  c\n", ["syntax-error 3:3 unexpected indent"]],
    ["  a\n", ["syntax-error 1:3 unexpected indent"]],
    ["a = b += c\n", ["syntax-error 1:5 unexpected assignment"]],
    ["assert a, b, c\n", ["syntax-error 1:14 unexpected third operand of assert"]],
    ["f(a as b)\n", ["syntax-error 1:3 unexpected as pattern"]],
    ["x = 'C:\\Users'\n", ["syntax-error 1:6 malformed escape in a string"]],
    ["x = fb'a'\n", ["syntax-error 1:5 string prefix `fb`"]],
  ])("%j", (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});

describe("what only Python 2 has is called so", () => {
  test.each([
    ["print 'a'\n", ["python2 1:1 print statement"]],
    ["print a, b\n", ["python2 1:1 print statement"]],
    ["print >>f, a\n", ["python2 1:1 print statement"]],
    ["exec 'a'\n", ["python2 1:1 exec statement"]],
    ["exec a in b\n", ["python2 1:1 exec statement"]],
    ["exec a.b in c\n", ["python2 1:6 exec statement"]],
    ["try: a\nexcept B, c: d\n", ["python2 2:1 except with a comma"]],
    ["raise A, 'b'\n", ["python2 1:1 raise with a comma"]],
    ["x = `a`\n", ["python2 1:5 backticks"]],
    ["a <> b\n", ["python2 1:3 operator `<>`"]],
    ["x = ur'a'\n", ["python2 1:5 string prefix `ur`"]],
    ["x = 0777\n", ["python2 1:5 octal literal `0777`"]],
    ["x = 10L\n", ["python2 1:5 long integer `10L`"]],
    ["def f(a, (b, c)): pass\n", ["python2 1:10 tuple as a parameter"]],
    ["x = lambda (a, b): c\n", ["python2 1:12 tuple as a parameter"]],
    ["[a for a in 1, 2]\n", ["python2 1:13 tuple without parentheses after `in`"]],
    ["if a:\n        b\n\tc\n", ["python2 3:2 tabs and spaces mixed in the indentation"]],
    [
      "if a:\n  print b\n  print 'c' % d\nelse\n  e\n",
      ["python2 2:3 print statement", "python2 3:3 print statement", "syntax-error 4:5 missing `:`"],
    ],
  ])("%j", (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test.each([
    "x = 00\n",
    "x = 0\n",
    "x = 0.7\n",
    "x = 07.5\n",
    "x = 07j\n",
    "print(a, b)\n",
    "exec('a')\n",
    "print -1\n",
  ])("%j is Python 3", (text) => {
    parse(text);
  });
});

test("expressions nested beyond any stack are refused, not crashed on", () => {
  expect(problems(`${"(".repeat(100_000)}a${")".repeat(100_000)}\n`)).toEqual([
    "syntax-error 1:1 nested too deeply",
  ]);
  expect(problems(`${"a + ".repeat(1_000)}a\n`)).toEqual([]);
});
