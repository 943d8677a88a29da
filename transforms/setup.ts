/** What sets TensorFlow up for a machine: PyTorch takes memory as it needs it, and has no sessions. */
import type { Call, Node } from "../grammars/nodes.ts";
import { bool, external, NONE, str, UNKNOWN } from "../src/analysis/values.ts";
import type { FunctionEntry } from "./functions.ts";

const under = (module: string, names: string): string[] =>
  names.split(" ").map((name) => `${module}.${name}`);

/** How training is spread over devices: what PyTorch gets trains on one. */
export const STRATEGIES: ReadonlySet<string> = new Set([
  ...under(
    "tensorflow.distribute",
    "MirroredStrategy OneDeviceStrategy MultiWorkerMirroredStrategy get_strategy",
  ),
  ...under(
    "tensorflow.distribute.experimental",
    "CentralStorageStrategy MultiWorkerMirroredStrategy ParameterServerStrategy",
  ),
]);

/** Where things are put and what they are called: blocks whose statements stay without them. */
export const SCOPES: ReadonlySet<string> = new Set(under("tensorflow", "device name_scope"));

/** Calls that make or list what only TensorFlow has. `compat.v1` is left out of all paths. */
export const SETUP_VALUES: ReadonlySet<string> = new Set([
  ...STRATEGIES,
  ...under(
    "tensorflow",
    "ConfigProto GPUOptions Session InteractiveSession get_logger get_default_graph Graph",
  ),
  ...under(
    "tensorflow.config",
    "list_physical_devices list_logical_devices get_visible_devices LogicalDeviceConfiguration",
  ),
  ...under(
    "tensorflow.config.experimental",
    "list_physical_devices list_logical_devices get_visible_devices VirtualDeviceConfiguration",
  ),
  "tensorflow.python.client.device_lib.list_local_devices",
  "keras.backend.get_session",
]);

/** Calls whose statement goes. */
export const SETUP_CALLS: ReadonlySet<string> = new Set([
  ...under(
    "tensorflow.config.experimental",
    "set_memory_growth set_virtual_device_configuration set_visible_devices enable_op_determinism",
  ),
  ...under(
    "tensorflow.config",
    "set_visible_devices set_logical_device_configuration set_soft_device_placement run_functions_eagerly experimental_run_functions_eagerly",
  ),
  ...under(
    "tensorflow.config.threading",
    "set_inter_op_parallelism_threads set_intra_op_parallelism_threads",
  ),
  ...under("tensorflow.config.optimizer", "set_jit set_experimental_options"),
  ...under(
    "tensorflow",
    "enable_eager_execution disable_eager_execution enable_v2_behavior disable_v2_behavior reset_default_graph",
  ),
  "tensorflow.debugging.set_log_device_placement",
  "tensorflow.logging.set_verbosity",
  "tensorflow.autograph.set_verbosity",
  ...under("keras.backend", "set_session clear_session manual_variable_initialization"),
]);

/** Calls that choose devices: what they choose is lost with them, and that is said. */
export const CHOOSES_DEVICES: ReadonlySet<string> = new Set([
  "tensorflow.config.set_visible_devices",
  "tensorflow.config.experimental.set_visible_devices",
]);

export function setupPath(canonical: string): string {
  return canonical.replace(/^tensorflow\.compat\.v[12]\./, "tensorflow.");
}

/** Whether only the truth of the call's value is asked for. */
function isTested(call: Call): boolean {
  const { parent } = call;
  return (parent?.type === "IfExp" || parent?.type === "If") && parent.test === call;
}

function lengthOf(call: Call): Call | undefined {
  const outer: Node | null | undefined = call.parent?.type === "Argument" ? call.parent.parent : undefined;
  const isLength =
    outer?.type === "Call" &&
    outer.func.type === "Name" &&
    outer.func.id === "len" &&
    outer.args.length === 1;
  return isLength ? outer : undefined;
}

