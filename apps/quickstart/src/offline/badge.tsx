import { Link } from 'wouter';
import { useCounts } from './hooks';

/** In the header: how many changes wait on this device, and whether the user has to decide about some. */
export function WaitingBadge() {
    const { waiting, toDecide } = useCounts();
    const total = waiting + toDecide;
    if (total === 0) {
        return null;
    }
    const label = [
        waiting > 0 && (waiting === 1 ? '1 change waits' : `${waiting} changes wait`),
        toDecide > 0 && (toDecide === 1 ? '1 to decide' : `${toDecide} to decide`),
    ];
    return (
        <Link
            href="/waiting"
            className={toDecide > 0 ? 'waiting-badge waiting-badge-decide' : 'waiting-badge'}
            aria-label={label.filter(Boolean).join(', ')}
        >
            <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 19V6M6 11l6-6 6 6M5 21h14" />
            </svg>
            {total}
        </Link>
    );
}
