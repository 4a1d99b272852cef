import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { firstStopSignal, type SignalSource } from '../../src/operator/signals';

class Source extends EventEmitter implements SignalSource {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

describe('signals on a clock of our own', () => {
  test('a repeat within a second is the same signal, a later one exits at once', async () => {
    let now = 50_000;
    const source = new Source();
    const first = firstStopSignal(source, () => now);
    source.emit('SIGTERM', 'SIGTERM');
    expect(await first).toBe('SIGTERM');
    now += 1_000;
    source.emit('SIGINT', 'SIGINT');
    expect(source.exits).toEqual([]);
    now += 1;
    source.emit('SIGINT', 'SIGINT');
    source.emit('SIGTERM', 'SIGTERM');
    expect(source.exits).toEqual([130, 143]);
  });
});

/** Runs the module compiled by jest's own transform in a process of its own. */
function startChild(stopMs: number) {
  const script = `
    const { transformSync } = require('@swc/core');
    const { readFileSync } = require('node:fs');
    const { code } = transformSync(readFileSync(process.argv[1], 'utf8'), {
      jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
    const loaded = { exports: {} };
    new Function('module', 'exports', code)(loaded, loaded.exports);
    setInterval(() => undefined, 1_000);
    loaded.exports.firstStopSignal(process).then((signal) => {
      console.log('stopping ' + signal);
      setTimeout(() => process.exit(0), ${stopMs});
    });
    console.log('up');`;
  const module = path.resolve(__dirname, '../../src/operator/signals.ts');
  return spawn(process.execPath, ['-e', script, module], {
    cwd: path.resolve(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('signals to a real process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s twice at once stops once and exits 0', async (signal) => {
    const child = startChild(200);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(String((await once(child.stdout, 'data'))[0])).toBe(`stopping ${signal}\n`);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a second signal well after the first ends a stop that hangs', async () => {
    const child = startChild(60_000);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child.stdout, 'data');
    const exited = once(child, 'exit');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    child.kill('SIGTERM');
    expect(await exited).toEqual([143, null]);
  });
});
