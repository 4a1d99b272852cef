#!/usr/bin/env node
import { createProve, createSamples, startHost } from './host';
import { runCli } from './operator/cli/cli';

const { env, stdout, stderr } = process;
void runCli(process.argv.slice(2), {
  startHost,
  samples: createSamples(),
  prove: createProve([process.execPath, __filename], env),
  env,
  stdin: () => process.stdin,
  stdout,
  stderr,
  cwd: process.cwd(),
  signals: process,
}).then(
  // Whatever plugins left running must not keep a stopped host alive.
  (exitCode) => process.exit(exitCode),
);
