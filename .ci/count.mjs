/** Prints "N passed, N failed" of a Vitest report, and fails where anything has: `count.mjs REPORT STATUS BROKEN`. */
import { readFileSync } from "node:fs";

const [file, status, broken] = process.argv.slice(2);

function readReport() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Vitest did not come to its end; its exit status tells.
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const { numPassedTests: passed, numFailedTests, testResults } = readReport();
// A test file that cannot be loaded, or whose hooks fail, has no failed test to be counted by.
const brokenFiles = testResults.filter(
  (one) => one.status === "failed" && one.assertionResults.every((test) => test.status !== "failed"),
).length;
let failed = numFailedTests + brokenFiles + Number(broken);
if (failed === 0 && (status !== "0" || passed === 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
