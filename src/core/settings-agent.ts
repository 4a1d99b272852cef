import { rate } from './settings-gate-kinds';
import { duration, integer, secret, text, webAddress } from './settings-kinds';

const DAY_MS = 86_400_000;
const optional = <K>(kind: K, doc: string) => ({ kind, standard: undefined, doc });
const row = <K, S>(kind: K, standard: S, doc: string) => ({ kind, standard, doc });

/** Settings of chats, mail and the agent, by their path in the file. */
export const agentSettings = {
  'channels.rate': row(rate, '30/1m', 'Most messages sent to one chat, where its channel does not say.'),
  'channels.keepMs': row(
    duration({ min: 1_000, max: 3_660 * DAY_MS }),
    '30d',
    'How long the history of chats is kept.',
  ),
  'agent.url': optional(
    webAddress,
    'Base of an OpenAI-compatible API (…/v1) that runs the agent; prompts are delivered to their channels without one.',
  ),
  'agent.key': optional(secret, 'Its API key, where it asks for one.'),
  'agent.model': optional(text, 'Name of the model; the API chooses where none is given.'),
  'agent.tokensPerDay': row(
    integer({ min: 0, max: 1_000_000_000_000 }),
    1_000_000,
    'Most tokens of all runs in a day (UTC); runs beyond it wait for the next one.',
  ),
  'agent.runsPerEndpoint': row(rate, '60/1h', 'Most runs that requests at one endpoint may start.'),
  'agent.foldMs': row(
    duration({ min: 0, max: DAY_MS }),
    '10s',
    'Requests for the same run within this time become one.',
  ),
  'agent.depth': row(
    integer({ min: 1, max: 100 }),
    3,
    'How many runs may cause one another, as by a comment that calls a webhook; one more is refused.',
  ),
  'agent.concurrency': row(integer({ min: 1, max: 1_000 }), 4, 'Runs at once on this host.'),
  'mail.url': optional(
    secret,
    'Server for mail of plugins, smtp://user:password@host:587 or smtps://…; none is sent without one.',
  ),
  'mail.from': optional(text, 'Sender of that mail, as "Gatehouse <gatehouse@example.org>".'),
} as const;
