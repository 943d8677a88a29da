import { describe, expect, test } from "vitest";
import { decode } from "../../../src/bulk/decode.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("is read as UTF-8", () => {
  test.for([
    "x = 1\n",
    "",
    "\ufeffx = 1\n",
    "# coding: utf-8\n",
    "# -*- coding: UTF_8 -*-\n",
    "#!/usr/bin/env python\n# vim: set fileencoding=utf8 :\n",
    "\n# coding=utf-8\n",
    "x = 1\n# coding: latin-1\n",
    "\n\n# coding: latin-1\n",
    "'# coding: latin-1'\n",
    "replacement = '\ufffd'\n",
  ])("%j", (text) => {
    expect(decode(bytes(text))).toEqual({ text, problem: null });
  });
});

describe("has another encoding", () => {
  test.for([
    ["# coding: latin-1\n", "latin-1"],
    ["#!/usr/bin/python\r\n# -*- coding: cp1252 -*-\r\n", "cp1252"],
    ["\r# coding=gbk\r", "gbk"],
    [" \t\f# This is encoding: big5\n", "big5"],
  ] as const)("%j", ([text, name]) => {
    const { problem } = decode(bytes(text));
    expect(problem?.verdict).toBe("unsupported");
    const { start = 0, end = 0 } = problem?.diagnostic ?? {};
    expect(text.slice(start, end)).toBe(name);
  });
});

test("a byte order mark contradicts another encoding", () => {
  expect(decode(bytes("\ufeff# coding: latin-1\n")).problem?.verdict).toBe("invalid");
});

test("the first wrong byte is found among right ones", () => {
  const head = bytes("a = '\ufffd学'\n# ");
  const { text, problem } = decode(Uint8Array.of(...head, 0xe9, ...bytes("\nb = 1\n")));
  expect(problem?.verdict).toBe("invalid");
  expect(problem?.diagnostic.message).toBe("the byte 0xe9 is not UTF-8");
  expect(problem?.diagnostic.start).toBe(text.lastIndexOf("\ufffd"));
});

test("a character that the end of the file cuts off is found", () => {
  expect(decode(Uint8Array.of(0x23, 0xe5, 0xad)).problem?.diagnostic).toMatchObject({
    message: "the byte 0xe5 is not UTF-8",
    start: 1,
  });
});
