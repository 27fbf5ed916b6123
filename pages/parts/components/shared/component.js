// What every component does when Streamlit mounts it, calls it again with new data, and removes it.

function loadSheet(root, signal, source, draw) {
  const sheet = new Image();
  const end = () => root.setAttribute("aria-busy", "false");
  root.setAttribute("aria-busy", "true");
  sheet.addEventListener("load", () => (draw(), end()), { signal });
  sheet.addEventListener("error", end, { signal });
  sheet.src = source;
  return sheet;
}

/**
 * A component's default export: `start(context)` builds it on the element that `selector` finds.
 *
 * `context` holds what Streamlit gives (`data`, `setStateValue`, `setTriggerValue`) and
 * - `root` and `find(selector)`: the component's element, and one inside it;
 * - `memory`: an object that outlives new data and redrawings of the page around the element;
 * - `on(target, event, listener)`, `onResize(element, listener)`, `onPageChange(listener)`: listeners until the end;
 * - `loadSheet(source, draw)`: an image of tiles; the component is `aria-busy` until `draw` has run on it;
 * - `signal`, `atEnd(callback)`: the end of this mount.
 *
 * New data ends the mount and starts another one. `start` may return `update(data)` instead, which returns true if it
 * has applied the data in place.
 */
export function component(selector, start) {
  const mounted = new WeakMap(); // the current mount of each parent element
  const memories = new WeakMap();

  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(selector);
    if (!root || !data) return undefined;
    const current = mounted.get(parentElement);
    if (current?.update?.(data)) return current.unmount;
    current?.end(); // new data may come without an unmount before it

    const ending = new AbortController();
    const { signal } = ending;
    const atEnd = (callback) => signal.addEventListener("abort", callback);
    const watch = (observer, element, options) => {
      observer.observe(element, options);
      atEnd(() => observer.disconnect());
    };
    const memory = memories.get(parentElement) ?? {};
    memories.set(parentElement, memory);
    const mount = {
      end: () => {
        ending.abort();
        if (mounted.get(parentElement) === mount) mounted.delete(parentElement);
      },
      // Streamlit also cleans up after a call that newer data overtook, although the element stays: a slider would
      // lose the pointer that drags it.
      unmount: () => {
        if (!root.isConnected) mount.end();
      },
    };
    mounted.set(parentElement, mount);
    mount.update = start({
      root,
      data,
      memory,
      signal,
      atEnd,
      setStateValue,
      setTriggerValue,
      find: (inner) => root.querySelector(inner),
      on: (target, event, listener, options) => target.addEventListener(event, listener, { ...options, signal }),
      onResize: (element, listener) => watch(new ResizeObserver(listener), element),
      loadSheet: (source, draw) => loadSheet(root, signal, source, draw),
      onPageChange: (listener) =>
        watch(new MutationObserver(listener), document.body, { childList: true, subtree: true }),
    });
    return mount.unmount;
  };
}
