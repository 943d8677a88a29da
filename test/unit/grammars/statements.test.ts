import { describe, expect, test } from "vitest";
import { outline, parse } from "./support.ts";

describe("statements", () => {
  test.each([
    ["a = 1", "(Assign [a] 1)"],
    ["a = b = c", "(Assign [a b] c)"],
    ["a, b = c", "(Assign [(Tuple [a b])] c)"],
    ["(a) = 1", "(Assign [a] 1)"],
    ["(a, b) = [c, *d] = e", "(Assign [(Tuple [a b]) (List [c (Starred d)])] e)"],
    ["a[0].b = c", '(Assign [(Attribute (Subscript a 0) "b")] c)'],
    ["a: int", "(AnnAssign a int null)"],
    ["a: list[int] | None = 1", '(AnnAssign a (BinOp "|" (Subscript list int) (Constant null)) 1)'],
    ["a += 1", '(AugAssign a "+" 1)'],
    ["a //= b, c", '(AugAssign a "//" (Tuple [b c]))'],
    ["return", "(Return null)"],
    ["return a, b", "(Return (Tuple [a b]))"],
    ["del a, b[0]", "(Delete [a (Subscript b 0)])"],
    ["del (a, b)", "(Delete [(Tuple [a b])])"],
    ["raise", "(Raise null null)"],
    ["raise A(b) from c", "(Raise (Call A [b]) c)"],
    ["assert a, b", "(Assert a b)"],
    ["pass", "(Pass)"],
    ["break", "(Break)"],
    ["continue", "(Continue)"],
    ["global a, b", '(Global ["a" "b"])'],
    ["nonlocal a", '(Nonlocal ["a"])'],
    ["import a.b, c as d", '(Import [(Alias "a.b" null) (Alias "c" "d")])'],
    ["from a.b import c as d, e", '(ImportFrom "a.b" 0 [(Alias "c" "d") (Alias "e" null)] false)'],
    ["from ..a import (b, c,)", '(ImportFrom "a" 2 [(Alias "b" null) (Alias "c" null)] false)'],
    ["from . import a", '(ImportFrom "" 1 [(Alias "a" null)] false)'],
    ["from a import *", '(ImportFrom "a" 0 [] true)'],
    ["from __future__ import division", '(ImportFrom "__future__" 0 [(Alias "division" null)] false)'],
    ["if a: b", "(If false a [(ExprStmt b)] [])"],
    [
      "if a:\n  b\nelif c:\n  d\nelse:\n  e",
      "(If false a [(ExprStmt b)] [(If true c [(ExprStmt d)] [(ExprStmt e)])])",
    ],
    [
      "for a, b in c, d:\n  e\nelse:\n  f",
      "(For false (Tuple [a b]) (Tuple [c d]) [(ExprStmt e)] [(ExprStmt f)])",
    ],
    ["while a:\n  b\nelse:\n  c", "(While a [(ExprStmt b)] [(ExprStmt c)])"],
    ["with a: b", "(With false [(a null)] [(ExprStmt b)])"],
    ["with a as b, c: d", "(With false [(a b) (c null)] [(ExprStmt d)])"],
    ["with (a as b, c as (d, e)): f", "(With false [(a b) (c (Tuple [d e]))] [(ExprStmt f)])"],
    ["with (a as b): c", "(With false [(a b)] [(ExprStmt c)])"],
    ["with (a): b", "(With false [(a null)] [(ExprStmt b)])"],
    ["with (a, b) as c: d", "(With false [((Tuple [a b]) c)] [(ExprStmt d)])"],
    [
      "try:\n  a\nexcept:\n  b",
      "(Try [(ExprStmt a)] [(ExceptHandler null null false [(ExprStmt b)])] [] [])",
    ],
    [
      "try:\n  a\nexcept A:\n  b\nexcept (B, C) as d:\n  e\nelse:\n  f\nfinally:\n  g",
      '(Try [(ExprStmt a)] [(ExceptHandler A null false [(ExprStmt b)]) (ExceptHandler (Tuple [B C]) "d" false [(ExprStmt e)])] [(ExprStmt f)] [(ExprStmt g)])',
    ],
    ["try:\n  a\nexcept* A:\n  b", "(Try [(ExprStmt a)] [(ExceptHandler A null true [(ExprStmt b)])] [] [])"],
    ["def f(): pass", '(FunctionDef false "f" [] [] null [(Pass)])'],
    [
      "def f(a, b: int = 1, *c: str, d, **e) -> int:\n  return a",
      '(FunctionDef false "f" [] [(Parameter "a" "regular" null null) (Parameter "b" "regular" int 1) (Parameter "c" "*" str null) (Parameter "d" "keyword-only" null null) (Parameter "e" "**" null null)] int [(Return a)])',
    ],
    [
      "def f[T: int, *Ts, **P](a: T): pass",
      '(FunctionDef false "f" [] [(Parameter "a" "regular" T null)] null [(Pass)])',
    ],
    [
      "async def f():\n  async for a in b: pass\n  async with c as d: pass\n  await e",
      '(FunctionDef true "f" [] [] null [(For true a b [(Pass)] []) (With true [(c d)] [(Pass)]) (ExprStmt (Await e))])',
    ],
    [
      "@a\n@b.c(d)\ndef f(): pass",
      '(FunctionDef false "f" [a (Call (Attribute b "c") [d])] [] null [(Pass)])',
    ],
    ["class A: pass", '(ClassDef "A" [] [] [(Pass)])'],
    ["class A[T](B, c=d):\n  e = 1", '(ClassDef "A" [] [B c=d] [(Assign [e] 1)])'],
    [
      'match a:\n  case 1 | "b": c\n  case [d, *e] if f: g\n  case H(i, j=-1): k\n  case {"l": m, **n}: o\n  case p.q as r: s\n  case None: t\n  case _: u',
      '(Match a [([] [1 "b"] null [(ExprStmt c)]) ([d e] [] f [(ExprStmt g)]) ([i] [H 1] null [(ExprStmt k)]) ([m n] ["l"] null [(ExprStmt o)]) ([r] [(Attribute p "q")] null [(ExprStmt s)]) ([] [(Constant null)] null [(ExprStmt t)]) ([] [] null [(ExprStmt u)])])',
    ],
    ["match a, b:\n  case (c, d): e", "(Match (Tuple [a b]) [([c d] [] null [(ExprStmt e)])])"],
    ["type A = int", "(TypeAlias A int)"],
    ["type A[T] = list[T]", "(TypeAlias A (Subscript list T))"],
    ["type(a).b = c", '(Assign [(Attribute (Call type [a]) "b")] c)'],
    ["type = 1", "(Assign [type] 1)"],
    ["print(a, file=b)", "(ExprStmt (Call print [a file=b]))"],
    ["a; b;", "(ExprStmt a) (ExprStmt b)"],
  ])("%s", (source, expected) => {
    expect(parse(source).body.map(outline).join(" ")).toBe(expected);
  });
});
