import { startSendHost, type SendHost } from './send-host';

let host: SendHost;
beforeAll(async () => {
  host = await startSendHost();
});
afterAll(() => host.close());

describe('a sample that is to be changed', () => {
  it('comes as it is kept, unsigned', async () => {
    const { headers, body } = await host.operator.sending.sample('github', 'push');
    expect(headers).toMatchObject({ 'X-GitHub-Event': 'push' });
    expect(Object.keys(headers).join()).not.toMatch(/signature/i);
    expect(JSON.parse(body)).toMatchObject({ ref: 'refs/heads/main' });
  });

  it('is the first one of its sender where no event is named', async () => {
    const { headers } = await host.operator.sending.sample('github');
    expect(headers).toMatchObject({ 'X-GitHub-Event': 'ping' });
  });

  it('is refused by name where there is none', async () => {
    const { sending } = host.operator;
    await expect(sending.sample('githup')).rejects.toMatchObject({ code: 'samples/unknown-sender' });
    await expect(sending.sample('github', 'pusch')).rejects.toMatchObject({ code: 'samples/unknown-event' });
  });
});
