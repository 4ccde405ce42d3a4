export { startDatabaseServer, withClient, type DatabaseServer } from '@chat/postgres/testing';
