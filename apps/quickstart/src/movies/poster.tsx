import { useState } from 'react';

interface PosterProps {
    readonly title: string;
    readonly year: number;
    readonly imageUrl?: string | undefined;
    /** Load the picture at once, not only when it is near the screen. */
    readonly eager?: boolean;
}

/** The poster of a movie. Without a picture, or until it is there, one is drawn from the title. */
export function Poster({ title, year, imageUrl, eager = false }: PosterProps) {
    const [failed, setFailed] = useState<string>();
    const picture = imageUrl !== undefined && imageUrl !== failed ? imageUrl : undefined;
    return (
        <div className="poster" aria-hidden="true">
            <DrawnPoster title={title} year={year} />
            {picture && (
                <img
                    src={picture}
                    alt=""
                    loading={eager ? 'eager' : 'lazy'}
                    decoding="async"
                    referrerPolicy="no-referrer"
                    onError={() => setFailed(picture)}
                />
            )}
        </div>
    );
}

const palettes = [
    ['#23383c', '#d9b36c', '#e9dfc8'],
    ['#5a2a27', '#d98f63', '#f0dcc4'],
    ['#2c2f4a', '#b9a3d6', '#e6e0ef'],
    ['#3c4a2f', '#c9b458', '#ece7cf'],
    ['#1f3f57', '#e08e6d', '#f1e3d3'],
    ['#4b2f45', '#8fb3a6', '#e9e4dc'],
    ['#8a5a34', '#2b2a33', '#f3e2c3'],
    ['#2b2b2b', '#b6463c', '#ece5da'],
] as const;

const motifs = [
    <path d="M80 24a40 40 0 1 0 14 68A44 44 0 0 1 80 24z" />,
    <path d="M0 112l36-58 20 32 20-26 44 52z" />,
    <>
        <path d="M60 18v30" className="poster-line" />
        <path d="M60 48l-38 66h76z" />
    </>,
    <>
        <circle cx="60" cy="64" r="11" />
        <circle cx="60" cy="64" r="24" className="poster-line" />
        <circle cx="60" cy="64" r="38" className="poster-line" />
        <circle cx="60" cy="64" r="52" className="poster-line" />
    </>,
    <>
        <path d="M18 34h10v70H18zM36 50h14v54H36zM58 24h12v80H58zM78 60h10v44H78zM96 42h8v62h-8z" />
        <path d="M8 112h104" className="poster-line" />
    </>,
    <>
        <path d="M0 66c30-24 48 22 78 4s30-14 42-10v52H0z" />
        <circle cx="92" cy="32" r="12" />
    </>,
    <path d="M60 20l11 32 34 1-27 20 10 33-28-20-28 20 10-33-27-20 34-1z" />,
    <path d="M20 26h80v80H20zM36 42v48h48V42z" fillRule="evenodd" />,
];

function DrawnPoster({ title, year }: { readonly title: string; readonly year: number }) {
    const number = hash(`${title}${year}`);
    const [ground, shape, text] = palettes[number % palettes.length] ?? palettes[0];
    return (
        <svg viewBox="0 0 120 180" preserveAspectRatio="xMidYMid slice">
            <rect width="120" height="180" fill={ground} />
            <g fill={shape} color={shape}>
                {motifs[(number >>> 12) % motifs.length]}
            </g>
            <g fill={text} className="poster-title">
                {lines(title).map((line, index, all) => (
                    <text key={index} x="10" y={168 - (all.length - 1 - index) * 14}>
                        {line}
                    </text>
                ))}
            </g>
        </svg>
    );
}

/** How many letters fit on a line of the poster. */
const WIDTH = 17;

/** The title in at most three lines that fit on the poster; SVG does not break them. */
function lines(title: string): readonly string[] {
    const result: string[] = [];
    for (const word of title.split(/\s+/)) {
        const last = result.at(-1);
        if (last !== undefined && widthOf(`${last} ${word}`) <= WIDTH) {
            result[result.length - 1] = `${last} ${word}`;
        } else {
            result.push(cut(word));
        }
    }
    return result.length > 3 ? [...result.slice(0, 2), cut(`${result[2] ?? ''} …`)] : result;
}

/** The width of a text in letters. Those of East Asia are twice as wide as Latin ones. */
function widthOf(text: string): number {
    return [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1), 0);
}

function cut(text: string): string {
    if (widthOf(text) <= WIDTH) {
        return text;
    }
    const letters = [...text];
    while (widthOf(letters.join('')) >= WIDTH) {
        letters.pop();
    }
    return `${letters.join('')}…`;
}

/** A number that is always the same for the same text (FNV-1a). */
function hash(text: string): number {
    let value = 0x811c9dc5;
    for (const character of text) {
        value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    return value >>> 0;
}
