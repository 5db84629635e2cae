/**
 * Which rows of a long table are in sight.
 *
 * @module
 */

/** Lines in sight, with the place of the list and its surroundings in pixels of the viewport. */
export interface Sight {
  /** Upper edge of the whole list, negative when scrolled. */
  readonly listTop: number;
  /** What can be seen. */
  readonly clipTop: number;
  readonly clipBottom: number;
  readonly rowHeight: number;
  readonly total: number;
}

/** First row to draw and the one after the last. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Rows drawn beyond both edges, so that a quick scroll shows no hole. */
const MARGIN = 8;

/** The rows to draw. */
export function rowsInSight({ listTop, clipTop, clipBottom, rowHeight, total }: Sight): RowRange {
  const from = Math.floor((clipTop - listTop) / rowHeight) - MARGIN;
  const to = Math.ceil((clipBottom - listTop) / rowHeight) + MARGIN;
  return {
    from: Math.min(Math.max(0, from), total),
    to: Math.min(Math.max(0, to), total),
  };
}
