import { randomBytes } from 'node:crypto';
import { createRouter, HttpError, Plugin, z, type Exchange } from 'gatehouse';

export const plugin = new Plugin({
  author: 'example',
  module: 'auth',
  name: 'Notes of several people',
  version: '1.0.0',
  description: 'Dependencies: who asks is found out before the handler runs, and refused with 401 or 403.',
});

interface User {
  readonly name: string;
  readonly role: 'admin' | 'reader';
}

const sessions = new Map<string, User>();
const notes = new Map<string, string[]>();

/** 401: nobody knows who asks. */
function currentUser({ headers }: Exchange): User {
  const [, token = ''] = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  const user = sessions.get(token);
  if (user === undefined)
    throw new HttpError(401, 'Sign in, and send the token as a bearer.', { 'WWW-Authenticate': 'Bearer' });
  return user;
}

/** 403: it is known who asks, and it is not for them. */
function onlyAdmins({ user }: { readonly user: User }): User {
  if (user.role !== 'admin') throw new HttpError(403, `${user.name} may not do this.`);
  return user;
}

// How somebody proves who they are is another matter: here a name is believed.
plugin.post(
  '/sessions',
  {
    body: z.object({
      name: z.string().regex(/^\w{1,40}$/),
      role: z.enum(['admin', 'reader']).default('reader'),
    }),
    response: z.object({ token: z.string() }),
    status: 201,
  },
  ({ body }) => {
    const token = randomBytes(24).toString('base64url');
    sessions.set(token, body);
    return { token };
  },
);

const signedIn = createRouter({ tags: ['notes'] }).provide({ user: currentUser });

signedIn.get('/me', ({ user }) => user);
signedIn.post(
  '/notes',
  { body: z.object({ text: z.string().min(1).max(1_000) }), status: 201 },
  ({ user, body }) => {
    const own = notes.get(user.name) ?? [];
    notes.set(user.name, [...own, body.text]);
    return { notes: own.length + 1 };
  },
);
signedIn.delete('/notes', { provide: { admin: onlyAdmins }, status: 204 }, () => notes.clear());

plugin.mountRouter(() => signedIn);
