/** What the command line cannot be made to do from outside: break down, and fail in the middle of writing. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { convertBytes, notWritten } from "../../../src/bulk/convert-file.ts";
import { count, EXIT, exitCode, NONE } from "../../../src/bulk/outcome.ts";
import { createFile, replaceFile } from "../../../src/bulk/write.ts";

const file = { location: "/project/a.py", path: "a.py", place: "a.py" };
const strict = { check: false, allowUnsupported: false };

describe("a conversion that breaks down", () => {
  test("is an outcome, with the file's name", async () => {
    const outcome = await convertBytes(file, Buffer.from("import keras\n"), async () => () => {
      throw new TypeError("x is undefined");
    });
    expect(outcome).toMatchObject({ file, verdict: "failed", output: null });
    expect(outcome.diagnostics).toEqual([
      expect.objectContaining({ rule: "internal-error", severity: "error", message: "x is undefined" }),
    ]);
    expect(exitCode(count(NONE, outcome), strict)).toBe(EXIT.error);
  });

  test("so is a parser that cannot be loaded", async () => {
    const outcome = await convertBytes(file, Buffer.from("import keras\n"), async () => {
      throw new Error("no parser");
    });
    expect(outcome.verdict).toBe("failed");
  });
});

test("nothing is loaded for a file that never names Keras", async () => {
  const outcome = await convertBytes(file, Buffer.from("import torch\n"), () => {
    throw new Error("loaded");
  });
  expect(outcome).toMatchObject({ verdict: "unrelated", diagnostics: [] });
});

test("a conversion that could not be written is a failure", async () => {
  const converted = await convertBytes(file, Buffer.from("import keras\n"), async () => () => ({
    verdict: "converted",
    output: "import torch\n",
    diagnostics: [],
    models: [],
  }));
  expect(notWritten(converted, Object.assign(new Error("EROFS: ..."), { code: "EROFS" }))).toMatchObject({
    verdict: "failed",
    output: null,
    diagnostics: [{ rule: "unwritable", message: "the file system is read-only (EROFS)" }],
  });
});

describe("writing", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keras-to-torch-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("replaces the content and keeps the mode", async () => {
    const path = join(folder, "a.py");
    writeFileSync(path, "old", { mode: 0o640 });
    await replaceFile(path, Buffer.from("new"));
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["a.py"]);
  });

  test("leaves nothing behind where it fails", async () => {
    mkdirSync(join(folder, "a.py"));
    await expect(createFile(join(folder, "a.py"), Buffer.from("new"), 0o644)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(["a.py"]);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  test("does not make a file that was to be replaced", async () => {
    await expect(replaceFile(join(folder, "gone.py"), Buffer.from("new"))).rejects.toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual([]);
  });
});
