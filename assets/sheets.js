// Sheets of pictures for other components of the page, apart from what changes often: the server sends them once.

export default function sheets({ data }) {
  (window.labSheets ??= new Map()).set(data.name, data);
  document.dispatchEvent(new CustomEvent("lab-sheets"));
}
