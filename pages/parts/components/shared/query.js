// What a component keeps in the address of the page, so that a link shows the same, without a script run.

/** The value of a parameter of the address; null if it is not there. */
export const parameter = (name) => new URLSearchParams(location.search).get(name);

/** Changes parameters of the address; null removes one. */
export function setParameters(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) value === null ? query.delete(name) : query.set(name, value);
  const search = query.size ? `?${query}` : "";
  if (search !== location.search) history.replaceState(history.state, "", location.pathname + search + location.hash);
}
