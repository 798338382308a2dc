const paths = {
    movies: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4',
    watchlist: 'M6 4h12v16l-6-4-6 4z',
    add: 'M12 5v14M5 12h14',
    account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-3.6 4-5.5 7.5-5.5s6.5 1.9 7.5 5.5',
    search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3L20 20',
    check: 'M5 12.5l4.5 4.5L19 7.5',
};

/** A drawing beside a text that says the same. */
export function Icon({ name }: { readonly name: keyof typeof paths }) {
    return (
        <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d={paths[name]} />
        </svg>
    );
}
