/**
 * A moment in UTC as text, such as `2026-03-14T09:26:53.000000Z`: six digits of a second, so moments sort as text.
 * It stays text because a `Date` keeps milliseconds only.
 */
export type Moment = string;

/** The moment as a `Date`, in milliseconds. */
export function momentToDate(moment: Moment): Date {
    // Not every platform parses more than three digits of a second.
    return new Date(moment.replace(/(\.\d{3})\d+/, '$1'));
}
