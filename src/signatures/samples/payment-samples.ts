import { JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';

const CREATED = 1_772_366_400;

const stripeEvent = (name: string, object: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      id: 'evt_1SampleSampleSampleSamp',
      object: 'event',
      api_version: '2026-02-25.clover',
      created: CREATED,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: name,
    },
  },
});

const stripe: SenderSamples = {
  schemes: ['stripe'],
  headers: {
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    Accept: '*/*; q=0.5, application/xml',
  },
  style: 'indented',
  events: [
    stripeEvent('payment_intent.succeeded', {
      ...{ id: 'pi_1SampleSampleSample', object: 'payment_intent' },
      ...{ amount: 4_200, amount_received: 4_200, currency: 'eur', status: 'succeeded' },
      metadata: { order: '1001' },
    }),
    stripeEvent('checkout.session.completed', {
      ...{ id: 'cs_test_sample', object: 'checkout.session', mode: 'payment', payment_status: 'paid' },
      ...{ amount_total: 4_200, currency: 'eur', client_reference_id: '1001' },
      customer_details: { email: 'ada@example.com', name: 'Ada' },
    }),
    stripeEvent('customer.subscription.deleted', {
      ...{ id: 'sub_1SampleSampleSample', object: 'subscription', status: 'canceled' },
      ...{ customer: 'cus_sample', cancel_at_period_end: false, canceled_at: CREATED },
    }),
    stripeEvent('invoice.payment_failed', {
      ...{ id: 'in_1SampleSampleSample', object: 'invoice', status: 'open', attempt_count: 1 },
      ...{ amount_due: 4_200, currency: 'eur', customer: 'cus_sample' },
    }),
  ],
};

const paypalEvent = (
  name: string,
  type: string,
  summary: string,
  resource: Readonly<Record<string, unknown>>,
): SampleData => ({
  name,
  body: {
    json: {
      id: 'WH-58D329510W468432D-8HN650336L201105X',
      event_version: '1.0',
      create_time: '2026-03-01T12:00:00.000Z',
      resource_type: type,
      resource_version: '2.0',
      event_type: name,
      summary,
      resource,
    },
  },
});

const amount = { currency_code: 'EUR', value: '42.00' };
const paypal: SenderSamples = {
  schemes: ['paypal'],
  headers: {
    ...JSON_TYPE,
    'User-Agent': 'PayPal/AUHR-214.0-58843537',
    'PayPal-Auth-Algo': 'SHA256withRSA',
    'PayPal-Cert-Url': 'https://api.paypal.com/v1/notifications/certs/CERT-00000000-00000000-00000000',
  },
  events: [
    paypalEvent('PAYMENT.CAPTURE.COMPLETED', 'capture', 'Payment completed for EUR 42.0 EUR', {
      ...{ id: '7NW873794T343360M', status: 'COMPLETED', amount, final_capture: true, custom_id: '1001' },
    }),
    paypalEvent('CHECKOUT.ORDER.APPROVED', 'checkout-order', 'An order has been approved by buyer', {
      ...{ id: '5O190127TN364715T', status: 'APPROVED', intent: 'CAPTURE' },
      purchase_units: [{ reference_id: '1001', amount }],
    }),
    paypalEvent('BILLING.SUBSCRIPTION.CANCELLED', 'subscription', 'Subscription cancelled', {
      ...{ id: 'I-PE7JWXKGVN0R', status: 'CANCELLED', plan_id: 'P-7GL4271244454362WXNWU5NQ' },
    }),
  ],
};

const paddleEvent = (name: string, data: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      event_id: 'evt_01samplesamplesamplesample',
      event_type: name,
      occurred_at: '2026-03-01T12:00:00.000000Z',
      notification_id: 'ntf_01samplesamplesamplesample',
      data,
    },
  },
});

const paddle: SenderSamples = {
  schemes: ['paddle'],
  headers: { ...JSON_TYPE, 'User-Agent': 'Paddle' },
  events: [
    paddleEvent('transaction.completed', {
      ...{ id: 'txn_01sample', status: 'completed', currency_code: 'EUR', customer_id: 'ctm_01sample' },
      details: { totals: { subtotal: '3500', tax: '700', total: '4200', currency_code: 'EUR' } },
    }),
    paddleEvent('subscription.created', {
      ...{ id: 'sub_01sample', status: 'active', customer_id: 'ctm_01sample', currency_code: 'EUR' },
      billing_cycle: { interval: 'month', frequency: 1 },
    }),
    paddleEvent('subscription.canceled', {
      ...{ id: 'sub_01sample', status: 'canceled', canceled_at: '2026-03-01T12:00:00Z' },
    }),
  ],
};

const squareEvent = (name: string, type: string, object: Readonly<Record<string, unknown>>): SampleData => ({
  name,
  body: {
    json: {
      merchant_id: 'MLSAMPLE00000',
      type: name,
      event_id: '00000000-0000-4000-8000-000000000021',
      created_at: '2026-03-01T12:00:00.000Z',
      data: { type, id: 'sample-1', object: { [type]: object } },
    },
  },
});

const money = { amount: 4_200, currency: 'EUR' };
const square: SenderSamples = {
  schemes: ['square'],
  headers: { ...JSON_TYPE, 'User-Agent': 'Square Connect v2', 'square-environment': 'Sandbox' },
  events: [
    squareEvent('payment.created', 'payment', { id: 'pay-1', status: 'APPROVED', amount_money: money }),
    squareEvent('refund.updated', 'refund', { id: 'ref-1', status: 'COMPLETED', amount_money: money }),
    squareEvent('order.updated', 'order_updated', { order_id: 'ord-1', state: 'OPEN', version: 2 }),
  ],
};

/** Who moves money. */
export const paymentSamples: readonly SenderSamples[] = [stripe, paypal, paddle, square];
