export { parseConfig, parseEnvironment, type Config, type RawConfig } from './config/config.ts';
export { loadConfig } from './config/load.ts';
export { startConnector, type Connector, type StartOptions } from './connector.ts';
export {
  ConnectionRejected,
  ConnectorError,
  MigrationsMissing,
  PoolerInTheWay,
  PublishFailed,
  PublishRejected,
  ReconcileFailed,
  RightsMissing,
} from './errors.ts';
export { createEvents, type ConnectorEventMap, type ConnectorEvents } from './events.ts';
