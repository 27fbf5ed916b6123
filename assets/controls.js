// What the components' controls share. It stands before a component's own script.

const PLAY = '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M1 0 L10 5 L1 10 Z"/></svg><span>Play</span>';
const PAUSE = '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M1 0h3v10h-3zM6 0h3v10h-3z"/></svg><span>Pause</span>';
