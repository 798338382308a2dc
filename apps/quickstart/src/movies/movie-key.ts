import { address } from '../app/hash-location';

/** What identifies a movie. */
export interface MovieKey {
    readonly title: string;
    readonly year: number;
}

export function movieAddress({ title, year }: MovieKey): string {
    return address('/movie', { title, year });
}

export function editAddress({ title, year }: MovieKey): string {
    return address('/movie/edit', { title, year });
}

/** The movie that the address of a page names. */
export function movieKeyOf(parameters: URLSearchParams): MovieKey {
    return { title: parameters.get('title') ?? '', year: Number(parameters.get('year')) };
}
