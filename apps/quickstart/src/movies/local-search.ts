import type { ListMoviesQuery } from 'movies-client';
import type { LocalMovie, ShownMovie } from '../offline/desk';

// What the service's list does, on what this device has: the same words, filters and orders.

/** Words without accents and without a difference of upper and lower case. */
function words(text: string): readonly string[] {
    const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase();
    return folded.replace(/['’]/g, '').split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** True if a movie belongs into the list that a query asks for. */
export function matches(movie: LocalMovie, { q, genre, sort }: ListMoviesQuery): boolean {
    if (q !== undefined) {
        const has = [movie.title, ...movie.directors, ...movie.actors].flatMap(words);
        return words(q).every((word) => has.some((each) => each.startsWith(word)));
    }
    const isInOrder =
        (sort !== '-rating' || movie.rating !== undefined) &&
        (sort !== 'rank' || movie.rank !== undefined);
    return isInOrder && (genre === undefined || movie.genres.includes(genre));
}

/** The movies that a query asks for, in its order. */
export function search(movies: readonly ShownMovie[], query: ListMoviesQuery): readonly ShownMovie[] {
    const collator = new Intl.Collator('en', { sensitivity: 'base' });
    const byTitle = ({ item: one }: ShownMovie, { item: other }: ShownMovie) =>
        collator.compare(one.title, other.title) || one.year - other.year;
    const number = ({ item }: ShownMovie) =>
        query.sort === '-rating'
            ? -(item.rating ?? 0)
            : query.sort === '-year'
              ? -item.year
              : query.sort === 'year'
                ? item.year
                : query.sort === 'rank'
                  ? (item.rank ?? 0)
                  : 0;
    return movies
        .filter(({ item }) => matches(item, query))
        .sort((one, other) => number(one) - number(other) || byTitle(one, other));
}
