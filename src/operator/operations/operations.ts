import type { Operation } from '../operation';
import { auditOperations } from './audit-operations';
import { backupOperations } from './backup-operations';
import { changesOperations } from './changes-operations';
import { channelsOperations } from './channels-operations';
import { configOperations } from './config-operations';
import { dataOperations } from './data-operations';
import { deliveriesOperations } from './deliveries-operations';
import { eventsOperations } from './events-operations';
import { inboxOperations } from './inbox-operations';
import { inspectionOperations } from './inspection-operations';
import { logsOperations } from './logs-operations';
import { measurementsOperations } from './measurements-operations';
import { overviewOperations } from './overview-operations';
import { pluginsOperations } from './plugins-operations';
import { quarantineOperations } from './quarantine-operations';
import { readmeOperations } from './readme-operations';
import { runsOperations } from './runs-operations';
import { schedulesOperations } from './schedules-operations';
import { secretsOperations } from './secrets-operations';
import { sendOperations } from './send-operations';
import { sessionsOperations } from './sessions-operations';
import { tokensOperations } from './tokens-operations';
import { toolsOperations } from './tools-operations';
import { transferOperations } from './transfer-operations';
import { pullOperations } from './pull-operations';
import { upkeepOperations } from './upkeep-operations';
import { urlsOperations } from './urls-operations';
import { usersOperations } from './users-operations';

/** Every verb of the operator API. Of two paths that match the same request the one that stands first answers. */
export const operations: readonly Operation[] = [
  ...auditOperations,
  ...backupOperations,
  ...changesOperations,
  ...channelsOperations,
  ...configOperations,
  ...dataOperations,
  ...deliveriesOperations,
  ...eventsOperations,
  ...inboxOperations,
  ...inspectionOperations,
  ...logsOperations,
  ...measurementsOperations,
  ...overviewOperations,
  ...pluginsOperations,
  ...quarantineOperations,
  ...readmeOperations,
  ...runsOperations,
  ...schedulesOperations,
  ...secretsOperations,
  ...sendOperations,
  ...sessionsOperations,
  ...tokensOperations,
  ...toolsOperations,
  ...transferOperations,
  ...upkeepOperations,
  ...pullOperations,
  ...urlsOperations,
  ...usersOperations,
];
