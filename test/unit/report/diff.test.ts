import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/report/diff.ts";

const header = (path: string) => unifiedDiff(path, "a\n", "b\n").split("\n").slice(0, 2);

test("one changed line with its surroundings", () => {
  expect(unifiedDiff("x.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n")).toBe(
    "--- a/x.py\n+++ b/x.py\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  );
});

test("nothing for equal texts", () => {
  expect(unifiedDiff("x.py", "a", "a")).toBe("");
});

test("missing line ends are told, and carriage returns kept", () => {
  expect(unifiedDiff("x.py", "a\r\nb", "a\r\nc")).toBe(
    "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
  );
});

test("a tab ends a name with blanks, and what C would escape is escaped", () => {
  expect(header("a b.py")).toEqual(["--- a/a b.py\t", "+++ b/a b.py\t"]);
  expect(header("学習.py")).toEqual(["--- a/学習.py", "+++ b/学習.py"]);
  expect(header('a"\\\n.py')).toEqual(['--- "a/a\\"\\\\\\012.py"', '+++ "b/a\\"\\\\\\012.py"']);
});
