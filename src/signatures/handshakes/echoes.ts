import type { HandshakeId } from '../../core/signature-row';
import { optionalHeader, queryValue, Refusal, textMember, member } from '../special/special-scheme';
import {
  emptyAnswer,
  isShort,
  isVisible,
  jsonAnswer,
  textAnswer,
  type Handshake,
  type HandshakeAsked,
} from './handshake';

/** A challenge that is there must be short. @throws Refusal */
function challenge(text: string | undefined): string | undefined {
  if (text !== undefined && !isShort(text)) throw new Refusal('malformed_signature');
  return text;
}

const query = ({ request }: HandshakeAsked, name: string) => challenge(queryValue(request, name));
const jsonText = ({ request }: HandshakeAsked, ...path: readonly string[]) =>
  challenge(textMember(request.json(), ...path));
const headerText = ({ request }: HandshakeAsked, name: string) => challenge(optionalHeader(request, name));

/** Kinds that give back what they were given, or a constant: no secret goes into the answer. */
export const echoes = {
  slack: {
    methods: ['POST'],
    verify: 'first',
    source: 'https://docs.slack.dev/reference/events/url_verification',
    answer: (asked) => {
      if (member(asked.request.json(), 'type') !== 'url_verification') return undefined;
      return textAnswer(jsonText(asked, 'challenge') ?? missing());
    },
  },
  graph: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
    answer: (asked) => {
      const token = query(asked, 'validationToken') ?? query(asked, 'validationtoken');
      return token === undefined ? undefined : textAnswer(token);
    },
  },
  twitch: {
    methods: ['POST'],
    verify: 'first',
    source: 'https://dev.twitch.tv/docs/eventsub/handling-webhook-events/',
    answer: (asked) => {
      const type = optionalHeader(asked.request, 'twitch-eventsub-message-type');
      if (type === 'revocation') return { ...emptyAnswer(204), ended: true };
      if (type !== 'webhook_callback_verification') return undefined;
      return textAnswer(jsonText(asked, 'challenge') ?? missing());
    },
  },
  dropbox: queryEcho('https://www.dropbox.com/developers/reference/webhooks'),
  nylas: queryEcho('https://developer.nylas.com/docs/v3/notifications/'),
  eventgrid: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema',
    answer: (asked) => {
      if (optionalHeader(asked.request, 'aeg-event-type') !== 'SubscriptionValidation') return undefined;
      const validationResponse = jsonText(asked, '0', 'data', 'validationCode') ?? missing();
      return jsonAnswer({ validationResponse });
    },
  },
  monday: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://developer.monday.com/api-reference/reference/webhooks',
    answer: (asked) => {
      const body = asked.request.json();
      const text = jsonText(asked, 'challenge');
      const isAlone = text !== undefined && Object.keys(body as object).length === 1;
      return isAlone ? jsonAnswer({ challenge: text }) : undefined;
    },
  },
  front: {
    methods: ['POST'],
    verify: 'none',
    source: 'https://dev.frontapp.com/docs/application-webhooks',
    answer: (asked) => {
      const text = headerText(asked, 'x-front-challenge');
      return text === undefined ? undefined : textAnswer(text);
    },
  },
  ringcentral: {
    methods: ['POST', 'GET'],
    verify: 'none',
    source: 'https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks',
    answer: (asked) => {
      const token = headerText(asked, 'validation-token');
      if (token === undefined) return undefined;
      return isVisible(token) ? emptyAnswer(200, { 'validation-token': token }) : malformed();
    },
  },
  'vercel-drain': {
    methods: ['POST', 'GET', 'HEAD'],
    verify: 'none',
    needs: '`verify`: the code that Vercel shows for the drain',
    expects: ['verify'],
    source: 'https://vercel.com/docs/drains/security',
    answer: ({ request, expect }) => {
      // A delivery whose signature was taken off is refused as one, not answered.
      const isSigned = optionalHeader(request, 'x-vercel-signature') !== undefined;
      if (isSigned || request.wire.length > '[]'.length) return undefined;
      const code = expect['verify'] ?? '';
      return isVisible(code) ? emptyAnswer(200, { 'x-vercel-verify': code }) : unset();
    },
  },
  head: {
    methods: ['HEAD'],
    verify: 'none',
    source: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/',
    answer: ({ request }) => (request.method === 'HEAD' ? emptyAnswer(200) : undefined),
  },
  okta: {
    methods: ['GET'],
    // Okta proves itself only where the hook has an authentication field.
    verify: 'itself',
    source: 'https://developer.okta.com/docs/concepts/event-hooks/',
    answer: (asked) => {
      const verification = headerText(asked, 'x-okta-verification-challenge');
      if (verification === undefined) return undefined;
      if (asked.secrets.length > 0 && !asked.verified) throw new Refusal('bad_signature');
      return jsonAnswer({ verification });
    },
  },
  tebex: {
    methods: ['POST'],
    verify: 'first',
    source: 'https://docs.tebex.io/developers/webhooks/overview',
    answer: (asked) => {
      if (member(asked.request.json(), 'type') !== 'validation.webhook') return undefined;
      return jsonAnswer({ id: jsonText(asked, 'id') ?? missing() });
    },
  },
  discord: {
    methods: ['POST'],
    verify: 'first',
    source: 'https://docs.discord.com/developers/interactions/overview',
    answer: ({ request }) => {
      const body = request.json();
      // Type 1 is a ping among interactions, and an event among webhook events: those carry `event`.
      if (member(body, 'event') !== undefined) return undefined;
      const type = member(body, 'type');
      if (type === 1) return jsonAnswer({ type: 1 });
      return type === 0 ? emptyAnswer(204) : undefined;
    },
  },
  cloudevents: {
    methods: ['OPTIONS'],
    verify: 'none',
    needs: '`allowedOrigins`: names of senders with commas between, or `*`; `allowedRate`: requests a minute',
    expects: ['allowedOrigins', 'allowedRate'],
    source: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
    answer: (asked) => {
      const origin = headerText(asked, 'webhook-request-origin')?.toLowerCase();
      if (origin === undefined) return undefined;
      const allowed = (asked.expect['allowedOrigins'] ?? '')
        .split(',')
        .map((name) => name.trim().toLowerCase());
      if (!isVisible(origin) || !(allowed.includes(origin) || allowed.includes('*'))) {
        throw new Refusal('bad_signature');
      }
      const rate = asked.expect['allowedRate'];
      const rates: Record<string, string> = rate === undefined ? {} : { 'webhook-allowed-rate': rate };
      // The callback address that a request may name is never visited: it is anybody's.
      return emptyAnswer(200, { 'webhook-allowed-origin': origin, ...rates, allow: 'POST' });
    },
  },
} as const satisfies Partial<Record<HandshakeId, Handshake>>;

function queryEcho(source: string): Handshake {
  return {
    methods: ['GET'],
    verify: 'none',
    source,
    answer: (asked) => {
      const text = query(asked, 'challenge');
      return text === undefined || asked.request.method !== 'GET' ? undefined : textAnswer(text);
    },
  };
}

function missing(): never {
  throw new Refusal('missing_signature');
}
function malformed(): never {
  throw new Refusal('malformed_signature');
}
/** The operator has not said what the answer needs. */
function unset(): never {
  throw new Refusal('no_secret');
}
