// Events by which the components of one page keep each other informed.

export const CODE_MOVED = "lab-code-moved"; // detail: where sliders moved the pinned code on the map, or null
export const PATH_POSITION = "lab-path-position"; // detail: the share of the way from A to B, 0 to 1, or null
export const EPOCH_SHOWN = "lab-epoch-shown"; // detail: the run and the epoch that its replay shows, or null
export const ADDRESS_CHANGED = "lab-address-changed"; // parameters of the address that components share
export const STATE_REQUESTED = "lab-state-requested"; // a listener is new: publish again

export const publish = (name, detail = null) => document.dispatchEvent(new CustomEvent(name, { detail }));
