// Prints the true counts of the last test run on one plain line, from the runner's own report. No report is a failure.
import { existsSync, readFileSync } from 'node:fs';

if (!existsSync(process.argv[2])) {
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
).length;
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed, ${skipped} skipped`);
process.exit(report.numPassedTests > 0 && report.numFailedTests + brokenFiles === 0 ? 0 : 1);
