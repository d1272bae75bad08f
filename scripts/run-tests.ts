// Runs test files as `node --test` does, but in the order given: the ones that take longest first, so that the others fill the gaps.
// `node scripts/run-tests.ts <files at a time> <file…>`
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [concurrency, ...files] = process.argv.slice(2);
run({ files, concurrency: Number(concurrency) })
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
