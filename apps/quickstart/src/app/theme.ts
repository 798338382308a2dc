import { useState } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const STORED = 'theme';

function storedTheme(): Theme {
    const stored = localStorage.getItem(STORED);
    return themes.find((theme) => theme === stored) ?? 'system';
}

/** Applies the theme that the user chose. The styles do the rest, see `tokens.css`. */
export function applyTheme(theme: Theme = storedTheme()): void {
    document.documentElement.dataset['theme'] = theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
    const [theme, setTheme] = useState(storedTheme);
    return [
        theme,
        (next) => {
            localStorage.setItem(STORED, next);
            applyTheme(next);
            setTheme(next);
        },
    ];
}
