// A button that plays and pauses, and what it plays.

const label = (path, text) =>
  `<svg viewBox="0 0 10 10" aria-hidden="true"><path d="${path}"/></svg><span>${text}</span>`;
const PLAY = label("M1 0 L10 5 L1 10 Z", "Play");
const PAUSE = label("M1 0h3v10h-3zM6 0h3v10h-3z", "Pause");

/** Playback shown by `button`, paused at first. `start()` begins to play and returns a function that stops. */
export function playback(button, start) {
  let stop = null;

  function pause() {
    stop?.();
    stop = null;
    button.innerHTML = PLAY;
  }

  function play() {
    button.innerHTML = PAUSE;
    stop = start();
  }

  pause();
  return {
    play,
    pause,
    toggle: () => (stop ? pause() : play()),
    get playing() {
      return stop !== null;
    },
  };
}

/** Calls `step()` every `interval` milliseconds; returns a function that stops. */
export function repeat(step, interval) {
  const timer = setInterval(step, interval);
  return () => clearInterval(timer);
}

/** Calls `draw(now)` for every frame of the screen; returns a function that stops. */
export function animate(draw) {
  let frame = requestAnimationFrame(function next(now) {
    frame = requestAnimationFrame(next);
    draw(now);
  });
  return () => cancelAnimationFrame(frame);
}
