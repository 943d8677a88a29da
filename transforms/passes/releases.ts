/** Notes of defaults that older releases of Keras had, for scripts whose release is not known. */

import type { Node } from "../../grammars/nodes.ts";
import { FORMER_DEFAULTS } from "../releases.ts";
import type { Rewriter } from "../rewriter.ts";
import { importsStandalone } from "../version.ts";

/**
 * A script for standalone Keras may be as old as one with other defaults: once for each argument that
 * it leaves to them. TensorFlow's own Keras has had today's since TensorFlow 2.
 */
export function noteFormerDefaults(rewriter: Rewriter): void {
  for (const [call, facts] of rewriter.program.calls)
    for (const { construct, args } of facts)
      noteDefaults(rewriter, call, construct.path, (name) => args.given.has(name));
}

/** The same of one thing of Keras, which may be called by a string as well. */
export function noteDefaults(
  rewriter: Rewriter,
  at: Node,
  path: string,
  isGiven: (argument: string) => boolean,
): void {
  const { machine, module, version } = rewriter.program;
  if (version === "keras3" || machine.release || !importsStandalone(module)) return;
  const name = path.slice(path.lastIndexOf(".") + 1);
  for (const { argument, value, keras } of FORMER_DEFAULTS[path] ?? []) {
    const start = `\`${name}\` has today's default of \`${argument}\` here`;
    if (isGiven(argument) || rewriter.diagnostics.some(({ message }) => message.startsWith(start))) continue;
    const before = `before Keras ${keras.join(".")} it was ${value}`;
    rewriter.note(at, "version", `${start}; ${before} (a pinned release or --keras-version tells which)`);
  }
}
