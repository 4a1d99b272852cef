import { JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

const TIME = 1_772_366_400;

const sendgridEvent = (name: string, more: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: [
      {
        ...{ email: 'ada@example.com', timestamp: TIME, event: name, category: ['gears'] },
        ...{ sg_event_id: 'c2FtcGxlLWV2ZW50LTE', sg_message_id: 'sample.filter0001.1.0' },
        ...more,
      },
    ],
  },
});
const sendgrid: SenderSamples = {
  schemes: ['sendgrid'],
  headers: { 'Content-Type': 'application/json;charset=utf-8', 'User-Agent': 'SendGrid Event API' },
  events: [
    sendgridEvent('delivered', { 'smtp-id': '<sample@example.com>', response: '250 OK' }),
    sendgridEvent('open', { useragent: 'Mozilla/5.0', ip: '192.0.2.1', sg_machine_open: false }),
    sendgridEvent('bounce', { type: 'bounce', status: '5.1.1', reason: '550 5.1.1 no such user' }),
  ],
};

const mailgunEvent = (name: string, more: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      signature: { token: '0'.repeat(50), timestamp: String(TIME) },
      'event-data': {
        ...{ event: name, id: 'sample-event-1', timestamp: TIME + 0.25, recipient: 'ada@example.com' },
        message: { headers: { 'message-id': 'sample@example.com', subject: 'The gears are quiet' } },
        'user-variables': { order: '1001' },
        ...more,
      },
    },
  },
});
const mailgun: SenderSamples = {
  schemes: ['mailgun'],
  headers: JSON_TYPE,
  events: [
    mailgunEvent('delivered', { 'delivery-status': { code: 250, message: 'OK', 'attempt-no': 1 } }),
    mailgunEvent('opened', { ip: '192.0.2.1', 'client-info': { 'client-name': 'Firefox' } }),
    mailgunEvent('failed', { severity: 'permanent', reason: 'bounce', 'delivery-status': { code: 550 } }),
  ],
};

/** Who carries mail. */
export const mailSamples: readonly SenderSamples[] = [sendgrid, mailgun];
