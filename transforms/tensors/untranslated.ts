/** What functions of tensors do that has no known form in PyTorch. */
import type { Node } from "../../grammars/nodes.ts";
import { Unsupported } from "../arguments.ts";

export function untranslated(node: Node): Unsupported {
  return new Unsupported(
    node,
    "what this does to tensors has no translation yet",
    "Write this function with PyTorch by hand.",
  );
}
