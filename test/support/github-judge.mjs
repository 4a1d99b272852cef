// GitHub's own package judges and signs for the tests, in a process of its own because it is an ES module and they are not.
// Usage: node github-judge.mjs verify|sign <secret> <body> [signature]
import { sign, verify } from '@octokit/webhooks-methods';

const [task, secret, body, signature] = process.argv.slice(2);
console.log(task === 'sign' ? await sign(secret, body) : await verify(secret, body, signature));
