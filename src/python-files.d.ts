/** Python helpers are written as real `.py` files and imported as text (esbuild's text loader). */
declare module "*.py" {
  const source: string;
  export default source;
}
