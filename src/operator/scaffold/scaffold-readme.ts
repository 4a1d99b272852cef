import type { ScaffoldOptions } from './plugin-scaffold';
import { secretNameOf } from './plugin-scaffold';

/** What a new plugin says of itself: where it answers, what has to be set, how it is tried. */
export function readmeOf({ key, sender, base }: ScaffoldOptions): string {
  const at = `${base}/api/plugin/${key}`;
  const secret = secretNameOf(sender);
  return `# ${key}

Counts what ${sender} sends.

| method | URL | who may ask |
|---|---|---|
| POST | ${at}/${sender} | whoever signs as ${sender} does, with \`${secret}\` |
| GET | ${at}/ | everybody |

Set the secret, give ${sender} the first address and the same secret, and send yourself a test event:

    gatehouse secrets set ${key} ${secret}
    gatehouse send ${sender} --to ${key}/${sender}

Its types are checked and its test is run by:

    npm install
    npm test

While you write, the host reloads it whenever a file changes, and says what came in:

    gatehouse dev

A host that runs already takes it up when it looks at its plugins folders again:

    gatehouse plugins rescan
`;
}
