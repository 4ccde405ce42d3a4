type Fields = Record<string, string | number | boolean | null | readonly string[]>;

export type Log = Record<'info' | 'warn' | 'error', (event: string, fields?: Fields) => void>;

/**
 * One JSON object per line, as CloudWatch Logs Insights queries it; AWS adds the time. Callers pass ids, counts and reasons,
 * never the text of a message.
 */
export function createLog(requestId: string): Log {
  const write =
    (level: string, print: (line: string) => void) =>
    (event: string, fields: Fields = {}) =>
      print(JSON.stringify({ level, event, requestId, ...fields }));
  return {
    info: write('info', console.log),
    warn: write('warn', console.warn),
    error: write('error', console.error),
  };
}
