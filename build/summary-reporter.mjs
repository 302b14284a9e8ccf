// @ts-check
/** Ends the run with one line that scripts and people can read: `N passed, N failed, N skipped`. */
export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const results = [...module.children.allTests()].map((test) => test.result().state);
      // a file that cannot be loaded has no tests to count and must not look like a pass
      if (module.state() === 'failed' && !results.includes('failed')) count.failed += 1;
      for (const state of results) count[state === 'pending' ? 'skipped' : state] += 1;
    }
    // after vitest's own closing lines
    process.once('exit', () => process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`));
  }
}
