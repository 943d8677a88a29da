/** The two Python processes of the layer tests, one a framework, which stay up and answer in order. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { python } from "../setup/python.ts";
import type { Case, ConvertedCase } from "./cases.ts";

const here = import.meta.dirname;
const cache = join(here, "../../node_modules/.cache/keras-to-torch/layers");

class Server {
  private readonly child: ChildProcess;
  private readonly waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  private errors = "";

  constructor(program: string) {
    this.child = spawn(python, ["-B", join(here, program)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        CUDA_VISIBLE_DEVICES: "",
        OMP_NUM_THREADS: "1",
        TF_CPP_MIN_LOG_LEVEL: "3",
        TF_ENABLE_ONEDNN_OPTS: "0",
        TF_USE_LEGACY_KERAS: "1",
      },
    });
    this.child.stderr?.on("data", (data) => {
      this.errors = (this.errors + data).slice(-4000);
    });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
      this.waiting.shift()?.resolve(line),
    );
    this.child.on("exit", () => {
      for (const one of this.waiting) one.reject(new Error(`${program} ended: ${this.errors}`));
    });
  }

  ask(request: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve: (line) => resolve(JSON.parse(line)), reject });
      this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  stop(): void {
    this.child.stdin?.end();
  }
}

const running = new Map<string, Server>();

/** @param kind programs of one file for requests that must not meet, as one of them sets seeds. */
function server(program: string, kind = ""): Server {
  const key = `${program} ${kind}`;
  const known = running.get(key) ?? new Server(program);
  running.set(key, known);
  return known;
}

export function stopServers(): void {
  for (const one of running.values()) one.stop();
  running.clear();
}

const versions = readFileSync(join(here, "../equivalence/requirements.txt"), "utf8");

interface Recorded {
  readonly file: string;
  readonly failed: Record<string, string>;
}

const asked = new Map<string, Promise<Recorded>>();

/** Runs the originals in Keras, once for all time: a file of what they gave, and what failed by id. */
export function runKeras(cases: readonly Case[]): Promise<Recorded> {
  const plain = cases.map(({ id, input, keras, version, random, draws }) => ({
    id,
    input,
    keras,
    version,
    random,
    ...(draws && { draws }),
  }));
  return recorded("keras_side.py", plain);
}

function recorded(program: string, cases: readonly unknown[], kind?: Draw): Promise<Recorded> {
  const source = readFileSync(join(here, program), "utf8");
  const asText = JSON.stringify([source, versions, cases]);
  const stands = ["cudnn", "keras1"].filter((name) => asText.includes(`import ${name}`));
  const key = createHash("sha256")
    .update([asText, ...stands.map((name) => readFileSync(join(here, `${name}.py`), "utf8"))].join())
    .digest("hex")
    .slice(0, 24);
  const answer = asked.get(key) ?? record(() => server(program, kind), key, cases);
  asked.set(key, answer);
  return answer;
}

async function record(keras: () => Server, key: string, cases: readonly unknown[]): Promise<Recorded> {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `${key}.pickle`);
  const answer = `${file}.json`;
  if (!existsSync(answer)) {
    const temporary = join(cache, `${key}.${process.pid}`);
    await keras().ask({ cases, file: temporary });
    renameSync(temporary, file);
    renameSync(`${temporary}.json`, answer);
  }
  return { file, failed: JSON.parse(readFileSync(answer, "utf8")) as Record<string, string> };
}

/**
 * Runs conversions in PyTorch with the weights and inputs of a file: what differs, by id.
 *
 * @param noisy whether rounding may be large: where results differ, what it can do is found by other
 *     roundings of the same numbers, and allowed
 */
export async function runTorch(
  cases: readonly ConvertedCase[],
  file: string,
  noisy = false,
): Promise<Record<string, string>> {
  return (await server("torch_side.py").ask({ cases, file, noisy })) as Record<string, string>;
}

/** What differs between the initial weights of models that start the same each time, by id. */
export async function startTorch(
  cases: readonly ConvertedCase[],
  file: string,
): Promise<Record<string, string>> {
  return (await server("torch_side.py").ask({ cases, file, start: true })) as Record<string, string>;
}

/** What is compared of something random: initial weights, or outputs in training. */
export type Draw = "start" | "training";

/** Runs originals in Keras, many times: a file of what they gave. */
export function drawKeras(what: Draw, cases: readonly Case[]): Promise<Recorded> {
  const plain = cases.map(({ id, input, keras }) => ({ id, input, keras, what }));
  return recorded("keras_statistics.py", plain, what);
}

/** Runs conversions in PyTorch, many times: where their statistics are not those of a file, by id. */
export async function drawTorch(
  what: Draw,
  cases: readonly ConvertedCase[],
  file: string,
): Promise<Record<string, string>> {
  const asked = cases.map((one) => ({ ...one, what }));
  return (await server("torch_statistics.py").ask({ cases: asked, file })) as Record<string, string>;
}
