/** More bytes came than were asked for; the rest was not read. */
export class TooMuchText extends Error {
  override name = 'TooMuchText' as const;
}

/**
 * Reads a body, but never more than the limit into memory, whatever its content-length says.
 * @throws TooMuchText
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (!body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop by an error cancels the stream.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new TooMuchText(`More than ${limit} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
