// The tables of docs/guide/capacity.md. Without options the plans, simulated: the same on every machine.
// Run: node bench/capacity.mjs [--write]
//      node bench/capacity.mjs --rate 800 --hosts 2 --concurrency 128 --work-ms 120 …   one plan of your own, in full
//      node bench/capacity.mjs --measured FILE [--write]   what `npm run bench:inbox -- --json FILE` measured
// --write puts the table into the page, between its marks.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { simulate } from './capacity/model.mjs';

const PAGE = path.resolve(import.meta.dirname, '../docs/guide/capacity.md');
const SEED = 20_261_121;
/** Of one delivery besides its body, rounded up: `node bench/receipt-bytes.mjs`, and with `--body 8192`. */
const BYTES = {
  sqlite: { receipt: 1_050, job: 100, key: 40 },
  postgres: { receipt: 1_350, job: 660, key: 145 },
};
/** Of one host, at most: writers 3, readers 3, searchers 2, messages 1. */
const CONNECTIONS = 9;

const STANDARD = {
  ...{ peak: 3, burst: 20, hosts: 1, concurrency: 128, workMs: 100, spread: 1, retry: 0.05 },
  ...{ bodyBytes: 8_192, keepDays: 30, keepJobsDays: 7, groups: 1, store: 'sqlite' },
};
/** `rate` and `hosts` are those of one group of hosts with its database. */
const PLANS = {
  'one endpoint, as it comes': { rate: 15, concurrency: 16, workMs: 250 },
  'twice the rate': { rate: 30, concurrency: 16, workMs: 250 },
  'twice the rate, `concurrency: 64`': { rate: 30, concurrency: 64, workMs: 250 },
  'one host, SQLite': { rate: 100, peak: 6, keepDays: 7 },
  'a second host instead, PostgreSQL': { rate: 100, peak: 6, keepDays: 7, hosts: 2, store: 'postgres' },
  '3 hosts, PostgreSQL': { rate: 1_000, hosts: 3, store: 'postgres', peak: 2, keepDays: 3, keepJobsDays: 2 },
  'the same at a higher peak': {
    rate: 1_000,
    hosts: 3,
    store: 'postgres',
    peak: 3.5,
    keepDays: 3,
    keepJobsDays: 2,
  },
  '3 databases with 3 hosts each': {
    rate: 1_000,
    hosts: 3,
    store: 'postgres',
    peak: 2,
    groups: 3,
    keepDays: 3,
    keepJobsDays: 2,
  },
};

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    ...{ rate: text, peak: text, burst: text, hosts: text, concurrency: text, 'work-ms': text, spread: text },
    ...{ retry: text, 'body-bytes': text, 'keep-days': text, 'keep-jobs-days': text, store: text },
    ...{ seed: text, measured: text, write: { type: 'boolean', default: false } },
  },
});
if (values.measured !== undefined) show('measured', measuredTable(JSON.parse(readFileSync(values.measured))));
else if (values.rate !== undefined) printOne(planOf(values));
else show('plans', planTable());

function show(name, table) {
  console.log(table);
  if (!values.write) return;
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [before, rest = ''] = page.split(begin);
  if (!rest.includes(end)) throw new Error(`${PAGE} has no place for ${name}`);
  writeFileSync(PAGE, `${before}${begin}\n${table}\n\n${rest.slice(rest.indexOf(end))}`);
}

function planTable() {
  const rows = Object.entries(PLANS).map(([name, own]) => {
    const plan = { ...STANDARD, ...own };
    const result = simulate(plan, BYTES[plan.store], SEED);
    const isBehind = result.busy >= 1;
    return [
      name,
      `${short(plan.rate * plan.groups)}/s, ${short(plan.rate * plan.peak * plan.groups)}/s`,
      `${(plan.hosts * plan.concurrency * plan.groups).toLocaleString('en')} × ${plan.workMs} ms`,
      percent(result.busy),
      isBehind ? 'grows' : time(result.p50Ms),
      isBehind ? 'grows' : time(result.p99Ms),
      isBehind ? 'grows' : short(result.mostBacklog * plan.groups),
      isBehind ? 'never' : time(result.drainS * 1_000),
      size(result.diskPerDay * plan.groups),
      `${size(result.disk * plan.groups)} (${plan.keepDays} days)`,
      plan.store === 'sqlite' ? '–' : String(plan.hosts * plan.groups * CONNECTIONS),
    ];
  });
  return tableOf(
    [
      ...['plan', 'deliveries: mean, peak', 'places × work', 'busy at the peak', 'wait p50', 'wait p99'],
      ...['most waiting', 'ten-minute pause gone in', 'disk a day', 'disk in all', 'connections'],
    ],
    rows,
  );
}

