import { devicePaths } from './device-paths.ts';

/** The agent's one file: `daemon` looks after the device, `client …` is what `ashlar` is on it. Each loads only what it needs. */
async function main([mode, ...words]: readonly string[]): Promise<number> {
  if (mode === 'client') {
    const { runClient } = await import('./client/run-client.ts');
    return runClient(words);
  }
  if (mode === 'daemon') {
    const { runDaemon } = await import('./daemon/run-daemon.ts');
    await runDaemon(devicePaths());
    return 0;
  }
  process.stderr.write('usage: agent.mjs daemon | client <verb> …\n');
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
