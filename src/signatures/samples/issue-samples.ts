import { JSON_TYPE, type SenderSamples } from './sample-data';

const jiraIssue = {
  id: '10001',
  key: 'GEAR-7',
  self: 'https://acme.example.net/rest/api/2/issue/10001',
  fields: {
    summary: 'The gears squeak',
    issuetype: { id: '10004', name: 'Bug' },
    project: { id: '10000', key: 'GEAR', name: 'Gears' },
    status: { id: '3', name: 'In Progress' },
    priority: { id: '2', name: 'High' },
  },
};
const jiraUser = { accountId: '5b10a2844c20165700ede21g', displayName: 'Ada', active: true };

const jira: SenderSamples = {
  schemes: ['jira'],
  headers: {
    'Content-Type': 'application/json; charset=UTF-8',
    'User-Agent': 'Atlassian Webhook HTTP Client',
  },
  events: [
    {
      name: 'jira:issue_created',
      body: {
        json: {
          timestamp: 1_772_366_400_000,
          webhookEvent: 'jira:issue_created',
          issue_event_type_name: 'issue_created',
          user: jiraUser,
          issue: jiraIssue,
        },
      },
    },
    {
      name: 'jira:issue_updated',
      body: {
        json: {
          timestamp: 1_772_366_460_000,
          webhookEvent: 'jira:issue_updated',
          issue_event_type_name: 'issue_generic',
          user: jiraUser,
          issue: jiraIssue,
          changelog: {
            id: '10124',
            items: [{ field: 'status', fieldtype: 'jira', fromString: 'To Do', toString: 'In Progress' }],
          },
        },
      },
    },
    {
      name: 'comment_created',
      body: {
        json: {
          timestamp: 1_772_366_520_000,
          webhookEvent: 'comment_created',
          comment: { id: '10200', author: jiraUser, body: 'Greased; please listen again.' },
          issue: jiraIssue,
        },
      },
    },
  ],
};

const linearFacts = {
  createdAt: '2026-03-01T12:00:00.000Z',
  organizationId: '00000000-0000-4000-8000-00000000000a',
  webhookId: '00000000-0000-4000-8000-00000000000b',
};
const linearActor = { id: '00000000-0000-4000-8000-00000000000c', name: 'Ada', type: 'user' };
const linearTeam = { id: '00000000-0000-4000-8000-00000000000d', key: 'GEA', name: 'Gears' };

const linear: SenderSamples = {
  schemes: ['linear'],
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': 'Linear-Webhook' },
  events: [
    {
      name: 'Issue',
      body: {
        json: {
          action: 'create',
          type: 'Issue',
          actor: linearActor,
          data: {
            ...{ id: '00000000-0000-4000-8000-00000000000e', identifier: 'GEA-7', number: 7 },
            ...{ title: 'The gears squeak', priority: 2, team: linearTeam },
          },
          url: 'https://linear.app/acme/issue/GEA-7/the-gears-squeak',
          ...linearFacts,
        },
      },
    },
    {
      name: 'Comment',
      body: {
        json: {
          action: 'create',
          type: 'Comment',
          actor: linearActor,
          data: { id: '00000000-0000-4000-8000-00000000000f', body: 'Greased. 👍' },
          url: 'https://linear.app/acme/issue/GEA-7#comment-0000000f',
          ...linearFacts,
        },
      },
    },
    {
      name: 'Project',
      body: {
        json: {
          action: 'update',
          type: 'Project',
          actor: linearActor,
          data: { id: '00000000-0000-4000-8000-000000000010', name: 'Quiet gears', state: 'started' },
          updatedFrom: { state: 'planned' },
          url: 'https://linear.app/acme/project/quiet-gears',
          ...linearFacts,
        },
      },
    },
  ],
};

const installation = { uuid: '00000000-0000-4000-8000-000000000011' };
const actor = { type: 'application', id: 'sentry', name: 'Sentry' };
const sentryFault = { title: 'TypeError: gear is undefined', culprit: 'turn(gear)', platform: 'node' };

const sentry: SenderSamples = {
  schemes: ['sentry'],
  headers: { ...JSON_TYPE, 'Sentry-Hook-Timestamp': '1772366400' },
  events: [
    {
      name: 'issue',
      body: {
        json: {
          action: 'created',
          installation,
          data: { issue: { id: '4000000007', shortId: 'GEARS-7', ...sentryFault, status: 'unresolved' } },
          actor,
        },
      },
    },
    {
      name: 'event_alert',
      body: {
        json: {
          action: 'triggered',
          installation,
          data: {
            event: { event_id: '0123456789abcdef0123456789abcdef', level: 'error', ...sentryFault },
            triggered_rule: 'Tell the gear people',
          },
          actor,
        },
      },
    },
    {
      name: 'metric_alert',
      body: {
        json: {
          action: 'critical',
          installation,
          data: {
            metric_alert: { id: '9', status: 'open', title: 'Too much noise' },
            description_title: 'Critical: Too much noise',
            description_text: '1000 events in the last 10 minutes',
          },
          actor,
        },
      },
    },
  ],
};

/** Where work on it is tracked. */
export const issueSamples: readonly SenderSamples[] = [jira, linear, sentry];
