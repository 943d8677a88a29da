/** `keras-to-torch -`: standard input to standard output. */
import { expect, test } from "vitest";
import { cli } from "../setup/build.ts";
import { Folder, INVALID, KERAS, TORCH, UNRELATED, UNSUPPORTED } from "./support.ts";

const filter = (input: string | Uint8Array, ...options: string[]) =>
  new Folder().convert(["-", ...options], { input });

test("converts", () => {
  expect(filter(KERAS)).toEqual({ status: 0, stdout: TORCH, stderr: "" });
});

test("passes on what has no Keras", () => {
  expect(filter(UNRELATED)).toEqual({ status: 0, stdout: UNRELATED, stderr: "" });
});

test.for([
  ["unsupported", UNSUPPORTED, 1],
  ["not Python", INVALID, 2],
] as const)("passes on what is %s, and says so", ([, script, status]) => {
  const result = filter(script, "--stdin-filename", "src/editor.py");
  expect(result).toMatchObject({ status, stdout: script });
  expect(result.stderr).toMatch(/^error\[.*\n --> src\/editor\.py:\d+:\d+\n/);
});

test("calls standard input <stdin>", () => {
  expect(filter(UNSUPPORTED).stderr).toContain(" --> <stdin>:5:9\n");
});

test("keeps every byte of what it cannot decode", () => {
  const { stdout, status } = new Folder({
    "in.py": Buffer.from("# coding: latin-1\n# \xe9\nimport keras\n", "latin1"),
  }).run("sh", ["-c", `"$0" "$@" < in.py | cmp - in.py`, process.execPath, cli, "-"]);
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

test("--check writes nothing", () => {
  expect(filter(KERAS, "--check")).toEqual({ status: 1, stdout: "", stderr: "" });
  expect(filter(TORCH, "--check")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("--partial and --allow-unsupported hold here too", () => {
  const script = `${KERAS}\n${UNSUPPORTED}`;
  expect(filter(script).stdout).toBe(script);
  const { status, stdout } = filter(script, "--partial", "--allow-unsupported");
  expect(stdout).toContain("nn.Sequential(");
  expect(status).toBe(0);
});
