/**
 * Senders' own packages, each as a judge of one row. `verifies` answers or resolves to false, or throws, for what it
 * refuses; `signs`, where the package can, gives the headers of a body. `differs` says where a package is known to judge
 * otherwise than the host: it takes moments of the `past` or the `future` that the host refuses, or refuses a body for its
 * `layout` that the host takes as the bytes that were signed. Each is a test, so that a change of its mind is seen.
 */
import { createRequire } from 'node:module';
import { URL_SIGNED } from './host.mjs';

const require = createRequire(import.meta.url);
const seconds = (at) => String(Math.floor(at / 1_000));

/** Loaded when it is asked for: a package that is skipped is not loaded at all. */
export const judges = [
  {
    id: 'slack',
    package: '@slack/bolt',
    differs: { future: 'takes moments to come' },
    load() {
      const { verifySlackRequest } = require('@slack/bolt');
      return {
        verifies: ({ headers, body }, signingSecret) =>
          verifySlackRequest({ signingSecret, body: body.toString(), headers }),
      };
    },
  },
  {
    id: 'twilio',
    package: 'twilio',
    load() {
      const { validateRequest, getExpectedTwilioSignature } = require('twilio');
      // As Express's parser gives it to the package: repeated names as lists.
      const fieldsOf = (body) => {
        const all = new URLSearchParams(body.toString());
        return Object.fromEntries(
          [...new Set(all.keys())].map((name) => [
            name,
            all.getAll(name).length > 1 ? all.getAll(name) : all.get(name),
          ]),
        );
      };
      return {
        verifies: ({ headers, body }, secret) =>
          validateRequest(secret, headers['x-twilio-signature'], URL_SIGNED, fieldsOf(body)),
        signs: (secret, body) => ({
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': getExpectedTwilioSignature(secret, URL_SIGNED, fieldsOf(body)),
        }),
      };
    },
  },
  {
    id: 'square',
    package: 'square',
    load() {
      const { WebhooksHelper } = require('square');
      return {
        verifies: ({ headers, body }, signatureKey) =>
          WebhooksHelper.verifySignature({
            ...{ requestBody: body.toString(), signatureKey, notificationUrl: URL_SIGNED },
            signatureHeader: headers['x-square-hmacsha256-signature'],
          }),
      };
    },
  },
  {
    id: 'hubspot',
    package: '@hubspot/api-client',
    differs: { future: 'takes moments to come' },
    load() {
      const { Signature } = require('@hubspot/api-client');
      // The package leaves it to its caller to decode what HubSpot decodes; nothing of that is in this address.
      const parts = (body, clientSecret) => ({
        ...{ signatureVersion: 'v3', clientSecret, requestBody: body.toString() },
        ...{ url: URL_SIGNED, method: 'POST' },
      });
      return {
        verifies: ({ headers, body }, secret) =>
          Signature.isValid({
            ...parts(body, secret),
            signature: headers['x-hubspot-signature-v3'],
            timestamp: Number(headers['x-hubspot-request-timestamp']),
          }),
        signs: (secret, body, at) => ({
          'x-hubspot-request-timestamp': String(at),
          'x-hubspot-signature-v3': Signature.getSignature('POST', 'v3', {
            ...parts(body, secret),
            timestamp: at,
          }),
        }),
      };
    },
  },
  {
    id: 'linear',
    package: '@linear/sdk',
    load() {
      const { LinearWebhookClient } = require('@linear/sdk/webhooks');
      return {
        verifies: ({ headers, body }, secret) =>
          new LinearWebhookClient(secret).verify(
            body,
            headers['linear-signature'],
            JSON.parse(body.toString()).webhookTimestamp,
          ),
      };
    },
  },
  {
    id: 'line',
    package: '@line/bot-sdk',
    load() {
      const { validateSignature } = require('@line/bot-sdk');
      return {
        verifies: ({ headers, body }, secret) => validateSignature(body, secret, headers['x-line-signature']),
      };
    },
  },
  {
    id: 'shopify',
    package: '@shopify/shopify-api',
    load() {
      require('@shopify/shopify-api/adapters/node');
      const { shopifyApi, ApiVersion, LogSeverity } = require('@shopify/shopify-api');
      return {
        verifies: async ({ headers, body }, apiSecretKey) => {
          const api = shopifyApi({
            ...{ apiKey: 'k', apiSecretKey, hostName: 'hooks.example.com', isEmbeddedApp: false },
            ...{
              apiVersion: Object.values(ApiVersion)[0],
              logger: { level: LogSeverity.Error, log: () => {} },
            },
          });
          // It wants all of the sender's headers.
          const all = {
            ...{ 'x-shopify-api-version': '2026-01', 'x-shopify-shop-domain': 'acme.myshopify.com' },
            ...{ 'x-shopify-topic': 'orders/create', 'x-shopify-webhook-id': 'w-1', ...headers },
          };
          const asked = { rawBody: body.toString(), rawRequest: { method: 'POST', url: '/', headers: all } };
          return (await api.webhooks.validate({ ...asked, rawResponse: {} })).valid;
        },
      };
    },
  },
  ...['svix', 'clerk', 'resend'].map((id) => ({
    id,
    package: 'svix',
    load() {
      const { Webhook } = require('svix');
      return {
        verifies: ({ headers, body }, secret) => new Webhook(secret).verify(body, headers) !== undefined,
        signs: (secret, body, at) => ({
          ...{ 'svix-id': 'msg_1', 'svix-timestamp': seconds(at) },
          'svix-signature': new Webhook(secret).sign('msg_1', new Date(at), body.toString()),
        }),
      };
    },
  })),
  {
    id: 'workos',
    package: '@workos-inc/node',
    load() {
      const { WorkOS } = require('@workos-inc/node');
      const { webhooks } = new WorkOS('sk_test', { clientId: 'c' });
      return {
        verifies: async ({ headers, body }, secret) => {
          const sigHeader = headers['workos-signature'];
          return webhooks.verifyHeader({ payload: JSON.parse(body.toString()), sigHeader, secret });
        },
        signs: async (secret, body, at) => ({
          'workos-signature': `t=${at}, v1=${await webhooks.computeSignature(String(at), JSON.parse(body.toString()), secret)}`,
        }),
      };
    },
    differs: { future: 'takes moments to come', layout: 'writes the JSON anew' },
  },
  {
    id: 'cloudinary',
    package: 'cloudinary',
    differs: { future: 'takes moments to come' },
    load() {
      const { v2 } = require('cloudinary');
      return {
        verifies: ({ headers, body }, api_secret) => {
          v2.config({ api_secret });
          const moment = Number(headers['x-cld-timestamp']);
          return v2.utils.verifyNotificationSignature(body.toString(), moment, headers['x-cld-signature']);
        },
        signs: (api_secret, body, at) => ({
          'x-cld-timestamp': seconds(at),
          'x-cld-signature': v2.utils.webhook_signature(body.toString(), seconds(at), { api_secret }),
        }),
      };
    },
  },
  {
    id: 'razorpay',
    package: 'razorpay',
    load() {
      const { validateWebhookSignature } = require('razorpay');
      return {
        verifies: ({ headers, body }, secret) =>
          validateWebhookSignature(body.toString(), headers['x-razorpay-signature'], secret),
      };
    },
  },
  {
    id: 'gocardless',
    package: 'gocardless-nodejs',
    load() {
      const { verifySignature } = require('gocardless-nodejs/webhooks');
      return {
        verifies: ({ headers, body }, secret) => {
          verifySignature(body.toString(), secret, headers['webhook-signature']);
          return true;
        },
      };
    },
  },
  {
    id: 'telnyx',
    package: 'telnyx',
    load() {
      const { Telnyx } = require('telnyx');
      return {
        verifies: ({ headers, body }, key) =>
          new Telnyx({ apiKey: 'k' }).webhooks.unwrap(body.toString(), { headers, key }),
      };
    },
  },
  {
    id: 'retell',
    package: 'retell-sdk',
    load() {
      const { Retell } = require('retell-sdk');
      return {
        verifies: ({ headers, body }, key) =>
          Retell.verify(body.toString(), key, headers['x-retell-signature']),
        signs: async (secret, body) => ({ 'x-retell-signature': await Retell.sign(body.toString(), secret) }),
      };
    },
  },
  {
    id: 'coinbase-commerce',
    package: 'coinbase-commerce-node',
    load() {
      const { Webhook } = require('coinbase-commerce-node');
      return {
        verifies: ({ headers, body }, secret) =>
          Webhook.verifyEventBody(body.toString(), headers['x-cc-webhook-signature'], secret) !== undefined,
        signs: (secret, body) => ({
          'x-cc-webhook-signature': Webhook.computeSignature(body.toString(), secret),
        }),
      };
    },
  },
  {
    id: 'lark',
    package: '@larksuiteoapi/node-sdk',
    differs: { past: 'looks at no moment', future: 'looks at no moment', layout: 'writes the JSON anew' },
    load() {
      const { EventDispatcher } = require('@larksuiteoapi/node-sdk');
      const nothing = () => {};
      const logger = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };
      return {
        // As the package's own adapters hand requests to it: the parsed body, the headers behind it.
        verifies: async ({ headers, body }, encryptKey) => {
          const dispatcher = new EventDispatcher({ encryptKey, logger });
          dispatcher.register({ 'im.message.receive_v1': () => 'taken' });
          const data = Object.assign(Object.create({ headers }), JSON.parse(body.toString()));
          return (await dispatcher.invoke(data)) === 'taken';
        },
      };
    },
  },
];
