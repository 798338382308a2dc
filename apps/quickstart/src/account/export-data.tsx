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
            <p>
                Everything that the service holds about you, as a JSON file. Of your pictures it has the
                addresses.
            </p>
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

/** The whole export. Movies, watchlist and pictures come in pages, each with a cursor of its own. */
async function exportAll(api: MoviesApi): Promise<ExportResponse> {
    const { value: first } = await api.exportMyData();
    return {
        ...first,
        movies: await allPages(api, first, ({ movies }) => movies),
        watchlist: await allPages(api, first, ({ watchlist }) => watchlist),
        pictures: await allPages(api, first, ({ pictures }) => pictures),
    };
}

interface ExportPage<T> {
    readonly items: readonly T[];
    readonly nextCursor?: string;
}

/** All items of a part of the export, as one page. */
async function allPages<T>(
    api: MoviesApi,
    first: ExportResponse,
    part: (data: ExportResponse) => ExportPage<T>,
): Promise<ExportPage<T>> {
    const items = [...part(first).items];
    for (let cursor = part(first).nextCursor; cursor !== undefined; ) {
        const page = part((await api.exportMyData({ cursor })).value);
        items.push(...page.items);
        cursor = page.nextCursor;
    }
    return { items };
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
