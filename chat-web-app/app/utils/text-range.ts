import type { TextPiece } from './linkify';
import type { CodePiece } from './split-code';

/** A part of a text, in UTF-16 code units. */
export interface TextRange {
  start: number;
  end: number;
}

type Piece = TextPiece & CodePiece;
export type MarkedPiece = Piece & { isMarked: boolean };

/**
 * Cuts the pieces of a text at the borders of ranges. A link and code stay whole, and are marked
 * when a range covers a part of them.
 * @param ranges in order, without overlaps
 */
export function markPieces(pieces: readonly Piece[], ranges: readonly TextRange[]): MarkedPiece[] {
  let offset = 0;
  return pieces.flatMap((piece) => {
    const start = offset;
    offset += piece.text.length;
    const inside = ranges.filter((range) => range.start < offset && range.end > start);
    const isWhole = piece.kind !== 'text' || piece.href !== undefined || inside.length === 0;
    return isWhole ? [{ ...piece, isMarked: inside.length > 0 }] : cut(piece, start, inside);
  });
}

function cut(piece: Piece, start: number, ranges: readonly TextRange[]): MarkedPiece[] {
  const { text } = piece;
  const result: MarkedPiece[] = [];
  let end = 0;
  for (const range of ranges) {
    const from = Math.max(range.start - start, end);
    const to = Math.min(range.end - start, text.length);
    result.push(
      { ...piece, text: text.slice(end, from), isMarked: false },
      { ...piece, text: text.slice(from, to), isMarked: true },
    );
    end = to;
  }
  result.push({ ...piece, text: text.slice(end), isMarked: false });
  return result.filter((part) => part.text !== '');
}
