import { fileRoute } from '../../../src/compat/file-handlers/file-route';

describe('where a file is served', () => {
  test.each([
    ['webhooks/github.js', 'webhooks', '/github'],
    ['webhooks/gmail/push.js', 'webhooks', '/gmail/push'],
    ['webhooks/index.js', 'webhooks', '/'],
    ['server/orders/index.js', 'server', '/orders'],
    ['server/orders/[id].js', 'server', '/orders/:id'],
    ['server/orders/[id]/lines/[line].js', 'server', '/orders/:id/lines/:line'],
    ['server/files/[...rest].js', 'server', '/files/*rest'],
    ['webhooks/index/index.js', 'webhooks', '/index'],
  ])('%s', (file, folder, path) => {
    expect(fileRoute(file)).toEqual({ file, folder, path });
  });

  test('a file of another folder is no route', () => {
    expect(fileRoute('tools/send_email.js')).toBeUndefined();
  });

  test.each([
    'webhooks/[.js',
    'webhooks/[a b].js',
    'webhooks/a[b].js',
    'webhooks/[...rest]/x.js',
    'server/:id.js',
  ])('%s is refused by name', (file) => {
    expect(fileRoute(file)).toMatch(/is neither a name, \[parameter\] nor a last \[\.\.\.rest\]$/);
  });
});
