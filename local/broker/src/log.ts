export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Logs an event. Details never contain secrets. */
export type Log = (level: LogLevel, event: string, details?: object) => void;
