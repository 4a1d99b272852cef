import { warnOfMissing } from '../../src/state/missing-secrets';
import { mountOf } from '../core/plain-mount';
import { CI, keptLogger, openSecrets } from './secrets-under-test';

test('of a plugin’s secrets those that are required and have no value are logged, with the next step', async () => {
  const under = await openSecrets();
  await under.secrets.set(CI, 'SET', 'x');
  const { logger, lines } = keptLogger();
  const origin = { dialect: 'test', where: 'secret' };
  const mount = mountOf('acme.ci', [
    { kind: 'secret', origin, name: 'SET', description: '', required: true },
    { kind: 'secret', origin, name: 'LACKING', description: '', required: true },
    { kind: 'secret', origin, name: 'OPTIONAL', description: '', required: false },
  ]);
  const parts = { secrets: under.secrets, clock: { now: () => under.time }, logger };
  warnOfMissing(mount, parts);
  warnOfMissing(undefined, parts);
  await under.close();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ...{ level: 'warn', plugin: 'acme.ci', secret: 'LACKING' },
    message: expect.stringContaining('gatehouse secrets set acme.ci LACKING'),
  });
});
