/** Folders of scripts for the command line to work on, and the command line itself. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { loadParser } from "../../grammars/index.ts";
import { convert } from "../../src/convert.ts";
import { snapshots } from "../cases.ts";
import { cli } from "../setup/build.ts";

/** A script and what the conversion makes of it; that this is right, others test. */
export const KERAS = readFileSync(join(snapshots, "xor/keras.py"), "utf8");
export const TORCH = convert(await loadParser(), { path: "xor.py", text: KERAS }).output ?? "";

export const UNRELATED = "print('hello')\n";

/** Models of several inputs are not Sequential. */
export const UNSUPPORTED = `import keras

x = keras.Input(shape=(4,))
heads = [keras.layers.Dense(2)(x), keras.layers.Dense(1)(x)]
model = keras.Model(x, heads)
`;

export const INVALID = `import keras

model = keras.Sequential(
print(model
`;

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A temporary folder. */
export class Folder {
  readonly path: string;

  constructor(files: Files = {}) {
    this.path = mkdtempSync(join(tmpdir(), "keras-to-torch-test-"));
    folders.push(this.path);
    this.write(files);
  }

  write(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const path = this.at(name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }

  at(name: string): string {
    return join(this.path, name);
  }

  read(name: string): string {
    return readFileSync(this.at(name), "utf8");
  }

  chmod(name: string, mode: number): void {
    chmodSync(this.at(name), mode);
  }

  /** The names of all files, sorted. */
  list(): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path.length + 1))
      .filter((name) => !name.startsWith(".git/"))
      .sort();
  }

  /** Runs the command line in this folder. */
  convert(args: readonly string[], options: RunOptions = {}): Result {
    return this.run(process.execPath, [cli, ...args], options);
  }

  run(command: string, args: readonly string[], { input = "", env = {} }: RunOptions = {}): Result {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.path,
      input,
      encoding: "utf8",
      env: { ...inherited(), ...env },
      maxBuffer: 1 << 26,
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }

  git(...args: string[]): Result {
    return this.run("git", args);
  }
}

/** The environment, without what a terminal or a Git hook that runs the tests has put there. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GIT_|NO_COLOR$|FORCE_COLOR$)/.test(name)),
  );
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
