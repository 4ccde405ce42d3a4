/** The stack's parts, for tests and benchmarks that combine them in their own way. */
export { invokeFunction } from './ably/rule.ts';
export { startConnectorProcess } from './connector.ts';
export { databaseEnvironments } from './database-environment.ts';
export { listen, type HttpServer } from './http-server.ts';
export { startLambdaHost, type LambdaHost } from './lambda/host.ts';
export type { FunctionDefinition } from './lambda/types.ts';
