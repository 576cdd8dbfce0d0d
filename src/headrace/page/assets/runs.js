"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#runs tbody tr")];
  const show = () => {
    const words = $("find").value.trim().toLowerCase().split(/\s+/), state = $("only").value, verdict = $("verdict").value;
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(words.every((word) => row.dataset.find.includes(word))
        && (!state || row.dataset.state === state)
        && (!verdict || row.dataset.verdicts.split(" ").includes(verdict)));
      shown += row.hidden ? 0 : 1;
    }
    $("shown").textContent = shown === rows.length ? "" : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    const view = new URLSearchParams(Object.entries({ find: $("find").value, state, verdict }).filter(([, value]) => value));
    history.replaceState(null, "", String(view) ? `#?${view}` : location.pathname + location.search);
  };
  const seen = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
  $("find").value = seen.get("find") || "";
  $("only").value = seen.get("state") || "";
  $("verdict").value = seen.get("verdict") || "";
  $("find").oninput = $("only").onchange = $("verdict").onchange = show;
  // At Google's authenticated address every object has an address of its own.
  if (/(^|\.)(storage\.cloud\.google\.com|googleusercontent\.com)$/.test(location.hostname)) {
    for (const link of document.querySelectorAll("a.obj")) {
      link.href = "https://storage.cloud.google.com/" + link.dataset.gs.slice(5).split("/").map(encodeURIComponent).join("/");
    }
  }
  show();
})();
