/** What sets TensorFlow up for a machine: PyTorch takes memory as it needs it, and has no sessions. */
import type { Call, Node } from "../grammars/nodes.ts";
import { external, UNKNOWN } from "../src/analysis/values.ts";
import type { FunctionEntry } from "./functions.ts";

const under = (module: string, names: string): string[] =>
  names.split(" ").map((name) => `${module}.${name}`);

/** Calls that make or list what only TensorFlow has. `compat.v1` is left out of all paths. */
export const SETUP_VALUES: ReadonlySet<string> = new Set([
  ...under("tensorflow", "ConfigProto GPUOptions Session InteractiveSession get_logger get_default_graph"),
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

export const MACHINE: readonly FunctionEntry[] = [
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
