import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

export interface PageEntry {
  /** Below `#`; patterns as wouter has them. */
  readonly path: string;
  readonly title: string;
  /** Stands in the navigation; undefined: reached from another page. */
  readonly group?: 'Watch' | 'Act' | 'Host';
  /** After `g`, it goes there. */
  readonly letter?: string;
  readonly page: LazyExoticComponent<ComponentType>;
}

/** Every page of the console, in the order of its navigation. Each is loaded when it is first opened. */
export const pages: readonly PageEntry[] = [
  { path: '/', title: 'Home', group: 'Watch', letter: 'h', page: lazy(() => import('./pages/home')) },
  {
    path: '/plugins',
    title: 'Plugins',
    group: 'Watch',
    letter: 'p',
    page: lazy(() => import('./pages/plugins')),
  },
  { path: '/plugins/:key/:tab?', title: 'Plugin', page: lazy(() => import('./pages/plugin')) },
  {
    path: '/deliveries',
    title: 'Deliveries',
    group: 'Watch',
    letter: 'd',
    page: lazy(() => import('./pages/deliveries')),
  },
  { path: '/deliveries/:id', title: 'Delivery', page: lazy(() => import('./pages/delivery')) },
  {
    path: '/refused',
    title: 'Refused',
    group: 'Watch',
    letter: 'r',
    page: lazy(() => import('./pages/refused')),
  },
  { path: '/refused/:id', title: 'Refused request', page: lazy(() => import('./pages/refusal')) },
  {
    path: '/dead-letters',
    title: 'Dead letters',
    group: 'Act',
    letter: 'l',
    page: lazy(() => import('./pages/dead-letters')),
  },
  {
    path: '/jobs',
    title: 'Jobs & schedules',
    group: 'Act',
    letter: 'j',
    page: lazy(() => import('./pages/jobs')),
  },
  { path: '/jobs/:id', title: 'Job', page: lazy(() => import('./pages/job')) },
  {
    path: '/channels',
    title: 'Channels',
    group: 'Act',
    letter: 'c',
    page: lazy(() => import('./pages/channels')),
  },
  { path: '/channels/:chat', title: 'Channel', page: lazy(() => import('./pages/channel')) },
  { path: '/send', title: 'Send', group: 'Act', letter: 's', page: lazy(() => import('./pages/send')) },
  {
    path: '/deprecations',
    title: 'Deprecations',
    group: 'Host',
    letter: 'x',
    page: lazy(() => import('./pages/deprecations')),
  },
  { path: '/nodes', title: 'Nodes', group: 'Host', letter: 'n', page: lazy(() => import('./pages/nodes')) },
  {
    path: '/tokens',
    title: 'Tokens & audit',
    group: 'Host',
    letter: 't',
    page: lazy(() => import('./pages/tokens')),
  },
  {
    path: '/api',
    title: 'API docs',
    group: 'Host',
    letter: 'a',
    page: lazy(() => import('./pages/api-docs')),
  },
];
