/** The hooks as pre-commit installs and runs them: from a clone of the last commit, on `git commit`. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { python } from "../setup/python.ts";
import { Folder, KERAS, UNSUPPORTED } from "./support.ts";

const root = resolve(import.meta.dirname, "../..");
const preCommit = join(dirname(python), "pre-commit");
/** pre-commit clones the project, and npm installs and builds it. */
const MINUTES = 60_000;

describe.skipIf(!existsSync(join(root, ".git")))("pre-commit", () => {
  test("converts what is committed, once", { timeout: 10 * MINUTES }, () => {
    const cache = new Folder();
    const env = { PRE_COMMIT_HOME: cache.path };
    const folder = new Folder({ "train.py": KERAS, "heads.py": UNSUPPORTED, "notes.txt": "keras\n" });
    folder.git("init", "--quiet");
    const rev = folder.git("-C", root, "rev-parse", "HEAD").stdout.trim();
    const hooks = (...ids: string[]) =>
      JSON.stringify({ repos: [{ repo: root, rev, hooks: ids.map((id) => ({ id })) }] });
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    const commit = () =>
      folder.run("git", [...identity, "-c", "commit.gpgsign=false", "commit", "--message", "Train"], { env });

    // JSON is YAML too.
    folder.write({ ".pre-commit-config.yaml": hooks("keras-to-torch-check") });
    folder.git("add", ".");
    const check = folder.run(preCommit, ["run"], { env });
    expect(check.stdout).toMatch(/^keras-to-torch \(check\)\.+Failed$/m);
    expect(check.stdout).toMatch(/^would convert train\.py$/m);
    expect(check.status).toBe(1);
    expect(folder.read("train.py")).toBe(KERAS);

    folder.write({ ".pre-commit-config.yaml": hooks("keras-to-torch", "keras-to-torch-check") });
    folder.git("add", ".");
    expect(folder.run(preCommit, ["install"], { env }).status).toBe(0);

    const first = commit();
    expect(first.stderr).toMatch(/^keras-to-torch\.+Failed\n(- .*\n)*- files were modified by this hook$/m);
    expect(first.status).toBe(1);
    // The last commit made this, not the working tree: what exactly it is, is for other tests.
    const converted = folder.read("train.py");
    expect(converted).toContain("nn.Sequential(");
    expect(converted).not.toContain("keras");

    folder.git("add", ".");
    const second = commit();
    expect(second.stderr).toMatch(/^keras-to-torch\.+Passed$/m);
    expect(second.stderr).toMatch(/^keras-to-torch \(check\)\.+Passed$/m);
    // It passes, but is reported all the same.
    expect(second.stderr).toContain(" --> heads.py:5:9\n");
    expect(second.status).toBe(0);
    expect(folder.git("show", "HEAD:train.py").stdout).toBe(converted);
    expect(folder.read("heads.py")).toBe(UNSUPPORTED);
  });
});
