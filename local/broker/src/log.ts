export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Receives every event of note. Details never hold secrets. */
export type Log = (level: LogLevel, event: string, details?: object) => void;
