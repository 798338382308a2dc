import type { AddMovieRequest, UpdateMovieRequest } from 'movies-client';
import type { LocalMovie } from '../offline/desk';

/** A movie as the form has it: text as it was typed. */
export interface MovieFormValues {
    readonly info: string;
    readonly genres: readonly string[];
    readonly directors: readonly string[];
    readonly actors: readonly string[];
    readonly rating: string;
    readonly releaseDate: string;
    readonly minutes: string;
    readonly rank: string;
    readonly imageUrl: string;
}

export type FormMember = keyof MovieFormValues;

/** The members of the form, in their order, and how the service calls them. */
export const members = [
    { name: 'info', apiName: 'info', label: 'Plot' },
    { name: 'genres', apiName: 'genres', label: 'Genres' },
    { name: 'directors', apiName: 'directors', label: 'Directors' },
    { name: 'actors', apiName: 'actors', label: 'Actors' },
    { name: 'rating', apiName: 'rating', label: 'Rating' },
    { name: 'releaseDate', apiName: 'releaseDate', label: 'Release date' },
    { name: 'minutes', apiName: 'runningTimeSeconds', label: 'Running time' },
    { name: 'rank', apiName: 'rank', label: 'Rank' },
    { name: 'imageUrl', apiName: 'imageUrl', label: 'Poster' },
] as const satisfies readonly {
    name: FormMember;
    apiName: keyof AddMovieRequest;
    label: string;
}[];

export const emptyForm: MovieFormValues = {
    info: '',
    genres: [],
    directors: [],
    actors: [],
    rating: '',
    releaseDate: '',
    minutes: '',
    rank: '',
    imageUrl: '',
};

export function toFormValues(movie: LocalMovie): MovieFormValues {
    const text = (value: number | undefined) => (value === undefined ? '' : String(value));
    return {
        info: movie.info ?? '',
        genres: movie.genres,
        directors: movie.directors,
        actors: movie.actors,
        rating: text(movie.rating),
        releaseDate: movie.releaseDate ?? '',
        minutes: text(movie.runningTimeSeconds && Math.round(movie.runningTimeSeconds / 60)),
        rank: text(movie.rank),
        imageUrl: movie.imageUrl ?? '',
    };
}

type Details = Omit<AddMovieRequest, 'title' | 'year'>;

/** What the service is sent. Members that are empty are undefined, and so not sent. */
function toDetails(values: MovieFormValues): Details {
    const text = (value: string) => (value.trim() === '' ? undefined : value);
    const number = (value: string) => (value.trim() === '' ? undefined : Number(value));
    const list = (value: readonly string[]) => (value.length === 0 ? undefined : value);
    const minutes = number(values.minutes);
    return {
        info: text(values.info),
        genres: list(values.genres),
        directors: list(values.directors),
        actors: list(values.actors),
        rating: number(values.rating),
        releaseDate: text(values.releaseDate),
        runningTimeSeconds: minutes === undefined ? undefined : Math.round(minutes * 60),
        rank: number(values.rank),
        imageUrl: text(values.imageUrl)?.trim(),
    };
}

export function toAddRequest(title: string, year: string, values: MovieFormValues): AddMovieRequest {
    return { title, year: Number(year), ...toDetails(values) };
}

export function isSame(one: MovieFormValues, other: MovieFormValues, member: FormMember): boolean {
    return JSON.stringify(one[member]) === JSON.stringify(other[member]);
}

/**
 * The change that makes `values` of a movie: what differs and nothing else, so that a member that somebody else changed
 * stays as it is. Undefined if nothing differs.
 */
export function toUpdateRequest(
    movie: LocalMovie,
    values: MovieFormValues,
): UpdateMovieRequest | undefined {
    const before = toFormValues(movie);
    const details = toDetails(values);
    const changed = members.filter(({ name }) => !isSame(before, values, name));
    if (changed.length === 0) {
        return undefined;
    }
    const names = changed.map(({ apiName }) => apiName);
    const set = names.filter((name) => details[name] !== undefined);
    const clear = names.filter((name) => details[name] === undefined);
    return {
        title: movie.title,
        year: movie.year,
        ...Object.fromEntries(set.map((name) => [name, details[name]])),
        clear: clear.length === 0 ? undefined : clear,
    };
}

/** What is wrong with numbers, which the service could not even be sent. */
export function faultsOf(values: MovieFormValues): Readonly<Record<string, string>> {
    const faults: Record<string, string> = {};
    const check = (name: string, value: string, isRight: (number: number) => boolean, text: string) => {
        if (value.trim() !== '' && !isRight(Number(value))) {
            faults[name] = text;
        }
    };
    check('rating', values.rating, (n) => n >= 0 && n <= 10, 'A number from 0 to 10.');
    check('runningTimeSeconds', values.minutes, (n) => n > 0, 'A number of minutes.');
    check('rank', values.rank, (n) => Number.isInteger(n) && n > 0, 'A whole number from 1.');
    return faults;
}
