import { spawnSync } from 'node:child_process';
import path from 'node:path';

const script = path.resolve(__dirname, '../../scripts/test-postgres.mjs');

test.each(['latest', '14;ls', ''])(
  'a version such as "%s" is refused before anything is fetched',
  (version) => {
    const { status, stderr } = spawnSync(process.execPath, [script, `--version=${version}`], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('a version is 14, 14.23 or a whole one')]);
  },
);