function printOne(plan) {
  const result = simulate(plan, BYTES[plan.store], Number(values.seed ?? SEED));
  const lines = {
    deliveries: `${short(plan.rate)}/s on average, ${short(plan.rate * plan.peak)}/s at the peak, ${percent(plan.retry)} of attempts tried again`,
    places: `${plan.hosts} × ${plan.concurrency}, ${plan.workMs} ms of work each`,
    'busy at the peak': percent(result.busy),
    'wait to be worked':
      result.busy >= 1 ? 'grows: too few places' : `p50 ${time(result.p50Ms)}, p99 ${time(result.p99Ms)}`,
    waiting:
      result.busy >= 1
        ? 'grows'
        : `${short(result.backlog)} on average, ${short(result.mostBacklog)} at most`,
    'after ten minutes without work': `${short(result.pausedBacklog)} wait, gone in ${Number.isFinite(result.drainS) ? time(result.drainS * 1_000) : 'no time: there is nothing to spare'}`,
    'receipts kept': `${short(result.receipts)} in ${plan.keepDays} days`,
    disk: `${size(result.diskPerDay)} a day, ${size(result.disk)} in all; receipts.maxBytes has to be above that`,
    connections: plan.store === 'sqlite' ? 'none' : String(plan.hosts * CONNECTIONS),
  };
  for (const [name, line] of Object.entries(lines)) console.log(`${name.padEnd(32)}${line}`);
}

function planOf(flags) {
  if (BYTES[flags.store ?? STANDARD.store] === undefined) fail('--store is sqlite or postgres');
  const numbers = Object.entries(flags).filter(([name]) => !['store', 'seed', 'write'].includes(name));
  const given = numbers.map(([name, value]) => {
    const number = Number(value);
    if (!(number >= 0) || (number === 0 && !['retry', 'spread'].includes(name)))
      fail(`--${name} is a number above 0`);
    return [name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()), number];
  });
  const plan = { ...STANDARD, ...Object.fromEntries(given), store: flags.store ?? STANDARD.store };
  if (plan.retry >= 1) fail('--retry is below 1');
  if (plan.rate * plan.peak > 50_000) fail('--rate times --peak is 50000 at most');
  if (plan.hosts * plan.concurrency > 1_000_000) fail('--hosts times --concurrency is a million at most');
  return plan;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** Half of what one host takes at most is what to plan for: at that rate its latency was measured. */
function measuredTable({ versions, ingest = {}, latency = {}, jobs = {} }) {
  const rows = Object.entries(ingest).map(([name, of]) => [
    name,
    `${of['requests/s'].toLocaleString('en')}/s`,
    latency[name] === undefined ? '–' : `${latency[name]['deliveries/s'].toLocaleString('en')}/s`,
    latency[name] === undefined ? '–' : `${latency[name]['p50 ms']} ms, ${latency[name]['p99 ms']} ms`,
    `${of['CPU µs/request']} µs`,
  ]);
  const worked = Object.entries(jobs).map(([name, of]) => `${name} ${of['jobs/s'].toLocaleString('en')}/s`);
  const lines = [
    tableOf(
      [
        'one process on one core',
        'stored and acknowledged at most',
        'to plan for',
        'p50, p99 at that',
        'CPU each',
      ],
      rows,
    ),
  ];
  if (worked.length > 0) lines.push('', `No-op jobs worked: ${worked.join(' · ')}.`);
  lines.push(
    '',
    `Node ${versions.node}; PostgreSQL ${versions.PostgreSQL}; ${versions.cores}; files on ${versions.files}.`,
  );
  return lines.join('\n');
}

function tableOf(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Two digits that count. */
function short(number) {
  if (number === 0) return '0';
  return Number(number.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 2 });
}
function percent(fraction) {
  return `${Math.round(fraction * 100)} %`;
}
function time(ms) {
  if (ms < 0.5) return '0 ms';
  if (ms < 1_000) return `${short(ms)} ms`;
  if (ms < 120_000) return `${short(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${short(ms / 60_000)} min` : `${short(ms / 3_600_000)} h`;
}
function size(bytes) {
  const [unit, name] = [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
  ].find(([least]) => bytes >= least) ?? [1e3, 'kB'];
  return `${short(bytes / unit)} ${name}`;
}
