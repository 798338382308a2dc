import { useMutation } from '@tanstack/react-query';
import type { ExportResponse, MoviesApi } from 'movies-client';
import { useClient } from '../app/stage';
import { ErrorNotice } from '../ui/notices';
import { tell } from '../ui/toast';
import { Section } from './section';

export function ExportData() {
    const { api } = useClient();
    const download = useMutation({
        mutationFn: async () => save(await exportAll(api)),
        onSuccess: () => tell('Your data is in your downloads.'),
    });
    return (
        <Section title="Your data">
            <p>Everything that the service holds about you, as a JSON file.</p>
            <ErrorNotice error={download.error} />
            <p className="actions">
                <button
                    type="button"
                    className="button"
                    aria-disabled={download.isPending}
                    onClick={() => download.mutate()}
                >
                    {download.isPending ? 'Putting it together …' : 'Download your data'}
                </button>
            </p>
        </Section>
    );
}

/** The whole export. Movies and watchlist come in pages, each with a cursor of its own. */
async function exportAll(api: MoviesApi): Promise<ExportResponse> {
    const { value: first } = await api.exportMyData();
    const movies = [...first.movies.items];
    for (let cursor = first.movies.nextCursor; cursor !== undefined; ) {
        const { value } = await api.exportMyData({ cursor });
        movies.push(...value.movies.items);
        cursor = value.movies.nextCursor;
    }
    const watchlist = [...first.watchlist.items];
    for (let cursor = first.watchlist.nextCursor; cursor !== undefined; ) {
        const { value } = await api.exportMyData({ cursor });
        watchlist.push(...value.watchlist.items);
        cursor = value.watchlist.nextCursor;
    }
    return { ...first, movies: { items: movies }, watchlist: { items: watchlist } };
}

function save(data: ExportResponse): void {
    const blob = new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `movies-${data.exportedAt.slice(0, 10)}.json`;
    link.click();
    // Not every browser has begun the download by now.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
