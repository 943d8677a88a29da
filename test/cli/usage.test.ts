/** Help, mistakes in the call, colours, and streams that end early. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { version } from "../../package.json";
import { cli } from "../setup/build.ts";
import { Folder, KERAS, UNRELATED, UNSUPPORTED } from "./support.ts";

const convert = (...args: string[]) => new Folder({ "a.py": UNRELATED }).convert(args);
const ESCAPE = "\u001b[";

test.for(["--help", "-h"])("%s", (option) => {
  const { status, stdout, stderr } = convert(option);
  expect(stdout).toMatch(/^Usage: keras-to-torch \[options\] \[command\] \[PATH\.\.\.\]\n/);
  for (const name of [
    "--write",
    "--check",
    "--output <DIR>",
    "--stdin-filename <FILE>",
    "--partial",
    "Exit codes:",
  ])
    expect(stdout).toContain(name);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test.for(["--version", "-V"])("%s", (option) => {
  expect(convert(option)).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test.for([
  [[], "name the files or folders to convert, or - for standard input"],
  [["--wrong", "a.py"], "unknown option '--wrong'"],
  [["--write", "--check", "a.py"], "option '-w, --write' cannot be used with option '-c, --check'"],
  [["--write", "-o", "out", "a.py"], "option '-w, --write' cannot be used with option '-o, --output <DIR>'"],
  [["--check", "-o", "out", "a.py"], "option '-c, --check' cannot be used with option '-o, --output <DIR>'"],
  [["a.py", "-o"], "option '-o, --output <DIR>' argument missing"],
  [["-", "--write"], "option '-w, --write' cannot be used with '-' (standard input)"],
  [["-", "-o", "out"], "option '-o, --output <DIR>' cannot be used with '-' (standard input)"],
  [["-", "a.py"], "'-' (standard input) goes with no other path"],
  [["a.py", "--stdin-filename", "b.py"], "option '--stdin-filename <FILE>' goes with the argument '-'"],
] as const)("%j is a mistake", ([args, message]) => {
  const { status, stdout, stderr } = convert(...args);
  expect(stderr).toBe(`error: ${message}\n(--help tells what there is)\n`);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});

test("what begins with a hyphen can be a file", () => {
  const folder = new Folder({ "-a.py": KERAS });
  expect(folder.convert(["--check", "--", "-a.py"]).stdout).toBe("would convert -a.py\n");
});

describe("--quiet", () => {
  test.for([["--write"], ["-o", "out"]])("%j says nothing", (options) => {
    const { stdout, stderr } = new Folder({ "a.py": KERAS }).convert(["--quiet", ...options, "."]);
    expect(stdout + stderr).toBe("");
  });

  test("--check names what it found", () => {
    const { stdout, stderr } = new Folder({ "a.py": KERAS }).convert(["--quiet", "--check", "."]);
    expect(stdout + stderr).toBe("would convert a.py\n");
  });

  test("does not hide what is wrong", () => {
    const { stderr } = new Folder({ "a.py": UNSUPPORTED }).convert(["--quiet", "."]);
    expect(stderr).toContain(" --> a.py:5:9\n");
    expect(stderr).not.toContain("left alone");
  });
});

describe("colours", () => {
  const folder = new Folder({ "a.py": UNSUPPORTED, "b.py": KERAS });

  test.for([
    ["none where nobody looks", {}, false],
    ["FORCE_COLOR", { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, false],
    ["NO_COLOR before FORCE_COLOR", { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ] as const)("%s", ([, env, coloured]) => {
    const { stdout, stderr } = folder.convert(["."], { env });
    expect(stderr.includes(ESCAPE)).toBe(coloured);
    // A diff in a file must apply whatever the environment asks for.
    expect(stdout).not.toContain(ESCAPE);
  });

  const script = "/usr/bin/script";
  test.skipIf(!existsSync(script) || process.platform !== "linux")("on a terminal", () => {
    const onTerminal = (env = {}) =>
      folder.run(script, ["-qec", `'${process.execPath}' '${cli}' .`, "/dev/null"], {
        env: { TERM: "xterm", ...env },
      }).stdout;
    expect(onTerminal()).toContain(`${ESCAPE}32m+`);
    expect(onTerminal({ NO_COLOR: "1" })).not.toContain(ESCAPE);
    expect(onTerminal({ TERM: "dumb" })).not.toContain(ESCAPE);
  });
});

describe("streams", () => {
  const shell = (folder: Folder, command: string) =>
    folder.run("bash", ["-o", "pipefail", "-c", command, process.execPath, cli]);

  test("a reader that has seen enough is no failure", () => {
    const folder = new Folder(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}.py`, KERAS])),
    );
    const { status, stderr } = shell(folder, `"$0" "$1" . | head -n 1`);
    expect(stderr).toMatch(/^\d+ would be converted\n$/);
    expect(status).toBe(0);
  });

  test("files are written to the last where nobody reads their names", () => {
    const folder = new Folder({ "a.py": KERAS, "b.py": KERAS });
    expect(shell(folder, `"$0" "$1" --write . | true`).stderr).toBe("2 converted\n");
    expect(folder.convert(["--check", "."]).status).toBe(0);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk behind the output is a failure", () => {
    const { status, stderr } = shell(new Folder({ "a.py": KERAS }), `"$0" "$1" a.py > /dev/full`);
    expect(stderr).toContain("error: the output cannot be written: ");
    expect(status).toBe(2);
  });
});
