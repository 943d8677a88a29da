/** Which files are taken, and what is said about those that cannot be. */
import { symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli } from "../setup/build.ts";
import { Folder, INVALID, KERAS, TORCH, UNRELATED, UNSUPPORTED } from "./support.ts";

describe("the search", () => {
  test("takes Python files alone, and none that Git ignores, of environments or hidden", () => {
    const folder = new Folder({
      "a.py": KERAS,
      "b.pyw": KERAS,
      "c.txt": KERAS,
      "env/gym.py": KERAS,
      "ignored/d.py": KERAS,
      "kept/e.py": KERAS,
      "kept/ignored_here.py": KERAS,
      ".hidden/f.py": KERAS,
      ".hidden.py": KERAS,
      "venv/g.py": KERAS,
      "env/lib/python3.12/site-packages/keras/h.py": KERAS,
      "node_modules/i.py": KERAS,
      ".gitignore": "ignored/\n",
      "kept/.gitignore": "ignored_here.py\n",
    });
    folder.git("init", "--quiet");
    const { stdout } = folder.convert(["--check", "."]);
    const found = stdout.trim().split("\n");
    expect(found.map((line) => line.replace("would convert ", ""))).toEqual([
      "a.py",
      "b.pyw",
      "env/gym.py",
      "kept/e.py",
    ]);
    const below = folder.run("sh", ["-c", `cd kept && "$0" "$@"`, process.execPath, cli, "--check", "."]);
    expect(below.stdout).toBe("would convert e.py\n");
  });

  test("takes a named file whatever it is called, once", () => {
    const folder = new Folder({ ".hidden/script": KERAS, ".gitignore": "*" });
    folder.git("init", "--quiet");
    const { stdout, stderr } = folder.convert(["--check", ".hidden/script", ".", "./.hidden/script"]);
    expect(stdout).toBe("would convert .hidden/script\n");
    expect(stderr).toBe("1 would be converted\n");
  });

  test("does not follow links out of the folder", () => {
    const folder = new Folder({ "elsewhere/a.py": KERAS, "here/b.py": UNRELATED });
    symlinkSync("../elsewhere", folder.at("here/link"));
    symlinkSync("..", folder.at("here/loop"));
    expect(folder.convert(["--check", "here"]).stderr).toBe("1 without Keras\n");
  });

  test("warns where there is nothing", () => {
    expect(new Folder({ "notes.txt": "" }).convert(["."])).toEqual({
      status: 0,
      stdout: "",
      stderr: "warning: no Python files found\n",
    });
  });

  test("names files outside of the working folder too", () => {
    const folder = new Folder({ "other/train.py": KERAS, "here/a.py": UNRELATED });
    const { stdout } = folder.run("sh", [
      "-c",
      `cd here && "$0" "$@"`,
      process.execPath,
      cli,
      "--write",
      folder.at("other"),
    ]);
    expect(stdout).toBe("converted ../other/train.py\n");
    expect(folder.read("other/train.py")).toBe(TORCH);
  });
});

describe("what cannot be read", () => {
  test("a path that leads nowhere; the others are converted", () => {
    const folder = new Folder({ "train.py": KERAS });
    const { status, stdout, stderr } = folder.convert(["--write", "gone.py", "train.py/x.py", "train.py"]);
    expect(stderr).toBe(
      "error: gone.py: no such file or folder\nerror: train.py/x.py: no such file or folder\n1 converted\n",
    );
    expect(stdout).toBe("converted train.py\n");
    expect(status).toBe(2);
  });

  test("a file that is there and cannot be opened", () => {
    const folder = new Folder({ "train.py": KERAS });
    symlinkSync("circle.py", folder.at("circle.py"));
    const { status, stderr } = folder.convert(["--check", "circle.py", "train.py"]);
    expect(stderr).toBe(
      "error[unreadable]: its symbolic links lead in a circle (ELOOP)\n --> circle.py\n\n" +
        "1 would be converted, 1 failed\n",
    );
    expect(status).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0)("a file without permission", () => {
    const folder = new Folder({ "train.py": KERAS });
    folder.chmod("train.py", 0o000);
    const { status, stderr } = folder.convert(["train.py"]);
    expect(stderr).toContain("error[unreadable]: no permission (EACCES)\n --> train.py\n");
    expect(status).toBe(2);
  });

  test("Python with a mistake, with its place", () => {
    const { status, stdout, stderr } = new Folder({ "broken.py": INVALID }).convert(["broken.py"]);
    expect(stderr).toMatch(/^error\[syntax-error\]: .*\n --> broken\.py:\d:\d+\n/);
    expect(stderr).toMatch(/^\d \| .*\n {2}\| +\^/m);
    expect(stderr).toMatch(/^1 not valid Python$/m);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("Python 2", () => {
    const script = "import keras\nprint keras.__version__\n";
    const { status, stderr } = new Folder({ "old.py": script }).convert(["old.py"]);
    expect(stderr).toMatch(/^error\[python2\]: .*\n --> old\.py:2:\d+\n/);
    expect(stderr).toContain("= help: ");
    expect(status).toBe(2);
  });

  test("bytes that are not UTF-8, with their place", () => {
    const script = Buffer.concat([
      Buffer.from("import keras\nname = 'J"),
      Buffer.from([0xf6]),
      Buffer.from("rg'\n"),
    ]);
    const { status, stderr } = new Folder({ "a.py": script }).convert(["--write", "a.py"]);
    expect(stderr).toContain("error[encoding]: the byte 0xf6 is not UTF-8\n --> a.py:2:10\n");
    expect(status).toBe(2);
  });

  test("another encoding; the file is left alone", () => {
    const script = Buffer.from(`# -*- coding: latin-1 -*-\n# J\xf6rg\n${KERAS}`, "latin1");
    const folder = new Folder({ "a.py": script });
    const { status, stderr } = folder.convert(["--write", "a.py"]);
    expect(stderr).toContain("error[encoding]: the encoding latin-1 is not supported yet\n --> a.py:1:15\n");
    expect(stderr).toMatch(/^1 left alone$/m);
    expect(status).toBe(1);
    expect(folder.list()).toEqual(["a.py"]);
  });

  test("a notebook", () => {
    const { status, stderr } = new Folder({ "a.ipynb": '{"cells": ["keras"]}' }).convert(["a.ipynb"]);
    expect(stderr).toContain("error[notebook]: notebooks are not supported yet\n --> a.ipynb\n");
    expect(status).toBe(1);
  });
});

test("a byte order mark and a cookie for UTF-8 stay", () => {
  const before = `\ufeff# vim: set fileencoding=UTF_8 :\n# 学習\n${KERAS}`;
  const folder = new Folder({ "a.py": before });
  expect(folder.convert(["--write", "a.py"]).status).toBe(0);
  expect(folder.read("a.py")).toBe(`\ufeff# vim: set fileencoding=UTF_8 :\n# 学習\n${TORCH}`);
});

test("an unsupported construct is shown in its line", () => {
  const { status, stdout, stderr } = new Folder({ "a.py": UNSUPPORTED }).convert(["a.py"]);
  expect(stderr).toMatch(
    /^error\[[\w-]+\]: .*\n --> a\.py:5:9\n {2}\|\n5 \| model = keras\.Model\(.*\n {2}\| {9}\^{11}/m,
  );
  expect(stdout).toBe("");
  expect(status).toBe(1);
});
