import { useEffect } from 'preact/hooks';
import { SunIcon } from './icons.js';
import { useKept } from './kept.js';

const NEXT = { system: 'dark', dark: 'light', light: 'system' } as const;
type Theme = keyof typeof NEXT;

/** Light, dark, or as the system says. */
export function ThemeButton() {
  const [theme, setTheme] = useKept<Theme>('theme', 'system');
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Colours: ${theme}. Change`}
      title={`Colours: ${theme}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <SunIcon />
    </button>
  );
}
