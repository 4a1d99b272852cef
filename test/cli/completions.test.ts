import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './command-line';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-completions-'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(path.join(folder, shell), (await run(['completions', shell])).out);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for the last word of a line. */
function offered(line: string): Promise<readonly string[]> {
  const script = `source "$0"; COMP_WORDS=(${line}); [[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return new Promise((resolve, reject) =>
    execFile('bash', ['-c', script, path.join(folder, 'bash'), line], { cwd: folder }, (error, stdout) =>
      error === null ? resolve(stdout.trim().split('\n')) : reject(error),
    ),
  );
}

test('bash completes commands, those below them, and options', async () => {
  expect(await offered('gatehouse plu')).toEqual(['plugins']);
  expect(await offered('gatehouse plugins re')).toEqual(['reload', 'rescan', 'remove']);
  expect(await offered('gatehouse plugins remove acme.ci --del')).toEqual(['--delete-data']);
  expect(await offered('gatehouse --url x plugins ur')).toEqual(['urls']);
  expect(await offered('gatehouse completions ')).not.toContain('plugins');
});

test('the value of an option is a file', async () => {
  expect(await offered('gatehouse serve --config ba')).toEqual(['bash']);
});

test.each(['bash', 'zsh', 'fish'])('%s can read its script, where it is installed', (shell) => {
  const { error, status, stderr } = spawnSync(shell, ['-n', path.join(folder, shell)], { encoding: 'utf8' });
  if (error !== undefined) {
    // Not installed here; that it was not read is all that may be wrong.
    expect((error as NodeJS.ErrnoException).code).toBe('ENOENT');
    return;
  }
  expect([status, stderr]).toEqual([0, '']);
});

test.each(['zsh', 'fish'])('%s is told every command', async (shell) => {
  const { out } = await run(['completions', shell]);
  for (const word of ['plugins', 'reload', 'doctor', 'delete-data']) expect(out).toContain(word);
});

test('another shell is a mistake of the command line', async () => {
  const { exitCode, err } = await run(['completions', 'csh']);
  expect([exitCode, err]).toEqual([2, expect.stringContaining('bash, zsh, fish')]);
});
