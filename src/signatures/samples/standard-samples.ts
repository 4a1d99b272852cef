import { JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

/** As Svix sends them. */
const SVIX = {
  ...JSON_TYPE,
  'User-Agent': 'Svix-Webhooks/1.64.0 (+https://www.svix.com/http-sender/)',
  Accept: '*/*',
};

const standardEvent = (name: string, data: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: { json: { type: name, timestamp: '2026-03-01T12:00:00.000000Z', data } },
});
const contacts = [
  standardEvent('contact.created', { id: 'contact-1', first_name: 'Ada', email: 'ada@example.com' }),
  standardEvent('contact.updated', { id: 'contact-1', first_name: 'Ada', email: 'ada@example.net' }),
  standardEvent('contact.deleted', { id: 'contact-1' }),
];

const clerkEvent = (name: string, data: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      ...{ data, instance_id: 'ins_sample', object: 'event', timestamp: 1_772_366_400_000, type: name },
      event_attributes: { http_request: { client_ip: '192.0.2.1', user_agent: 'Mozilla/5.0' } },
    },
  },
});

/** Standard Webhooks, and the senders that write it their own way. */
export const standardSamples: readonly SenderSamples[] = [
  { schemes: ['standard', 'standard-v1a'], headers: JSON_TYPE, events: contacts },
  { schemes: ['svix'], headers: SVIX, events: contacts },
  {
    schemes: ['clerk'],
    headers: SVIX,
    events: [
      clerkEvent('user.created', {
        ...{ id: 'user_sample', object: 'user', first_name: 'Ada', last_name: null },
        email_addresses: [{ id: 'idn_sample', email_address: 'ada@example.com' }],
      }),
      clerkEvent('session.created', {
        ...{ id: 'sess_sample', object: 'session', user_id: 'user_sample', status: 'active' },
      }),
      clerkEvent('user.deleted', { id: 'user_sample', object: 'user', deleted: true }),
    ],
  },
];
