import { placeOf } from '../../console/src/pages/home/warning-place';

test.each([
  ['plugin', 'acme.ci', '#/plugins/acme.ci', 'acme.ci'],
  ['plugin', '/srv/a folder', '#/plugins/%2Fsrv%2Fa%20folder', '/srv/a folder'],
  ['plugin', undefined, '#/plugins', 'Plugins'],
  ['secrets', 'acme.ci', '#/plugins/acme.ci/secrets', 'acme.ci: secrets'],
  ['dead-letters', undefined, '#/dead-letters', 'Dead letters'],
  ['refused', undefined, '#/refused', 'Refused'],
  ['deprecations', undefined, '#/deprecations', 'Deprecations'],
] as const)('a warning about %s of %s leads to %s', (about, plugin, href, title) => {
  const text = 'dead letters of a plugin were refused: set a secret';
  expect(placeOf({ text, about, ...(plugin !== undefined && { plugin }) })).toEqual({ href, title });
});

test('settings are the machine’s own: there is no place for them', () => {
  expect(placeOf({ text: 'publicUrl is not set', about: 'settings' })).toBeUndefined();
});
