/** What each way of calling the program leaves on the disk, says and exits with. */
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Folder, INVALID, KERAS, TORCH, UNRELATED, UNSUPPORTED } from "./support.ts";

const TREE = {
  "train.py": KERAS,
  "lib/model.py": KERAS,
  "lib/tools.py": UNRELATED,
  "lib/heads.py": UNSUPPORTED,
};

describe("dry run", () => {
  test("shows the diff and changes nothing", () => {
    const folder = new Folder({ "train.py": KERAS });
    const { status, stdout, stderr } = folder.convert(["train.py"]);
    expect(stdout).toMatch(/^--- a\/train\.py\n\+\+\+ b\/train\.py\n@@ /);
    expect(stdout).toContain("\n+import torch\n");
    expect(stderr).toBe("1 would be converted\n");
    expect(status).toBe(0);
    expect(folder.read("train.py")).toBe(KERAS);
  });

  test("says what needs a person", () => {
    const folder = new Folder(TREE);
    const { status, stdout, stderr } = folder.convert(["."]);
    expect(stdout.match(/^--- .*/gm)).toEqual(["--- a/lib/model.py", "--- a/train.py"]);
    expect(stderr).toContain(" --> lib/heads.py:5:");
    expect(stderr).toMatch(/^2 would be converted, 1 left alone, 1 without Keras$/m);
    expect(status).toBe(1);
  });

  test("counts no file that needs a person with --allow-unsupported, and still reports it", () => {
    const { status, stderr } = new Folder(TREE).convert([".", "--allow-unsupported"]);
    expect(stderr).toContain(" --> lib/heads.py:5:");
    expect(status).toBe(0);
  });
});

describe("--write", () => {
  test("converts in place, and finds nothing to do the second time", () => {
    const folder = new Folder({ "train.py": KERAS, "other.py": UNRELATED });
    const first = folder.convert(["--write", "."]);
    expect(first).toEqual({
      status: 0,
      stdout: "converted train.py\n",
      stderr: "1 converted, 1 without Keras\n",
    });
    expect(folder.read("train.py")).toBe(TORCH);
    expect(folder.read("other.py")).toBe(UNRELATED);
    expect(folder.list()).toEqual(["other.py", "train.py"]);
    expect(folder.convert(["--write", "."])).toEqual({ status: 0, stdout: "", stderr: "2 without Keras\n" });
  });

  test("leaves unsupported and invalid files alone", () => {
    const folder = new Folder({ "heads.py": UNSUPPORTED, "broken.py": INVALID, "train.py": KERAS });
    const { status, stderr } = folder.convert(["--write", "."]);
    expect(stderr).toMatch(/^1 converted, 1 left alone, 1 not valid Python$/m);
    expect(status).toBe(2);
    expect(folder.read("heads.py")).toBe(UNSUPPORTED);
    expect(folder.read("broken.py")).toBe(INVALID);
    expect(folder.read("train.py")).toBe(TORCH);
  });

  test("keeps the mode, and the link that a file is reached by", () => {
    const folder = new Folder({ "real/train.py": KERAS });
    folder.chmod("real/train.py", 0o751);
    symlinkSync("real/train.py", folder.at("link.py"));
    expect(folder.convert(["--write", "link.py"]).status).toBe(0);
    expect(folder.read("real/train.py")).toBe(TORCH);
    expect(statSync(folder.at("real/train.py")).mode & 0o777).toBe(0o751);
    expect(folder.list()).toEqual(["link.py", "real/train.py"]);
  });

  test("writes a file in part with --partial alone, and says what is left", () => {
    const folder = new Folder({ "both.py": `${KERAS}\n${UNSUPPORTED}` });
    expect(folder.convert(["--write", "both.py"]).status).toBe(1);
    expect(folder.read("both.py")).toBe(`${KERAS}\n${UNSUPPORTED}`);
    const { status, stderr } = folder.convert(["--write", "--partial", "both.py"]);
    expect(stderr).toMatch(/^1 converted in part$/m);
    expect(status).toBe(1);
    expect(folder.read("both.py")).toContain("nn.Sequential(");
    expect(folder.read("both.py")).toContain("keras.Model(");
  });
});

