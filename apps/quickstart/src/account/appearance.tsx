import { themes, useTheme } from '../app/theme';
import { Section } from './section';

const labels = { system: 'As the device', light: 'Light', dark: 'Dark' };

export function Appearance() {
    const [theme, setTheme] = useTheme();
    return (
        <Section title="Appearance">
            <fieldset className="segments">
                <legend className="visually-hidden">Colours</legend>
                {themes.map((name) => (
                    <label key={name}>
                        <input
                            type="radio"
                            name="theme"
                            checked={theme === name}
                            onChange={() => setTheme(name)}
                        />
                        <span>{labels[name]}</span>
                    </label>
                ))}
            </fieldset>
        </Section>
    );
}
