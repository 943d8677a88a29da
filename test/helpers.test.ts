/**
 * The Python helpers as they stand, against what real Keras did: the tests in test/helpers, which pytest also runs
 * alone (`.venv/bin/python -m pytest test/helpers`). Their fixtures come from `test/helpers/record.py`.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { python, ruff } from "./setup/python.ts";

const root = resolve(import.meta.dirname, "..");
const timeout = 300_000;

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test("the helpers do what Keras does", { timeout }, () => {
  const { status, output } = run(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test/helpers"]);
  expect(status, output).toBe(0);
});

test("the helpers are lint clean and formatted", { timeout }, () => {
  const options = ["--no-cache", "--isolated", "--line-length", "110", "transforms/helpers", "test/helpers"];
  for (const command of [["check"], ["format", "--check"]]) {
    const { status, output } = run(ruff, [...command, ...options]);
    expect(status, output).toBe(0);
  }
});
