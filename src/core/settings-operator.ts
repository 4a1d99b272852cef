import { bytes, duration, flag, folder, integer, text, type SettingKind } from './settings-kinds';

const DAY_MS = 86_400_000;
const optional = <K>(kind: K, doc: string) => ({ kind, standard: undefined, doc });
const row = <K, S>(kind: K, standard: S, doc: string) => ({ kind, standard, doc });

const share: SettingKind<number> = {
  expected: 'a number from 0 to 1, as in 0.2',
  parse: (given) => {
    const text = typeof given === 'number' ? String(given) : given;
    return typeof text === 'string' && /^(0|1|0\.\d{1,6}|1\.0{1,6})$/.test(text) ? Number(text) : undefined;
  },
};

/** Settings of what operators see of the host, by their path in the file. */
export const operatorSettings = {
  'audit.keepMs': row(
    duration({ min: 1_000, max: 3_660 * DAY_MS }),
    '365d',
    'How long is kept what operators changed.',
  ),
  'metrics.public': row(
    flag,
    false,
    'Whether anybody may read /metrics; the operator and tokens with the scope read otherwise.',
  ),
  'alerts.channel': optional(
    text,
    'Chat that is told when something is wrong, and when that is over, as in console-ops; nobody is without one.',
  ),
  'alerts.everyMs': row(
    duration({ min: 60_000, max: 366 * DAY_MS }),
    '1h',
    'Between two messages about the same thing.',
  ),
  'alerts.failureRate': row(
    share,
    0.2,
    'Share of answers 500 and above at one endpoint, of at least 20 in five minutes; 0 does not look.',
  ),
  'alerts.backlogMs': row(
    duration({ min: 0, max: 366 * DAY_MS }),
    '10m',
    'Age of the oldest job that is due; 0 does not look.',
  ),
  'alerts.deadLetters': row(flag, true, 'Whether new dead letters are told of.'),
  'alerts.refusedPerMinute': row(
    integer({ min: 0, max: 1_000_000_000 }),
    60,
    'Requests that guards refuse in a minute; 0 does not look.',
  ),
  'log.file': optional(folder, 'File that log lines go to as well, access lines too; none without one.'),
  'log.fileBytes': row(
    bytes({ min: 1_024, max: 1024 ** 4 }),
    '10MiB',
    'Size at which the next file is begun.',
  ),
  'log.files': row(integer({ min: 1, max: 1_000 }), 5, 'Most such files kept.'),
} as const;
