import { JSON_TYPE, type SenderSamples } from './sample-data';

const REPOSITORY = {
  id: 700_100_200,
  name: 'gears',
  full_name: 'acme/gears',
  private: true,
  html_url: 'https://github.com/acme/gears',
  default_branch: 'main',
  owner: { login: 'acme', id: 4_200, type: 'Organization' },
};
const SENDER = { login: 'ada', id: 1_815, type: 'User' };
const BEFORE = '1111111111111111111111111111111111111111';
const AFTER = '2222222222222222222222222222222222222222';

const github: SenderSamples = {
  schemes: ['github'],
  headers: {
    ...JSON_TYPE,
    'User-Agent': 'GitHub-Hookshot/0c1d2e3',
    Accept: '*/*',
    'X-GitHub-Hook-ID': '410000001',
    'X-GitHub-Hook-Installation-Target-ID': '700100200',
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
  },
  events: [
    {
      name: 'ping',
      body: {
        json: {
          zen: 'Keep it logically awesome.',
          hook_id: 410_000_001,
          hook: { type: 'Repository', id: 410_000_001, name: 'web', active: true, events: ['push'] },
          repository: REPOSITORY,
          sender: SENDER,
        },
      },
    },
    {
      name: 'push',
      body: {
        json: {
          ref: 'refs/heads/main',
          before: BEFORE,
          after: AFTER,
          created: false,
          deleted: false,
          forced: false,
          compare: 'https://github.com/acme/gears/compare/111111111111...222222222222',
          commits: [
            {
              id: AFTER,
              message: 'Grease the second gear – it was too loud',
              timestamp: '2026-03-01T12:00:00+01:00',
              author: { name: 'Ada', email: 'ada@example.com', username: 'ada' },
              added: [],
              removed: [],
              modified: ['src/gear.ts'],
            },
          ],
          pusher: { name: 'ada', email: 'ada@example.com' },
          repository: REPOSITORY,
          sender: SENDER,
        },
      },
    },
    {
      name: 'pull_request',
      body: {
        json: {
          action: 'opened',
          number: 42,
          pull_request: {
            id: 910_000_042,
            number: 42,
            state: 'open',
            title: 'Add a third gear',
            html_url: 'https://github.com/acme/gears/pull/42',
            user: SENDER,
            head: { ref: 'third-gear', sha: AFTER },
            base: { ref: 'main', sha: BEFORE },
            draft: false,
            merged: false,
          },
          repository: REPOSITORY,
          sender: SENDER,
        },
      },
    },
    {
      name: 'issues',
      body: {
        json: {
          action: 'opened',
          issue: {
            id: 920_000_007,
            number: 7,
            title: 'The gears squeak',
            state: 'open',
            labels: [{ id: 11, name: 'bug', color: 'd73a4a' }],
            user: SENDER,
            html_url: 'https://github.com/acme/gears/issues/7',
          },
          repository: REPOSITORY,
          sender: SENDER,
        },
      },
    },
  ],
};

const PROJECT = {
  id: 15,
  name: 'Gears',
  web_url: 'https://gitlab.example.com/acme/gears',
  path_with_namespace: 'acme/gears',
  default_branch: 'main',
};

const gitlab: SenderSamples = {
  schemes: ['gitlab', 'gitlab-token'],
  headers: {
    ...JSON_TYPE,
    'User-Agent': 'GitLab/18.1.0',
    'X-Gitlab-Instance': 'https://gitlab.example.com',
    'X-Gitlab-Webhook-UUID': '0a1b2c3d-0000-4000-8000-000000000001',
  },
  events: [
    {
      name: 'push',
      headers: { 'X-Gitlab-Event': 'Push Hook' },
      body: {
        json: {
          object_kind: 'push',
          event_name: 'push',
          ref: 'refs/heads/main',
          before: BEFORE,
          after: AFTER,
          user_username: 'ada',
          project_id: 15,
          project: PROJECT,
          commits: [{ id: AFTER, message: 'Grease the gear', timestamp: '2026-03-01T12:00:00+00:00' }],
          total_commits_count: 1,
        },
      },
    },
    {
      name: 'merge_request',
      headers: { 'X-Gitlab-Event': 'Merge Request Hook' },
      body: {
        json: {
          object_kind: 'merge_request',
          event_type: 'merge_request',
          user: { id: 1, username: 'ada' },
          project: PROJECT,
          object_attributes: {
            ...{ id: 99, iid: 1, title: 'Add a third gear', state: 'opened', action: 'open' },
            ...{ source_branch: 'third-gear', target_branch: 'main' },
          },
        },
      },
    },
    {
      name: 'pipeline',
      headers: { 'X-Gitlab-Event': 'Pipeline Hook' },
      body: {
        json: {
          object_kind: 'pipeline',
          object_attributes: { id: 31, ref: 'main', sha: AFTER, status: 'success', duration: 63 },
          project: PROJECT,
          builds: [{ id: 380, stage: 'test', name: 'jest', status: 'success' }],
        },
      },
    },
  ],
};

const bitbucketParts = {
  actor: {
    type: 'user',
    display_name: 'Ada',
    nickname: 'ada',
    uuid: '{00000000-0000-4000-8000-000000000001}',
  },
  repository: {
    ...{ type: 'repository', full_name: 'acme/gears', name: 'gears' },
    uuid: '{00000000-0000-4000-8000-000000000002}',
  },
};
const bitbucket: SenderSamples = {
  schemes: ['bitbucket'],
  headers: {
    ...JSON_TYPE,
    'User-Agent': 'Bitbucket-Webhooks/2.0',
    'X-Hook-UUID': '00000000-0000-4000-8000-000000000003',
    'X-Attempt-Number': '1',
  },
  events: [
    {
      name: 'repo:push',
      body: {
        json: {
          push: {
            changes: [
              {
                ...{ created: false, closed: false, forced: false },
                old: { type: 'branch', name: 'main', target: { type: 'commit', hash: BEFORE } },
                new: { type: 'branch', name: 'main', target: { type: 'commit', hash: AFTER } },
              },
            ],
          },
          ...bitbucketParts,
        },
      },
    },
    {
      name: 'pullrequest:created',
      body: {
        json: {
          ...bitbucketParts,
          pullrequest: { id: 3, title: 'Add a third gear', state: 'OPEN', comment_count: 0 },
        },
      },
    },
    {
      name: 'issue:created',
      body: {
        json: { ...bitbucketParts, issue: { id: 9, title: 'The gears squeak', state: 'new', kind: 'bug' } },
      },
    },
  ],
};

/** Where code is. */
export const codeHostingSamples: readonly SenderSamples[] = [github, gitlab, bitbucket];
