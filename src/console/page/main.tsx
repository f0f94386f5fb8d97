import { render } from 'preact';
import { App } from './app/app.tsx';
import { keepSeconds } from './state/frames.ts';
import { applyTheme } from './state/theme.ts';

applyTheme();
keepSeconds();
const root = document.getElementById('page');
if (root !== null) render(<App />, root);
