// What verifying costs: microseconds of CPU per request of 1 KiB for every sender of the table, its signature right, 12 other headers
// around it, the best of some rounds. Shared secrets are held to the bar; public keys cost what OpenSSL takes.
// Run after a build: node bench/verify.mjs [--rounds 7] [--only stripe]
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const { compileRow } = require('../dist/signatures/compile-row.js');
const { plainRequest } = require('../dist/signatures/plain-request.js');
const { signRequest } = require('../dist/signatures/sign-request.js');
const { sampleSecret } = require('../dist/signatures/signing-key.js');
const { signatureRows } = require('../dist/signatures/signature-rows.js');

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, only: { type: 'string' } },
});
const BAR_US = 10;
const CALLS = { fast: 4_000, slow: 400 };
const AT = 1_700_000_000_000;
const around = Array.from({ length: 12 }, (_, index) => [
  `x-other-${index}`,
  'some value of usual length',
]).flat();
const text = 'x'.repeat(1_024 - 50);

const lines = [];
for (const row of signatureRows) {
  if (row.kind === 'special' || (options.only !== undefined && row.id !== options.only)) continue;
  const { secret, signingSecret } = sampleSecret(row);
  const target = '/in/it?a=1';
  const publicBase = 'https://hooks.example.com';
  const body = JSON.stringify({ id: 'd-1', type: 'made', value: [{}], text });
  const signed = signRequest(row, { secret: signingSecret, body, at: AT, target, publicBase });
  const request = plainRequest({
    headers: [...around, ...Object.entries(signed.headers).flat()],
    body: signed.body,
    target,
    publicBase,
  });
  const verify = compileRow(row);
  const secrets = [{ id: 's1', value: secret }];
  const isPublicKey = ['ed25519', 'ecdsa', 'rsa'].includes(row.kind);
  const calls = isPublicKey ? CALLS.slow : CALLS.fast;
  const rounds = [];
  for (let round = 0; round <= Number(options.rounds); round += 1) {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call += 1)
      if (!verify(request, secrets, AT).ok) throw new Error(`${row.id} was refused`);
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) rounds.push((user + system) / calls);
  }
  lines.push({ id: row.id, kind: row.kind, us: Math.min(...rounds), isPublicKey });
}

for (const { id, kind, us } of lines.toSorted((a, b) => b.us - a.us))
  console.log(`${id.padEnd(20)} ${kind.padEnd(8)} ${us.toFixed(1).padStart(7)} µs`);
const held = lines.filter(({ isPublicKey }) => !isPublicKey);
const worst = Math.max(...held.map(({ us }) => us));
console.log(`\nshared secrets: at most ${worst.toFixed(1)} µs per 1 KiB, bar ${BAR_US} µs`);
process.exitCode = worst <= BAR_US ? 0 : 1;
