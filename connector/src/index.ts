export { parseEnvironment } from './config-environment.ts';
export { loadConfig } from './config-file.ts';
export { parseConfig, type Config, type RawConfig } from './config.ts';
export { startConnector, type Connector, type StartOptions } from './connector.ts';
export {
  ConnectorError,
  DatabaseRefused,
  MigrationsMissing,
  PublishFailed,
  PublishRefused,
  ReconcileFailed,
  RightsMissing,
} from './errors.ts';
export { createEvents, type ConnectorEventMap, type ConnectorEvents } from './events.ts';
