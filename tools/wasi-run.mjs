// Runs one wasm32-wasip1 program under Node's WASI: `node tools/wasi-run.mjs program.wasm [argument…]`.
// The program gets only its arguments, the PROPTEST_* and RUST_BACKTRACE variables, and standard output and
// error: no directory, no network. The exit code is the program's; after a trap it is 134.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error("usage: node tools/wasi-run.mjs program.wasm [argument…]");
  process.exit(2);
}
const passed = ([name]) => name.startsWith("PROPTEST_") || name === "RUST_BACKTRACE";
const wasi = new WASI({
  version: "preview1",
  args: [program, ...args],
  env: Object.fromEntries(Object.entries(process.env).filter(passed)),
  returnOnExit: true,
});
try {
  const module = await WebAssembly.compile(await readFile(program));
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  process.exitCode = wasi.start(instance);
} catch (error) {
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  console.error(`${program}: ${error.message}`);
  process.exitCode = 134;
}
