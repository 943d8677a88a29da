import type { NumberLiteral } from "../nodes.ts";
import type { Reader } from "../reader.ts";

/** `1_000`, `0xff`, `.5e3`, `2j`. */
export function number(reader: Reader): NumberLiteral {
  const isFloatToken = reader.type === "float";
  const start = reader.start();
  const end = reader.end();
  let text = reader.text.slice(start, end).replaceAll("_", "");
  const last = text.at(-1);
  if (last === "l" || last === "L") {
    reader.report("python2", { start, end }, `long integer \`${text}\``);
    text = text.slice(0, -1);
  } else if (!isFloatToken && /^0[0-9]*[1-9][0-9]*$/.test(text)) {
    reader.report("python2", { start, end }, `octal literal \`${text}\``);
  }
  const isRadix = /^0[xob]/i.test(text);
  const imaginary = !isRadix && (last === "j" || last === "J");
  if (imaginary) text = text.slice(0, -1);
  const isFloat = isFloatToken || imaginary;
  return { type: "Number", start, end, parent: null, value: numericValue(text, isFloat), isFloat, imaginary };
}

function numericValue(text: string, isFloat: boolean): number | bigint {
  const value = Number(text);
  if (isFloat || Number.isSafeInteger(value)) return value;
  try {
    return BigInt(text);
  } catch {
    return value;
  }
}
