import { render } from 'preact';
import { App } from './app.js';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/classify.css';
import './styles/library.css';
import './styles/labels.css';

render(<App />, document.getElementById('app') as HTMLElement);
