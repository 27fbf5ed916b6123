// The table of results: a row for each value of the setting, with what its runs are doing.

import { isLower, MEASURES, number, spreadText } from "./points.js";

function cell(content, { head = false, note = "", className = "" } = {}) {
  const made = document.createElement(head ? "th" : "td");
  made.textContent = content;
  made.className = className;
  if (note) {
    const small = document.createElement("small");
    small.textContent = ` ${note}`;
    made.append(small);
  }
  return made;
}

function row(cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

/** What the runs of a value are doing: `2 of 3`, `training 45%`, `waiting`. */
function stateOf(runs) {
  const count = (status) => runs.filter((run) => run.status === status).length;
  const finished = count("finished");
  if (finished === runs.length) return runs.length === 1 ? "finished" : `${finished} of ${runs.length}`;
  const training = runs.find(({ status }) => status === "training");
  const others = [...new Set(runs.map(({ status }) => status))].filter((status) => status !== "finished");
  const doing = training ? `training ${Math.floor((100 * training.step) / training.steps)}%` : others[0];
  return runs.length === 1 ? doing : `${finished} of ${runs.length}, ${doing}`;
}

/** Fills the table and the list of failures. */
export function showTable(find, results, points, measure, title) {
  const heads = [title, "Runs", `Test ${MEASURES[measure].title}`, "PCA", "Seconds"];
  find("thead").replaceChildren(row(heads.map((text) => cell(text, { head: true }))));
  find("tbody").replaceChildren(
    ...points.map(({ text, spread, pca, components, seconds, runs }) => {
      const isKnown = spread && pca !== null;
      const wins = isKnown && (isLower(measure) ? spread.mean < pca : spread.mean > pca);
      const better = (yes) => ({ className: isKnown && yes ? "better" : "" });
      return row([
        cell(text, { head: true }),
        cell(stateOf(runs)),
        cell(spread ? spreadText(spread, measure) : "–", better(wins)),
        cell(pca === null ? "–" : number(pca, measure), {
          note: pca === null ? "" : `(${components})`,
          ...better(!wins),
        }),
        cell(seconds ? seconds.mean.toFixed(1) : "–"),
      ]);
    })
  );
  const failed = results.runs.filter(({ status, reason }) => status === "failed" && reason);
  const failures = find(".failures");
  failures.hidden = !failed.length;
  const texts = failed.map(({ value, seed, reason }) => `${title} ${value}, seed ${seed} failed: ${reason}`);
  failures.textContent = [...texts.slice(0, 5), ...(texts[5] ? [`${texts.length - 5} more failed.`] : [])].join(" ");
}
