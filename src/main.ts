#!/usr/bin/env node
import { createBackups, createProve, createSamples, inspection, startHost } from './host';
import { runCli } from './operator/cli/cli';

const { env, stdout, stderr } = process;
// Whoever reads may stop before the end, as `head` does: nobody is there to be told.
for (const stream of [stdout, stderr]) stream.on('error', () => {});

/** What is written to a pipe is on its way only: what is not taken when the process exits is lost. */
const written = (stream: NodeJS.WriteStream) => new Promise<void>((done) => stream.write('', () => done()));

void runCli(process.argv.slice(2), {
  startHost,
  inspection,
  samples: createSamples(),
  backups: createBackups(),
  prove: createProve([process.execPath, __filename], env),
  env,
  stdin: () => process.stdin,
  stdout,
  stderr,
  cwd: process.cwd(),
  signals: process,
}).then(async (exitCode) => {
  await Promise.all([written(stdout), written(stderr)]);
  // Whatever plugins left running must not keep a stopped host alive.
  process.exit(exitCode);
});
