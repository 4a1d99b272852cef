/** A push as GitHub sends it, cut to 1 KiB. */
export function pushBody() {
  const push = {
    ref: 'refs/heads/main',
    before: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
    after: '0000000000000000000000000000000000000000',
    repository: { id: 186853002, name: 'Hello-World', full_name: 'Codertocat/Hello-World', private: false },
    pusher: { name: 'Codertocat', email: '21031067+Codertocat@users.noreply.github.com' },
    sender: { login: 'Codertocat', id: 21031067, type: 'User' },
    commits: [],
    text: '',
  };
  push.text = 'x'.repeat(1024 - JSON.stringify(push).length);
  return Buffer.from(JSON.stringify(push));
}
