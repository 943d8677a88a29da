/** One file from its bytes to its outcome, whatever happens on the way. */
import { readFile } from "node:fs/promises";
import type { Conversion, ConvertOptions, SourceFile } from "../convert.ts";
import type { Diagnostic } from "../diagnostics.ts";
import { mayUseModels, namesKeras } from "../prefilter.ts";
import type { RuleName } from "../report/rules.ts";
import { decode } from "./decode.ts";
import type { InputFile } from "./find.ts";
import type { Outcome } from "./outcome.ts";
import { pinsFor } from "./requirements.ts";
import { siblingsOf } from "./siblings.ts";

export type Convert = (file: SourceFile) => Conversion;

/** The parser and the tables of Keras, loaded when the first file needs them. */
export function lazyConverter(options: ConvertOptions): () => Promise<Convert> {
  let loading: Promise<Convert> | undefined;
  const load = async (): Promise<Convert> => {
    const [{ loadParser }, { convert }] = await Promise.all([
      import("../../grammars/index.ts"),
      import("../convert.ts"),
    ]);
    const parser = await loadParser();
    return (file) => convert(parser, file, options);
  };
  return () => {
    loading ??= load();
    return loading;
  };
}

export async function convertFile(file: InputFile, converter: () => Promise<Convert>): Promise<Outcome> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.location);
  } catch (error) {
    return { ...untouched(file, null), verdict: "failed", diagnostics: [problem("unreadable", error)] };
  }
  return convertBytes(file, bytes, converter);
}

export async function convertBytes(
  file: InputFile,
  bytes: Uint8Array,
  converter: () => Promise<Convert>,
): Promise<Outcome> {
  // Most files of a repository end here: they need neither decoding nor the parser.
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const named = namesKeras(raw);
  if (!named && !mayUseModels(raw)) return untouched(file, bytes);
  if (file.path.endsWith(".ipynb")) {
    if (!named) return untouched(file, bytes);
    return { ...untouched(file, bytes), verdict: "unsupported", diagnostics: [NOTEBOOK] };
  }
  const { text, problem: encoding } = decode(bytes);
  if (encoding && !named) return untouched(file, bytes);
  if (encoding) {
    const { verdict, diagnostic } = encoding;
    return { ...untouched(file, bytes), verdict, text, diagnostics: [diagnostic] };
  }
  try {
    const convert = await converter();
    const pins = await pinsFor(file.location);
    const { verdict, output, diagnostics } = convert({
      path: file.path,
      text,
      pins,
      isSibling: siblingsOf(file.location),
    });
    return { file, verdict, bytes, text, output, diagnostics };
  } catch (error) {
    const diagnostics = [{ ...problem("internal-error", error), hint: REPORT_IT }];
    return { ...untouched(file, bytes), verdict: "failed", diagnostics };
  }
}

/** An outcome whose file could not take its new text. */
export function notWritten(outcome: Outcome, error: unknown): Outcome {
  return {
    ...outcome,
    verdict: "failed",
    // Where the file could not be written there is no line to show.
    text: null,
    output: null,
    diagnostics: [problem("unwritable", error)],
  };
}

function untouched(file: InputFile, bytes: Uint8Array | null): Outcome {
  return { file, verdict: "unrelated", bytes, text: null, output: null, diagnostics: [] };
}

const REPORT_IT =
  "This is a bug of keras-to-torch: please report it, with the script if you may. The file is as it was.";

const NOTEBOOK: Diagnostic = {
  rule: "notebook",
  severity: "error",
  message: "notebooks are not supported yet",
  hint: "Save the notebook as a script (`jupyter nbconvert --to script`) and convert that.",
  start: 0,
  end: 0,
};

function problem(rule: RuleName, error: unknown): Diagnostic {
  return { rule, severity: "error", message: messageOf(error), start: 0, end: 0 };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  ELOOP: "its symbolic links lead in a circle",
  EISDIR: "this is a folder",
};

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : REASONS[code];
  return reason ? `${reason} (${code})` : error.message;
}