describe("--check", () => {
  test("names the files and exits with 1", () => {
    const folder = new Folder({ "train.py": KERAS, "other.py": UNRELATED });
    expect(folder.convert(["--check", "."])).toEqual({
      status: 1,
      stdout: "would convert train.py\n",
      stderr: "1 would be converted, 1 without Keras\n",
    });
    expect(folder.read("train.py")).toBe(KERAS);
  });

  test.for([
    ["nothing to convert", UNRELATED, [], 0],
    ["a file for a person", UNSUPPORTED, [], 1],
    ["a file for a person that is allowed", UNSUPPORTED, ["--allow-unsupported"], 0],
    ["a file to convert, whatever is allowed", KERAS, ["--allow-unsupported"], 1],
    ["a file that is not Python", INVALID, ["--allow-unsupported"], 2],
  ] as const)("%s", ([, script, options, status]) => {
    expect(new Folder({ "a.py": script }).convert(["--check", ...options, "."]).status).toBe(status);
  });
});

describe("--output", () => {
  test("writes a copy that is converted where it can be", () => {
    const folder = new Folder(Object.fromEntries(Object.entries(TREE).map(([k, v]) => [`src/${k}`, v])));
    folder.chmod("src/train.py", 0o755);
    const { status, stderr } = folder.convert(["-o", "out/new", "src"]);
    expect(stderr).toMatch(/^2 converted, 1 left alone, 1 without Keras$/m);
    expect(status).toBe(1);
    expect(folder.read("out/new/train.py")).toBe(TORCH);
    expect(folder.read("out/new/lib/model.py")).toBe(TORCH);
    expect(folder.read("out/new/lib/tools.py")).toBe(UNRELATED);
    expect(folder.read("out/new/lib/heads.py")).toBe(UNSUPPORTED);
    expect(folder.read("src/train.py")).toBe(KERAS);
    expect(statSync(folder.at("out/new/train.py")).mode & 0o777).toBe(0o755);
    expect(folder.list()).toHaveLength(8);
  });

  test("does not take its own output for input", () => {
    const folder = new Folder({ "train.py": KERAS });
    for (let run = 1; run <= 2; run++) {
      expect(folder.convert(["-o", "out", "."])).toMatchObject({ status: 0, stderr: "1 converted\n" });
    }
    expect(folder.list()).toEqual(["out/train.py", "train.py"]);
  });

  test("refuses to write two files to one place, or over a source", () => {
    const folder = new Folder({ "a/train.py": KERAS, "b/train.py": KERAS });
    const two = folder.convert(["-o", "out", "a", "b"]);
    expect(two.stderr).toMatch(/^error: a\/train\.py and b\/train\.py would both be written to /);
    expect(two.status).toBe(2);
    const self = folder.convert(["-o", "a", "a/train.py"]);
    expect(self.stderr).toMatch(/^error: .*would be overwritten: use --write/);
    expect(self.status).toBe(2);
    expect(folder.list()).toEqual(["a/train.py", "b/train.py"]);
    expect(folder.read("a/train.py")).toBe(KERAS);
  });

  test("goes on where one file cannot be written, and leaves no part of it", () => {
    const folder = new Folder({ "src/a.py": KERAS, "src/b.py": KERAS });
    mkdirSync(folder.at("out/a.py"), { recursive: true });
    const { status, stderr } = folder.convert(["-o", "out", "src"]);
    expect(stderr).toMatch(/^error\[unwritable\]: .*\n --> src\/a\.py$/m);
    expect(stderr).toMatch(/^1 converted, 1 failed$/m);
    expect(status).toBe(2);
    expect(folder.list()).toEqual(["out/b.py", "src/a.py", "src/b.py"]);
  });
});
