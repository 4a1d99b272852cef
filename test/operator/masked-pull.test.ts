import { maskedPull } from '../../src/operator/masked-pull';

test('who pulls a request is shown no live secret, and not what the body holds to be let in', () => {
  const body = Buffer.from('{"value":[{"clientState":"state-of-the-sender"}],"note":"correct-horse"}');
  const request = {
    target: '/hook/correct-horse?a=1',
    headers: [['x-note', 'of correct-horse']] as const,
    body: body.toString('base64'),
    id: '1',
  };
  const shown = maskedPull(request, { signature: 'graph', secret: 'STATE' }, ['correct-horse']);
  expect({ ...shown, body: Buffer.from(shown.body, 'base64').toString() }).toEqual({
    target: '/hook/[secret]?a=1',
    headers: [['x-note', 'of [secret]']],
    body: '{"value":[{"clientState":"[secret]"}],"note":"[secret]"}',
    id: '1',
  });
});
