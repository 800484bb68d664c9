"""The browser's half of the page: scripts and styles in `src`, what is shipped of them in `dist`."""
