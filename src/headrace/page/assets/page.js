"use strict";
(() => {
  const GLYPHS = { failed: "✕", stopped: "■", running: "◐", booting: "○", "waiting for quota": "…", queued: "·", retried: "↻", done: "✓", reused: "≡" };
  const SLUGS = { "waiting for quota": "quota" };
  const ORDER = ["failed", "stopped", "running", "booting", "waiting for quota", "queued", "retried", "done", "reused"];
  const STEP = 200;
  const $ = (id) => document.getElementById(id);
  const slug = (standing) => SLUGS[standing] || standing;
  let data, cells, limit = STEP, opener = null;

  // Text of others goes into the page as text nodes only.
  const el = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (name in node) node[name] = value; else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  // What Python folded away, see headrace.page.compact.
  const unfold = (job, text) => text.replace(/\ue000([\ue002-\ue009]?)\ue001/g,
    (_, letter) => letter ? job.values[letter.charCodeAt(0) - 0xe002] : data.folder);

  const read = () => {
    data = JSON.parse($("data").textContent);
    cells = new Map();
    data.jobs = data.jobs.map((c) => ({
      id: c[0], rule: c[1], row: c[2], standing: data.standings[c[3]], started: c[4], ended: c[5], tries: c[6],
      detail: data.details[c[7]], message: c[8] < 0 ? "" : data.messages[c[8]], values: c[9], attempt: c[10] || null,
      price: c[11], critical: c[12],
    }));
    for (const job of data.jobs) {
      const key = job.row * data.rules.length + job.rule;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(job);
    }
  };

  const duration = (s) => {
    if (s === null || s === undefined || Number.isNaN(s)) return "";
    if (s > 0 && s < 10) return s.toFixed(1).replace(".0", "") + " s";
    s = Math.max(0, Math.round(s));
    const two = (n) => String(n).padStart(2, "0");
    if (s >= 86400) return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
    if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor(s % 3600 / 60))} min`;
    return s >= 60 ? `${Math.floor(s / 60)} min ${two(s % 60)} s` : `${s} s`;
  };
  const size = (n) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (n >= 1000 && unit < 4) { n /= 1000; unit += 1; }
    return `${Number(n.toPrecision(3))} ${units[unit]}`;
  };
  const memory = (mib) => mib < 1024 ? `${mib} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
  const moment = (s) => s === null ? "" : new Date((data.began + s) * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";
  const worst = (jobs) => ORDER.find((standing) => jobs.some((job) => job.standing === standing));

  // Addresses. Beside this page on a disk or a public bucket they are relative; from Google's
  // authenticated address, where every object has an address of its own, they are Google's.
  const signedIn = () => /(^|\.)(storage\.cloud\.google\.com|googleusercontent\.com)$/.test(location.hostname);
  const href = (address) => {
    if (!address.startsWith("gs://")) return null;
    const path = address.slice(5).split("/").map(encodeURIComponent).join("/");
    if (!signedIn() && address.startsWith(data.folder + "/")) {
      return "./" + address.slice(data.folder.length + 1).split("/").map(encodeURIComponent).join("/");
    }
    return "https://storage.cloud.google.com/" + path;
  };
  const file = (address) => {
    const to = href(address);
    return to ? el("a", { href: to, className: "mono" }, address) : el("span", { className: "mono" }, address);
  };
  const links = () => {
    if (!signedIn()) return;
    for (const link of document.querySelectorAll("a.obj")) link.href = href(link.dataset.gs) || link.href;
  };

  // State of the view lives in the address, so that it outlives a reload.
  const view = () => new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
  const remember = (changes) => {
    const now = view();
    for (const [name, value] of Object.entries(changes)) if (value) now.set(name, value); else now.delete(name);
    const text = now.toString();
    history.replaceState(null, "", text ? "#?" + text : location.pathname + location.search);
  };

  // The matrix.
  const text = (value) => value.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const rowJobs = (row) => data.rules.flatMap((_, rule) => cells.get(row * data.rules.length + rule) || []);
  const urgency = (row) => {
    if (data.rows[row] === data.shared) return 4;
    const jobs = rowJobs(row);
    const bad = jobs.some((job) => job.standing === "failed" || job.standing === "stopped");
    return bad ? 0 : data.verdicts[data.rows[row]] === "FAIL" ? 1 : data.verdicts[data.rows[row]] === "WARN" ? 2 : 3;
  };
  const wanted = () => {
    const find = $("find").value.trim().toLowerCase(), only = $("only").value;
    const good = new Set(["done", "retried", "reused"]);
    return data.order.filter((row) => {
      if (find && !data.rows[row].toLowerCase().includes(find)) return false;
      if (only === "bad") return urgency(row) === 0;
      return only !== "now" || rowJobs(row).some((job) => !good.has(job.standing));
    });
  };
  const cell = (row, rule) => {
    const jobs = cells.get(row * data.rules.length + rule);
    if (!jobs) return '<td class="none"><span class="hidden">no job</span></td>';
    const standing = worst(jobs);
    const seconds = jobs.length === 1 && jobs[0].ended !== null && jobs[0].started !== null ? jobs[0].ended - jobs[0].started : null;
    const short = seconds !== null && (standing === "done" || standing === "retried") ? duration(seconds) : "";
    const many = jobs.length > 1 ? ` ${jobs.filter((job) => job.standing === standing).length}/${jobs.length}` : "";
    const name = `${data.rows[row]}, ${data.rules[rule]}: ${standing}${many}${short ? ", " + short : ""}`;
    return `<td tabindex="-1" data-row="${row}" data-rule="${rule}" title="${text(name)}" aria-label="${text(name)}"><span class="s-${slug(standing)}" aria-hidden="true">${GLYPHS[standing]}${many || (short ? " " + short : "")}</span></td>`;
  };
  const drawMatrix = () => {
    const rows = wanted(), shown = rows.slice(0, limit), judged = Object.keys(data.verdicts).length > 0;
    const head = data.rules.map((rule) => `<th scope="col">${text(rule).replaceAll("_", "_<wbr>")}</th>`).join("");
    const body = shown.map((row) => {
      const verdict = data.verdicts[data.rows[row]];
      const judgement = judged ? `<td class="none">${verdict ? `<b class="badge ${verdict}">${verdict}</b>` : ""}</td>` : "";
      return `<tr><th scope="row">${text(data.rows[row])}</th>${judgement}${data.rules.map((_, rule) => cell(row, rule)).join("")}</tr>`;
    }).join("");
    $("matrix").innerHTML = `<table role="grid" aria-label="Samples and steps"><thead><tr><th scope="col">Sample</th>${judged ? '<th scope="col">Verdict</th>' : ""}${head}</tr></thead><tbody>${body}</tbody></table>`;
    const first = $("matrix").querySelector("td[data-row]");
    if (first) first.tabIndex = 0;
    $("shown").replaceChildren(rows.length === data.rows.length && shown.length === rows.length ? "" : `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} `);
    if (shown.length < rows.length) {
      $("shown").append(el("button", { type: "button", onclick: () => { limit = Infinity; drawMatrix(); } }, "Show all"));
    }
  };
  const move = (from, dr, dc) => {
    const rows = [...$("matrix").querySelectorAll("tbody tr")];
    let r = rows.indexOf(from.parentElement), c = [...from.parentElement.children].indexOf(from), to = null;
    do {
      r += dr; c += dc;
      to = rows[r] && rows[r].children[c];
    } while (to && !to.dataset.row);
    if (!to) return;
    from.tabIndex = -1; to.tabIndex = 0; to.focus();
  };

  // Details of the jobs in a cell.
  const facts = (pairs) => {
    const list = el("dl", { className: "facts" });
    for (const [name, value] of pairs) {
      if (value === "" || value === null || value === undefined) continue;
      list.append(el("dt", {}, name), el("dd", {}, value));
    }
    return list;
  };
  const fileList = (job, title, [addresses, more]) => addresses.length === 0 ? [] : [
    el("h3", {}, title),
    el("ul", {}, ...addresses.map((address) => el("li", {}, file(unfold(job, address)))),
      more ? el("li", { className: "soft" }, `and ${more.toLocaleString("en")} more`) : null),
  ];
  const describe = (job) => {
    const [names, inputs, outputs, logs, command, images, resources, local, reason] = job.detail;
    const a = job.attempt, machine = a ? data.machines[a[0]] : null;
    const asked = Object.entries(resources).map(([name, value]) => `${name} ${value}`).join(", ");
    const node = el("div", {},
      el("p", {}, el("span", { className: `badge s-${slug(job.standing)}` }, `${GLYPHS[job.standing]} ${job.standing}`),
        job.critical ? " on the critical path" : ""),
      facts([
        ...names.map((name, n) => [name, job.values[n]]),
        ["Started", job.started === null ? "" : moment(job.started)],
        ["Ended", job.ended === null ? "" : moment(job.ended)],
        ["Took", job.started !== null && job.ended !== null ? duration(job.ended - job.started) : ""],
        ["Starts", job.tries > 1 ? String(job.tries) : ""],
        ["Waited for a machine", a && a[2] !== null ? duration(a[2] - a[1]) : ""],
        ["Boot and pull", a && a[2] !== null && a[3] !== null ? duration(a[3] - a[2]) : ""],
        ["Tools ran", a && a[6] !== null ? duration(a[6]) : ""],
        ["CPU time", a && a[7] !== null ? duration(a[7]) : ""],
        ["Most memory", a && a[5] !== null ? memory(a[5]) : ""],
        ["Brought in, taken out", a && (a[8] || a[9]) ? `${size(a[8])}, ${size(a[9])}` : ""],
        ["Machine", machine ? machine.filter((part) => typeof part === "string" && part).join(", ") + (machine[2] ? ", spot" : "") : local ? "the head" : ""],
        ["Price", job.price >= 0 ? `${data.currency} ${job.price.toPrecision(2)}` : ""],
        ["Asked for", asked],
        ["At the service", a ? a[10] : ""],
        ["It says", a ? a[11] : ""],
        ["Why it runs", unfold(job, reason)],
      ]));
    if (job.message) node.append(el("h3", {}, job.standing === "failed" ? "Why it failed, and its last lines" : "What went wrong before"), el("pre", { tabIndex: 0 }, job.message));
    if (command) node.append(el("h3", {}, "Command"), el("pre", { tabIndex: 0 }, unfold(job, command)));
    if (images.length) node.append(el("h3", {}, images.length > 1 ? "Images" : "Image"), el("ul", {}, ...images.map((image) => el("li", { className: "mono" }, image))));
    node.append(...fileList(job, "Logs", logs), ...fileList(job, "Inputs", inputs), ...fileList(job, "Outputs", outputs));
    return node;
  };
  const open = (row, rule) => {
    const jobs = cells.get(row * data.rules.length + rule);
    if (!jobs) return;
    const sorted = [...jobs].sort((x, y) => ORDER.indexOf(x.standing) - ORDER.indexOf(y.standing));
    $("job-title").textContent = `${data.rules[rule]} · ${data.rows[row]}`;
    const shown = sorted.slice(0, 50);
    $("job-body").replaceChildren(...(sorted.length === 1 ? [describe(sorted[0])] : shown.map((job, n) => {
      const more = el("details", { open: n === 0 }, el("summary", {}, `${GLYPHS[job.standing]} ${job.values.join(" ") || "job " + job.id}: ${job.standing}`));
      const fill = () => { if (more.open && more.children.length === 1) more.append(describe(job)); };
      more.addEventListener("toggle", fill);
      fill();
      return more;
    })));
    if (sorted.length > shown.length) $("job-body").append(el("p", { className: "note" }, `and ${sorted.length - shown.length} more`));
    $("job-body").scrollTop = 0;
    if (!$("job").open) $("job").showModal();
    remember({ job: `${data.rows[row]}/${data.rules[rule]}` });
  };
  const reopen = () => {
    const at = view().get("job");
    if (!at) return;
    const cut = at.lastIndexOf("/");
    const row = data.rows.indexOf(at.slice(0, cut)), rule = data.rules.indexOf(at.slice(cut + 1));
    if (row >= 0 && rule >= 0) open(row, rule);
  };

  // A page of a run that goes on looks for its next version, and says when there has been none.
  const checkLife = () => {
    const warning = $("stale"), body = document.body.dataset;
    if (warning) warning.hidden = Date.now() / 1000 - Number(body.seen) < Number(body.stale);
  };
  const adopt = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    if (!next.getElementById("data") || !next.getElementById("page")) throw new Error("not a page");
    document.title = next.title;
    const details = [...document.querySelectorAll("main details")].map((d) => d.open);
    $("page").replaceWith(document.adoptNode(next.getElementById("page")));
    $("data").textContent = next.getElementById("data").textContent;
    [...document.querySelectorAll("main details")].forEach((d, n) => { if (n < details.length) d.open = details[n]; });
    for (const name of ["refresh", "seen"]) {
      if (name in next.body.dataset) document.body.dataset[name] = next.body.dataset[name]; else delete document.body.dataset[name];
    }
  };
  const refresh = async () => {
    const seconds = Number(document.body.dataset.refresh);
    if (!seconds) return;
    const busy = document.hidden || String(getSelection()) !== "" || $("job").open || document.activeElement === $("only");
    if (!busy) {
      if (location.protocol === "file:") {
        remember({ y: String(Math.round(scrollY)) });
        location.reload();
        return;
      }
      try {
        const answer = await fetch(location.href.split("#")[0], { cache: "no-store", credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        const html = await answer.text(), focused = document.activeElement, y = scrollY;
        const at = focused && focused.dataset && focused.dataset.row ? [focused.dataset.row, focused.dataset.rule] : null;
        const find = focused === $("find");
        adopt(html);
        start();
        scrollTo(0, y);
        if (find) $("find").focus();
        if (at) { const td = $("matrix").querySelector(`td[data-row="${at[0]}"][data-rule="${at[1]}"]`); if (td) td.focus(); }
      } catch {
        $("notice").textContent = "A newer copy of this page could not be fetched; reload it by hand.";
      }
    }
    checkLife();
    setTimeout(refresh, seconds * 1000);
  };

  const start = () => {
    read();
    links();
    checkLife();
    if (!$("matrix")) return;
    data.order = data.rows.map((_, row) => row);
    const rank = data.order.map(urgency);
    data.order.sort((x, y) => rank[x] - rank[y] || x - y);
    const seen = view();
    $("find").value = seen.get("find") || "";
    $("only").value = seen.get("only") || "";
    $("find").oninput = () => { limit = STEP; drawMatrix(); remember({ find: $("find").value }); };
    $("only").onchange = () => { limit = STEP; drawMatrix(); remember({ only: $("only").value }); };
    const matrix = $("matrix");
    matrix.onclick = (event) => {
      const td = event.target.closest("td[data-row]");
      if (td) { opener = [td.dataset.row, td.dataset.rule]; open(Number(td.dataset.row), Number(td.dataset.rule)); }
    };
    matrix.onkeydown = (event) => {
      const td = event.target.closest("td[data-row]");
      const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
      if (!td) return;
      if (event.key in steps) { event.preventDefault(); move(td, ...steps[event.key]); }
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); td.click(); }
    };
    drawMatrix();
  };

  $("close").onclick = () => $("job").close();
  $("job").onclick = (event) => { if (event.target === $("job")) $("job").close(); };
  $("job").addEventListener("close", () => {
    remember({ job: "" });
    const td = opener && $("matrix").querySelector(`td[data-row="${opener[0]}"][data-rule="${opener[1]}"]`);
    if (td) td.focus();
  });
  start();
  reopen();
  const y = view().get("y");
  if (y) {
    history.scrollRestoration = "manual";
    remember({ y: "" });
    addEventListener("load", () => requestAnimationFrame(() => scrollTo(0, Number(y))));
  }
  if (document.body.dataset.refresh) {
    setInterval(checkLife, 5000);
    setTimeout(refresh, Number(document.body.dataset.refresh) * 1000);
  }
})();
