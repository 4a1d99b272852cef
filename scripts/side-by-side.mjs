// Runs scripts of package.json two at a time, each one's output in one piece when it ends; fails with the first that fails,
// once all have been told: `node scripts/side-by-side.mjs check:format check:lint`.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const waiting = process.argv.slice(2);
const npm = process.env.npm_execpath;
let exitCode = 0;
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
process.exit(exitCode);

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { code, output } = await run(name);
    console.log(`> ${name}\n${output.trimEnd()}\n`);
    exitCode ||= code;
  }
}

function run(name) {
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const child = spawn(command, [...first, 'run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, output })));
}
