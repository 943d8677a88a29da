/** The diff of a dry run, applied by the programs that people apply it with. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { cli } from "../setup/build.ts";
import { Folder, KERAS, TORCH, UNRELATED } from "./support.ts";

const crlf = (text: string) => text.replaceAll("\n", "\r\n");
const chopped = (text: string) => text.slice(0, -1);

/** Each awkward file and what it must become. */
const AWKWARD: Readonly<Record<string, readonly [before: string, after: string]>> = {
  "plain.py": [KERAS, TORCH],
  "sub/folder/deep.py": [KERAS, TORCH],
  "with spaces/the script.py": [KERAS, TORCH],
  "übung/学習.py": [KERAS, TORCH],
  'say "hi"\\now.py': [KERAS, TORCH],
  "crlf.py": [crlf(KERAS), crlf(TORCH)],
  "no newline at the end.py": [chopped(KERAS), chopped(TORCH)],
  "crlf without an end.py": [chopped(crlf(KERAS)), chopped(crlf(TORCH))],
  "byte order mark.py": [`\ufeff${KERAS}`, `\ufeff${TORCH}`],
  "untouched.py": [UNRELATED, UNRELATED],
};

const before = Object.fromEntries(Object.entries(AWKWARD).map(([name, [text]]) => [name, text]));
const after = Object.fromEntries(Object.entries(AWKWARD).map(([name, [, text]]) => [name, text]));

function contents(folder: Folder): Record<string, string> {
  return Object.fromEntries(folder.list().map((name) => [name, folder.read(name)]));
}

describe("a tree of awkward files", () => {
  test("is what --write makes of it", () => {
    const folder = new Folder(before);
    expect(folder.convert(["--write", "."]).status).toBe(0);
    expect(contents(folder)).toEqual(after);
  });

  test("is what git apply makes of the diff", () => {
    const folder = new Folder(before);
    folder.git("init", "--quiet");
    const { stdout: diff } = folder.convert(["."]);
    expect(contents(folder)).toEqual(before);
    expect(folder.run("git", ["apply", "--whitespace=nowarn", "-"], { input: diff })).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect(contents(folder)).toEqual(after);
    expect(folder.convert(["."]).stdout).toBe("");
  });

  const { status: noPatch } = spawnSync("patch", ["--version"]);
  test.skipIf(noPatch !== 0)("is what patch makes of the diff", () => {
    const folder = new Folder(before);
    const { stdout: diff } = folder.convert(["."]);
    const { status, stdout } = folder.run("patch", ["-p1", "--no-backup-if-mismatch"], { input: diff });
    expect(stdout).not.toMatch(/fuzz|offset|FAILED/);
    expect(status).toBe(0);
    expect(contents(folder)).toEqual(after);
  });

  test("applies from the folder that the program ran in", () => {
    const folder = new Folder({ "project/src/train.py": KERAS });
    folder.git("init", "--quiet");
    const { stdout } = folder.run("sh", ["-c", 'cd project && "$@" | git apply', "sh", ...program("src")]);
    expect(stdout).toBe("");
    expect(folder.read("project/src/train.py")).toBe(TORCH);
  });
});

/** The command that the folder's own `convert` runs. */
function program(...args: string[]): string[] {
  return [process.execPath, cli, ...args];
}
