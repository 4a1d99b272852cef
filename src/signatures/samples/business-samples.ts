import { JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

const SHOP = 'https://gears.example.com';
const shopify: SenderSamples = {
  schemes: ['shopify'],
  headers: {
    ...JSON_TYPE,
    'User-Agent': 'Shopify-Captain-Hook',
    'X-Shopify-Shop-Domain': 'acme-gears.myshopify.com',
    'X-Shopify-API-Version': '2026-01',
    'X-Shopify-Triggered-At': '2026-03-01T12:00:00.000000000Z',
  },
  events: [
    {
      name: 'orders/create',
      body: {
        json: {
          ...{ id: 820_982_911_946_154, email: 'ada@example.com', name: '#1001', currency: 'EUR' },
          ...{ total_price: '42.00', financial_status: 'paid', order_status_url: `${SHOP}/orders/1001` },
          line_items: [{ id: 1, title: 'Gear, small', quantity: 2, price: '21.00', sku: 'GEAR-S' }],
        },
      },
    },
    {
      name: 'products/update',
      body: {
        json: {
          ...{ id: 788_032_119_674_292, title: 'Gear, small', handle: 'gear-small', status: 'active' },
          variants: [{ id: 642_667_041_472_713, price: '22.00', sku: 'GEAR-S', position: 1 }],
        },
      },
    },
    {
      name: 'app/uninstalled',
      body: {
        json: { id: 548_380_009, name: 'Acme Gears', domain: 'gears.example.com', plan_name: 'basic' },
      },
    },
  ],
};

const hubspotEvent = (name: string, more: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: [
      {
        ...{ eventId: 1_000_001, subscriptionId: 25, portalId: 33, appId: 1_160_452 },
        ...{ occurredAt: 1_772_366_400_000, subscriptionType: name, attemptNumber: 0, objectId: 123 },
        ...more,
      },
    ],
  },
});
const hubspot: SenderSamples = {
  schemes: ['hubspot', 'hubspot-v1', 'hubspot-v2'],
  headers: { ...JSON_TYPE, 'User-Agent': 'HubSpot Connect 2.0 (http://dev.hubspot.com/)' },
  events: [
    hubspotEvent('contact.creation', { changeFlag: 'NEW', changeSource: 'CRM' }),
    hubspotEvent('contact.propertyChange', { propertyName: 'city', propertyValue: 'Zürich' }),
    hubspotEvent('deal.deletion', { changeFlag: 'DELETED', changeSource: 'CRM' }),
  ],
};

const intercomEvent = (name: string, item: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      ...{ type: 'notification_event', app_id: 'sample1', data: { type: 'notification_event_data', item } },
      ...{ links: {}, id: 'notif_00000000-0000-4000-8000-000000000031', topic: name },
      ...{ delivery_status: 'pending', delivery_attempts: 1, delivered_at: 0 },
      ...{ first_sent_at: 1_772_366_400, created_at: 1_772_366_400 },
    },
  },
});
const intercom: SenderSamples = {
  schemes: ['intercom'],
  headers: JSON_TYPE,
  events: [
    intercomEvent('conversation.user.created', {
      ...{ type: 'conversation', id: '1001', state: 'open', source: { body: '<p>The gears squeak.</p>' } },
    }),
    intercomEvent('conversation.admin.replied', { type: 'conversation', id: '1001', state: 'open' }),
    intercomEvent('contact.user.created', { type: 'contact', id: '2002', email: 'ada@example.com' }),
  ],
};

const notionEvent = (name: string, type: string, data: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      id: '00000000-0000-4000-8000-000000000041',
      timestamp: '2026-03-01T12:00:00.000Z',
      workspace_id: '00000000-0000-4000-8000-000000000042',
      subscription_id: '00000000-0000-4000-8000-000000000043',
      authors: [{ id: '00000000-0000-4000-8000-000000000044', type: 'person' }],
      attempt_number: 1,
      entity: { id: '00000000-0000-4000-8000-000000000045', type },
      type: name,
      data,
    },
  },
});
const parent = { id: '00000000-0000-4000-8000-000000000046', type: 'space' };
const notion: SenderSamples = {
  schemes: ['notion'],
  headers: JSON_TYPE,
  events: [
    notionEvent('page.created', 'page', { parent }),
    notionEvent('page.content_updated', 'page', {
      parent,
      updated_blocks: [{ id: '00000000-0000-4000-8000-000000000047', type: 'block' }],
    }),
    notionEvent('comment.created', 'comment', { page_id: '00000000-0000-4000-8000-000000000045', parent }),
  ],
};

const typeformEvent = (
  name: string,
  type: string,
  more: Readonly<Record<string, unknown>> = {},
): SampleData => ({
  name,
  body: {
    json: {
      event_id: '01SAMPLESAMPLESAMPLESAMPLE',
      event_type: type,
      form_response: {
        ...{ form_id: 'sample1', token: 'sample-response-1', landed_at: '2026-03-01T11:59:00Z' },
        submitted_at: '2026-03-01T12:00:00Z',
        answers: [
          { type: 'text', text: 'Quiet ones', field: { id: 'q1', type: 'short_text', ref: 'gears' } },
        ],
        ...more,
      },
    },
  },
});
const typeform: SenderSamples = {
  schemes: ['typeform'],
  headers: { ...JSON_TYPE, 'User-Agent': 'Typeform Webhooks' },
  events: [
    typeformEvent('form_response', 'form_response'),
    typeformEvent('form_response_partial', 'form_response_partial', { submitted_at: null }),
    typeformEvent('form_response_scored', 'form_response', { calculated: { score: 9 } }),
  ],
};

const CALENDLY = 'https://api.calendly.com';
const calendlyEvent = (name: string, payload: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      ...{ event: name, created_at: '2026-03-01T12:00:00.000000Z', created_by: `${CALENDLY}/users/SAMPLE` },
      payload,
    },
  },
});
const invitee = {
  uri: `${CALENDLY}/scheduled_events/SAMPLE/invitees/SAMPLE`,
  ...{ name: 'Ada', email: 'ada@example.com', timezone: 'Europe/Berlin' },
};
const calendly: SenderSamples = {
  schemes: ['calendly'],
  headers: JSON_TYPE,
  events: [
    calendlyEvent('invitee.created', { ...invitee, status: 'active', rescheduled: false }),
    calendlyEvent('invitee.canceled', {
      ...invitee,
      ...{ status: 'canceled', cancellation: { canceled_by: 'Ada', reason: 'The gears are quiet again' } },
    }),
    calendlyEvent('routing_form_submission.created', {
      uri: `${CALENDLY}/routing_form_submissions/SAMPLE`,
      questions_and_answers: [{ question: 'How loud?', answer: 'Very' }],
    }),
  ],
};

/** Shops, customers, forms and papers. */
export const businessSamples: readonly SenderSamples[] = [
  shopify,
  hubspot,
  intercom,
  notion,
  typeform,
  calendly,
];
