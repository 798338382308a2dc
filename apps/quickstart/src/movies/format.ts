export function formatRating(rating: number): string {
    return rating.toFixed(rating % 1 === 0 ? 0 : 1);
}

export function formatRunningTime(seconds: number): string {
    const minutes = Math.round(seconds / 60);
    const hours = Math.floor(minutes / 60);
    return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** A date without a time, as the user's language writes it. */
export function formatDate(date: string): string {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    const moment = new Date(2000, month - 1, day);
    moment.setFullYear(year);
    return moment.toLocaleDateString('en', { day: 'numeric', month: 'long', year: 'numeric' });
}
