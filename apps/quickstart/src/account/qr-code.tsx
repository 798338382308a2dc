import { encode } from 'uqr';

/** A text as a QR code. */
export default function QrCode({ text }: { readonly text: string }) {
    const { data, size } = encode(text, { border: 2 });
    const squares = data.flatMap((row, y) =>
        row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')),
    );
    return (
        <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code">
            <path d={squares.join('')} />
        </svg>
    );
}
