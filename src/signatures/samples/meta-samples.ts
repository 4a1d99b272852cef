import { JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

const HEADERS = { ...JSON_TYPE, 'User-Agent': 'facebookexternalua', Accept: '*/*' };
const TIME = 1_772_366_400;

const pageChange = (name: string, value: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: { object: 'page', entry: [{ id: '100001', time: TIME, changes: [{ field: name, value }] }] },
  },
});
const meta: SenderSamples = {
  schemes: ['meta', 'facebook'],
  headers: HEADERS,
  style: 'escaped',
  events: [
    pageChange('feed', {
      ...{ item: 'comment', verb: 'add', post_id: '100001_200001', comment_id: '200001_300001' },
      ...{ from: { id: '400001', name: 'Ada' }, message: 'Schöne Zahnräder!', created_time: TIME },
    }),
    pageChange('leadgen', {
      ...{ leadgen_id: '500001', form_id: '600001', page_id: '100001', created_time: TIME },
    }),
    pageChange('mention', { item: 'post', verb: 'add', post_id: '100001_200002', sender_name: 'Ada' }),
    {
      name: 'page',
      body: {
        json: {
          object: 'page',
          entry: [
            {
              id: '100001',
              time: TIME * 1_000,
              messaging: [
                {
                  sender: { id: '400001' },
                  recipient: { id: '100001' },
                  timestamp: TIME * 1_000,
                  message: { mid: 'm_sample', text: 'Sind sie leise?' },
                },
              ],
            },
          ],
        },
      },
    },
  ],
};

const metadata = { display_phone_number: '15005550001', phone_number_id: '700001' };
const whatsappChange = (
  name: string,
  field: string,
  value: Readonly<Record<string, unknown>>,
): SampleData => ({
  name,
  body: {
    json: { object: 'whatsapp_business_account', entry: [{ id: '800001', changes: [{ value, field }] }] },
  },
});
const whatsapp: SenderSamples = {
  schemes: ['whatsapp'],
  headers: HEADERS,
  style: 'escaped',
  events: [
    whatsappChange('messages', 'messages', {
      ...{ messaging_product: 'whatsapp', metadata },
      contacts: [{ profile: { name: 'Ada' }, wa_id: '15005550006' }],
      messages: [
        {
          ...{ from: '15005550006', id: 'wamid.sample', timestamp: String(TIME), type: 'text' },
          text: { body: 'Sind die Zahnräder leise? 👍' },
        },
      ],
    }),
    whatsappChange('statuses', 'messages', {
      ...{ messaging_product: 'whatsapp', metadata },
      statuses: [
        { id: 'wamid.sample', status: 'delivered', timestamp: String(TIME), recipient_id: '15005550006' },
      ],
    }),
    whatsappChange('message_template_status_update', 'message_template_status_update', {
      ...{ event: 'APPROVED', message_template_id: 900_001, message_template_name: 'gears_are_quiet' },
      ...{ message_template_language: 'de', reason: 'NONE' },
    }),
  ],
};

/** What Meta sends; it writes what is not ASCII as escapes, and signs them so. */
export const metaSamples: readonly SenderSamples[] = [meta, whatsapp];
