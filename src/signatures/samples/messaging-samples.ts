import { FORM_TYPE, JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

const slackEvent = (name: string, event: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  headers: JSON_TYPE,
  body: {
    json: {
      ...{ token: 'deprecated', team_id: 'T0000SAMPLE', api_app_id: 'A0000SAMPLE' },
      event: { type: name, user: 'U0000SAMPLE', channel: 'C0000SAMPLE', ts: '1772366400.000100', ...event },
      ...{ type: 'event_callback', event_id: 'Ev0000SAMPLE', event_time: 1_772_366_400 },
      ...{ is_ext_shared_channel: false, event_context: 'sample' },
      authorizations: [{ team_id: 'T0000SAMPLE', user_id: 'U0000HOST', is_bot: true }],
    },
  },
});
const slack: SenderSamples = {
  schemes: ['slack'],
  headers: { 'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)', Accept: '*/*' },
  events: [
    slackEvent('app_mention', { text: '<@U0000HOST> are the gears quiet?' }),
    slackEvent('message', { text: 'They are – thanks!', channel_type: 'channel' }),
    slackEvent('reaction_added', {
      ...{ reaction: 'gear', item: { type: 'message', channel: 'C0000SAMPLE', ts: '1772366400.000100' } },
    }),
    {
      name: '/gears',
      headers: FORM_TYPE,
      body: {
        form: {
          ...{ token: 'deprecated', team_id: 'T0000SAMPLE', team_domain: 'acme', channel_id: 'C0000SAMPLE' },
          ...{ channel_name: 'gears', user_id: 'U0000SAMPLE', user_name: 'ada', command: '/gears' },
          ...{ text: 'quiet *please*', api_app_id: 'A0000SAMPLE' },
          response_url: 'https://hooks.slack.com/commands/T0000SAMPLE/1/sample',
          trigger_id: '1000000000001.1000000000002.sample',
        },
      },
    },
  ],
};

const applicationId = '100000000000000001';
const discordEvent = (name: string, data: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      ...{ version: 1, application_id: applicationId, type: 1 },
      event: { type: name, timestamp: '2026-03-01T12:00:00.000000', data },
    },
  },
});
const discordUser = { id: '100000000000000002', username: 'ada', discriminator: '0' };
const discord: SenderSamples = {
  schemes: ['discord'],
  headers: { ...JSON_TYPE, 'User-Agent': 'Discord-Webhook/1.0 (+https://discord.com)' },
  events: [
    {
      name: 'APPLICATION_COMMAND',
      headers: { 'User-Agent': 'Discord-Interactions/1.0 (+https://discord.com)' },
      body: {
        json: {
          ...{ id: '100000000000000003', application_id: applicationId, type: 2, version: 1 },
          ...{ token: 'sample', guild_id: '100000000000000004', channel_id: '100000000000000005' },
          member: { user: discordUser, roles: [] },
          data: { id: '100000000000000006', name: 'gears', type: 1, options: [] },
        },
      },
    },
    discordEvent('APPLICATION_AUTHORIZED', {
      integration_type: 1,
      scopes: ['applications.commands'],
      user: discordUser,
    }),
    discordEvent('APPLICATION_DEAUTHORIZED', { user: discordUser }),
    discordEvent('ENTITLEMENT_CREATE', {
      ...{ id: '100000000000000007', sku_id: '100000000000000008', user_id: discordUser.id, type: 1 },
    }),
  ],
};

const chat = { id: 1_000_001, first_name: 'Ada', type: 'private' };
const from = { id: 1_000_001, is_bot: false, first_name: 'Ada', language_code: 'de' };
const message = { message_id: 7, from, chat, date: 1_772_366_400, text: 'Are the gears quiet? ⚙️' };
const telegram: SenderSamples = {
  schemes: ['telegram'],
  headers: JSON_TYPE,
  events: [
    { name: 'message', body: { json: { update_id: 100_000_001, message } } },
    {
      name: 'edited_message',
      body: {
        json: { update_id: 100_000_002, edited_message: { ...message, edit_date: 1_772_366_460 } },
      },
    },
    {
      name: 'callback_query',
      body: {
        json: {
          update_id: 100_000_003,
          callback_query: { id: '4382', from, message, chat_instance: '-3', data: 'quiet:yes' },
        },
      },
    },
  ],
};

const zoomEvent = (name: string, object: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      event: name,
      event_ts: 1_772_366_400_000,
      payload: {
        account_id: 'SampleAccount',
        object: { id: '1234567890', uuid: 'sample+uuid==', host_id: 'SampleHost', topic: 'Gears', ...object },
      },
    },
  },
});
const zoom: SenderSamples = {
  schemes: ['zoom'],
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': 'Zoom Marketplace/1.0a' },
  events: [
    zoomEvent('meeting.started', { type: 2, start_time: '2026-03-01T12:00:00Z', timezone: 'Europe/Berlin' }),
    zoomEvent('meeting.ended', { type: 2, end_time: '2026-03-01T12:45:00Z' }),
    zoomEvent('recording.completed', {
      recording_files: [{ id: 'sample', file_type: 'MP4', file_size: 1_048_576, status: 'completed' }],
    }),
  ],
};

const phone = {
  ...{ AccountSid: 'AC00000000000000000000000000000000', ApiVersion: '2010-04-01' },
  ...{ From: '+15005550006', To: '+15005550001' },
};
const sms = {
  ...phone,
  MessageSid: 'SM00000000000000000000000000000000',
  SmsSid: 'SM00000000000000000000000000000000',
};
const twilio: SenderSamples = {
  schemes: ['twilio'],
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'User-Agent': 'TwilioProxy/1.1',
    Accept: '*/*',
  },
  events: [
    {
      name: 'received',
      body: {
        form: {
          ...{
            ToCountry: 'US',
            SmsMessageSid: sms.SmsSid,
            NumMedia: '0',
            FromZip: '',
            SmsStatus: 'received',
          },
          ...{ Body: 'Are the gears quiet? It’s 5 & counting', FromCountry: 'US', NumSegments: '1' },
          ...sms,
        },
      },
    },
    { name: 'delivered', body: { form: { ...sms, SmsStatus: 'delivered', MessageStatus: 'delivered' } } },
    {
      name: 'ringing',
      body: {
        form: {
          ...{ CallSid: 'CA00000000000000000000000000000000', CallStatus: 'ringing', Direction: 'inbound' },
          ...{ Caller: phone.From, Called: phone.To, CallToken: '' },
          ...phone,
        },
      },
    },
  ],
};

/** Where people talk. */
export const messagingSamples: readonly SenderSamples[] = [slack, discord, telegram, zoom, twilio];