/** Modes of TensorFlow and Keras that a script asks for, which the conversion has settled. */
const SETTLED: readonly FunctionEntry[] = [
  {
    paths: ["tensorflow.executing_eagerly"],
    signature: "",
    result: () => bool(true),
    replace: (_args, rewriter) =>
      ["disable_eager_execution", "disable_v2_behavior", "v1.Session", "tf.Session"].some((name) =>
        rewriter.text.includes(name),
      )
        ? { kind: "unsupported", reason: "whether this script runs eagerly is not known here" }
        : { kind: "expression", text: "True" },
  },
  {
    paths: ["keras.backend.backend", "keras.config.backend"],
    signature: "",
    result: () => str("tensorflow"),
    replace: (_args, rewriter) =>
      rewriter.text.includes("KERAS_BACKEND")
        ? { kind: "unsupported", reason: "which backend Keras uses is not known here" }
        : { kind: "expression", text: '"tensorflow"' },
  },
];

/** Files as TensorFlow opens them: on this machine, with texts in UTF-8. */
const FILES: readonly FunctionEntry[] = [
  {
    paths: ["tensorflow.io.gfile.GFile", ...under("tensorflow.gfile", "GFile Open FastGFile")],
    signature: "name, mode='r'",
    result: () => external("builtins"),
    replace: (args) => {
      const mode = args.value("mode");
      if (mode.kind !== "str")
        return { kind: "unsupported", reason: "how this file is opened is not known here" };
      const options = [
        args.required("name"),
        ...(mode.value === "r" ? [] : [`"${mode.value}"`]),
        ...(mode.value.includes("b") ? [] : ['encoding="utf-8"']),
      ];
      return { kind: "expression", text: `open(${options.join(", ")})` };
    },
  },
  ...[
    ["exists", "Exists", "os.path.exists"],
    ["isdir", "IsDirectory", "os.path.isdir"],
    ["listdir", "ListDirectory", "os.listdir"],
    ["remove", "Remove", "os.remove"],
  ].map(
    ([name, old, python]): FunctionEntry => ({
      paths: [`tensorflow.io.gfile.${name}`, `tensorflow.gfile.${old}`],
      signature: "path, filename:path=None",
      result: () => external("builtins"),
      replace: (args, rewriter) => {
        rewriter.imports.add("import os");
        return { kind: "expression", text: `${python}(${args.required("path")})` };
      },
    }),
  ),
  {
    paths: ["tensorflow.io.gfile.makedirs", "tensorflow.gfile.MakeDirs"],
    signature: "path, dirname:path=None",
    result: () => NONE,
    replace: (args, rewriter) => {
      rewriter.imports.add("import os");
      return { kind: "expression", text: `os.makedirs(${args.required("path")}, exist_ok=True)` };
    },
  },
];

export const MACHINE: readonly FunctionEntry[] = [
  ...SETTLED,
  ...FILES,
  {
    paths: under("tensorflow.test", "is_gpu_available is_built_with_cuda"),
    signature: "cuda_only=False, min_cuda_compute_capability=None",
    result: () => UNKNOWN,
    replace: (_args, rewriter) => ({ kind: "expression", text: rewriter.use("torch.cuda.is_available()") }),
  },
  {
    paths: ["tensorflow.test.gpu_device_name"],
    signature: "",
    result: () => external("builtins"),
    replace: (_args, rewriter) => ({
      kind: "expression",
      text: rewriter.use('("/device:GPU:0" if torch.cuda.is_available() else "")'),
    }),
  },
  {
    paths: [
      "tensorflow.config.list_physical_devices",
      "tensorflow.config.experimental.list_physical_devices",
    ],
    signature: "device_type=None",
    result: () => external("builtins"),
    replace: (args, rewriter, call) => {
      const kind = args.value("device_type");
      if (kind.kind !== "str" || kind.value !== "GPU")
        return { kind: "unsupported", reason: "devices other than GPUs cannot be listed in PyTorch" };
      const length = lengthOf(call);
      const text = rewriter.use(
        isTested(call)
          ? "torch.cuda.is_available()"
          : length
            ? "torch.cuda.device_count()"
            : "list(range(torch.cuda.device_count()))",
      );
      const whole = length ?? call;
      rewriter.edits.absorb(rewriter.text, whole.start, whole.end);
      rewriter.edits.replace(whole.start, whole.end, text, "setup");
      return { kind: "done" };
    },
  },
  {
    paths: ["keras.backend.set_floatx"],
    signature: "floatx",
    result: () => UNKNOWN,
    replace: (args) => {
      const type = args.value("floatx");
      if (type.kind === "str" && type.value === "float32") return { kind: "remove" };
      return {
        kind: "unsupported",
        reason: "models of another data type than float32 are not supported yet",
      };
    },
  },
];
