/** Says that something is loading. It appears only after a moment, so that fast answers do not flicker. */
export function Loading({ what }: { readonly what: string }) {
    return (
        <div className="loading" role="status">
            <span className="loading-bar" aria-hidden="true" />
            Loading {what} …
        </div>
    );
}

export function LoadingPage() {
    return (
        <div className="page">
            <Loading what="the page" />
        </div>
    );
}
