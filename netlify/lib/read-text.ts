/** A body is longer than the limit. */
export class TooMuchText extends Error {
  override name = 'TooMuchText' as const;
}

/**
 * Reads a body as text, with at most `limit` bytes in memory. Does not rely on the content-length
 * header.
 * @throws TooMuchText
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (!body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Throwing out of this loop cancels the stream.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new TooMuchText(`The body is longer than ${limit} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
