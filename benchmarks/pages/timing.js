// Measures in the browser how long the page takes to show something.

(() => {
  const roots = [];
  let look = () => {};
  const observer = new MutationObserver(() => look());

  function observe(root) {
    roots.push(root);
    observer.observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
  }
  observe(document);
  // Components draw into shadow roots, into which an observer of the document does not see.
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    observe(root);
    return root;
  };

  /** The visible elements that match, in the document and in shadow roots. */
  const all = (selector) =>
    roots.flatMap((root) =>
      root === document || root.isConnected
        ? [...root.querySelectorAll(selector)].filter((element) => element.checkVisibility())
        : []
    );
  const one = (selector) => all(selector)[0];
  /** Whether no script runs, and nothing waits to be replaced by what it has drawn. */
  const idle = () =>
    document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning" &&
    !document.querySelector('[data-stale="true"]');

  let time = null;

  /**
   * Times what follows: `await timing.done()` gives the milliseconds from the next event of `type`, or from the start
   * of the navigation if that is null, to the first frame in which `isShown()` is true.
   */
  function begin(type, isShown) {
    let began = type ? null : 0;
    if (type) addEventListener(type, (event) => (began = event.timeStamp), { capture: true, once: true });
    time = new Promise((resolve) => {
      look = () => {
        if (began === null || !isShown()) return;
        look = () => {};
        requestAnimationFrame(() => resolve(performance.now() - began));
      };
      look();
    });
  }

  /** As `begin`, to the last change of `value()` until it has stayed the same for `quiet` milliseconds. */
  function beginLast(type, value, quiet) {
    let [began, last, changed, timer] = [null, value(), null, null];
    time = new Promise((resolve) => {
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve(changed - began), quiet);
      };
      addEventListener(type, (event) => { began = event.timeStamp; wait(); }, { capture: true, once: true });
      look = () => {
        const now = value();
        if (now === last) return;
        last = now;
        requestAnimationFrame(() => (changed = performance.now()));
        if (began !== null) wait();
      };
    });
  }

  window.timing = { all, one, idle, begin, beginLast, done: () => time };
})();
