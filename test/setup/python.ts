/**
 * The project's own Python: `.venv`, with the packages of test/equivalence/requirements.txt.
 *
 * Vitest runs this before the tests. It does nothing while the environment fits the requirements.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const requirements = join(root, "test/equivalence/requirements.txt");
const environment = join(root, ".venv");
const stamp = join(environment, "requirements.sha256");

/** The interpreter that tests run. */
export const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
/** The linter of the same environment. */
export const ruff = join(environment, process.platform === "win32" ? "Scripts/ruff.exe" : "bin/ruff");

const OLDEST = [3, 10] as const;
/** TensorFlow's wheels end here. */
const NEWEST = [3, 13] as const;

export default async function setup(): Promise<void> {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const ready = () => existsSync(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (ready()) return;
  await alone(() => {
    if (!ready()) install(wanted);
  });
}

function install(wanted: string): void {
  const own = existsSync(python) ? probe(python) : null;
  if (own === null || problemOf(own) !== null) {
    const base = findPython();
    console.log(`Making .venv with Python ${base.version.join(".")} (${base.command})`);
    run(base.command, ["-m", "venv", "--clear", environment]);
  }
  const names = readFileSync(requirements, "utf8").matchAll(/^([\w-]+)==/gm);
  console.log(
    `Installing into .venv: ${[...new Set([...names].map((match) => match[1]))].join(", ")}\n` +
      "They come from the package index that pip is configured for, several gigabytes where PyTorch's\n" +
      "wheels bring CUDA; with an index of CPU builds in PIP_EXTRA_INDEX_URL it is much less.",
  );
  run(python, [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--progress-bar",
    "off",
    "-r",
    requirements,
  ]);
  writeFileSync(stamp, wanted);
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) {
    throw new Error(`The tests need Python packages: ${command} ${args.join(" ")} failed`, { cause: error });
  }
}

interface Interpreter {
  readonly command: string;
  readonly version: readonly [number, number, number];
  readonly canMakeEnvironments: boolean;
}

/** What an interpreter says of itself; null where there is none of that name. */
function probe(command: string): Interpreter | null {
  const question =
    "import importlib.util as u, json, sys;" +
    "print(json.dumps([sys.version_info[:3], bool(u.find_spec('venv') and u.find_spec('ensurepip'))]))";
  const { status, stdout } = spawnSync(command, ["-c", question], { encoding: "utf8" });
  if (status !== 0) return null;
  const [version, canMakeEnvironments] = JSON.parse(stdout) as [[number, number, number], boolean];
  return { command, version, canMakeEnvironments };
}

function problemOf({ version: [major, minor], canMakeEnvironments }: Interpreter): string | null {
  if (major !== OLDEST[0] || minor < OLDEST[1]) return "too old";
  if (minor > NEWEST[1]) return "too new for TensorFlow";
  return canMakeEnvironments ? null : "without the venv and ensurepip modules (on Debian: python3-venv)";
}

function findPython(): Interpreter {
  const chosen = process.env.PYTHON;
  const minors = Array.from({ length: NEWEST[1] - OLDEST[1] + 1 }, (_, index) => NEWEST[1] - index);
  const commands = chosen ? [chosen] : ["python3", ...minors.map((minor) => `python3.${minor}`), "python"];
  const seen: string[] = [];
  for (const command of commands) {
    const interpreter = probe(command);
    const problem = interpreter === null ? "not found" : problemOf(interpreter);
    if (interpreter !== null && problem === null) return interpreter;
    seen.push(`${command}: ${interpreter ? `${interpreter.version.join(".")}, ` : ""}${problem}`);
  }
  throw new Error(
    `The tests run Keras and PyTorch: they need Python ${OLDEST.join(".")} to ${NEWEST.join(".")}.\n` +
      `Install one, or name one in the variable PYTHON. Looked at:\n  ${seen.join("\n  ")}`,
  );
}

/** Two test runs of one checkout must not install at the same time: the second waits for the first. */
async function alone(work: () => void): Promise<void> {
  const lock = join(
    tmpdir(),
    `keras-to-torch-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`,
  );
  for (let waited = false; ; waited = true) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const owner = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"), "utf8")) : null;
      if (owner !== null && !isAlive(owner)) rmSync(lock, { recursive: true, force: true });
      else if (!waited) console.log("Another test run installs the Python packages, waiting for it");
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
  try {
    writeFileSync(join(lock, "pid"), String(process.pid));
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
