import express from 'express';
import type { MessageClasses } from './messages';
import type { Site } from './site';

/**
 * The application a plugin's Router sees as `req.app`: its settings are the host's until the plugin sets its own,
 * which other plugins never see. Nothing is ever routed through it.
 */
export function createFacade(
  hostApp: express.Application,
  classes: MessageClasses,
  site: Site,
): express.Application {
  const facade = express();
  facade.request = classes.IncomingMessage.prototype as unknown as express.Request;
  facade.response = classes.ServerResponse.prototype as unknown as express.Response;
  facade.settings = Object.create(hostApp.settings as object) as typeof facade.settings;
  facade.locals.settings = facade.settings as typeof facade.locals.settings;
  const set = facade.set.bind(facade) as (...args: unknown[]) => express.Application;
  facade.set = function (this: express.Application, ...args: unknown[]) {
    if (args.length > 1) site.tuned = true;
    return set(...args);
  } as typeof facade.set;
  return facade;
}
