(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const PAGE = 50;
  const PRINTED = 2000;
  const numbers = new Intl.NumberFormat("en-GB");
  const say = (n) => numbers.format(n);

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((c) => c !== null && c !== undefined));
    return element;
  }

  /* Light and dark: the system's choice until the button is pressed. */
  const theme = $("theme");
  const dark = () => (document.documentElement.dataset.theme ||
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = dark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    label();
  });
  label();
  theme.hidden = false;

  /* Tables of counts: a button in each heading sorts. */
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.hasAttribute("data-plain")) return;
      const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
      const button = make("button", { type: "button", onclick: () => {
        const up = head.getAttribute("aria-sort") === "descending" ||
          (head.getAttribute("aria-sort") === null && !head.classList.contains("number"));
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows];
        const compare = new Intl.Collator("en-GB", { numeric: true }).compare;
        rows.sort((a, b) => (up ? 1 : -1) * compare(key(a), key(b)));
        table.tBodies[0].append(...rows);
      } }, head.textContent);
      head.replaceChildren(button);
    });
  }

  const app = $("app");
  if (!app) return;

  /* The findings: columns of numbers that point into lists of distinct words; -1 is nothing. */
  const D = JSON.parse($("data").textContent);
  const F = D.findings;
  const N = F.rule.length;
  const together = new Map();
  for (const number of F.finding) together.set(number, (together.get(number) || 0) + 1);
  const compare = new Intl.Collator("en-GB", { numeric: true }).compare;
  const ranks = (words) => {
    const order = words.map((_, i) => i).sort((a, b) => compare(words[a], words[b]));
    const rank = new Int32Array(words.length);
    order.forEach((i, place) => { rank[i] = place; });
    return rank;
  };
  const childRank = ranks(D.children);
  const tableName = (i) => (i < 0 ? "whole return" : D.tables[i]);
  const placeOf = (i) => {
    if (F.table[i] < 0) return "whole return";
    if (F.row[i] === null) return D.files[F.table[i]];
    return F.line[i] === null ? `row ${say(F.row[i])}` : `${D.files[F.table[i]]}:${F.line[i]}`;
  };
  const accepted = (i) => D.accepted && F.accepted[i] >= 0;

  const state = { view: "rows", page: 0, sort: "order", up: true, found: [], groups: [], only: null };
  const fill = (select, words) => {
    words.forEach(([value, text]) => select.append(make("option", { value }, text)));
  };
  fill($("rule"), D.rules.map((r, i) => [String(i), `${r.code} ${r.message.slice(0, 60)}`]));
  fill($("table"), D.tables.map((t, i) => [String(i), t]).concat(F.table.includes(-1) ? [["-1", "whole return"]] : []));

  /* What the filters let through, as positions. Words are looked for once in each list of distinct words. */
  function filtered() {
    const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = (list) => words.map((w) => list.map((text) => text.toLowerCase().includes(w)));
    const rule = holds(D.rules.map((r) => `${r.code} ${r.message}`));
    const table = holds(D.tables.map((t, i) => `${t} ${D.files[i]}`));
    const child = holds(D.children);
    const fields = holds(D.fieldsets.map((f) => f.join(" ")));
    const reason = holds(D.reasons);
    const severity = $("severity").value, wanted = $("rule").value, where = $("table").value, status = $("status").value;
    const found = [];
    for (let i = 0; i < N; i += 1) {
      if (wanted !== "" && F.rule[i] !== Number(wanted)) continue;
      if (where !== "" && F.table[i] !== Number(where)) continue;
      if (severity !== "" && D.rules[F.rule[i]].severity !== severity) continue;
      if (state.only !== null && F.child[i] !== state.only) continue;
      if (status !== "" && (status === "accepted") !== accepted(i)) continue;
      const every = words.every((word, w) => rule[w][F.rule[i]] || table[w][F.table[i]] || child[w][F.child[i]] ||
        fields[w][F.fields[i]] || (D.accepted && reason[w][F.accepted[i]]) || (":" + F.line[i]) === word ||
        (F.values && F.values[i] && F.values[i].some((v) => v !== null && v.toLowerCase().includes(word))));
      if (every) found.push(i);
    }
    return found;
  }

  const KEYS = {
    order: (i) => i,
    rule: (i) => F.rule[i],
    severity: (i) => (D.rules[F.rule[i]].severity === "error" ? 0 : 1),
    place: (i) => (F.table[i] + 1) * 1e9 + (F.row[i] || 0),
    child: (i) => (F.child[i] < 0 ? -1 : childRank[F.child[i]]),
    columns: (i) => F.fields[i],
    status: (i) => (accepted(i) ? 1 : 0),
    name: (g) => g.rank,
    error: (g) => g.error.size,
    query: (g) => g.query.size,
    others: (g) => g.others.size,
  };

  function sorted(items) {
    const key = KEYS[state.sort];
    const side = state.up ? 1 : -1;
    return items.map((item, at) => [key(item), at, item])
      .sort((a, b) => side * (a[0] - b[0]) || a[1] - b[1]).map((t) => t[2]);
  }

  /* Groups by child or by rule: distinct findings, errors and queries apart. */
  function grouped(found, by) {
    const groups = new Map();
    for (const i of found) {
      const id = F[by][i];
      if (!groups.has(id)) {
        const rank = by === "rule" || id < 0 ? id : childRank[id];
        groups.set(id, { id, rank, error: new Set(), query: new Set(), others: new Set() });
      }
      const group = groups.get(id);
      group[D.rules[F.rule[i]].severity].add(F.finding[i]);
      const other = by === "rule" ? F.child[i] : F.rule[i];
      if (other >= 0) group.others.add(other);
    }
    return [...groups.values()];
  }

  const badge = (text, kind) => make("span", { class: `badge ${kind}` }, text);
  const cell = (name, attributes, ...children) => make("td", { role: "cell", "data-label": name, ...attributes }, ...children);

  function head(columns) {
    const cells = columns.map(([key, text, kind]) => {
      if (!key) return make("th", { role: "columnheader", scope: "col", class: "act" }, text);
      const on = state.sort === key;
      const button = make("button", { type: "button", "data-key": key, onclick: () => {
        state.up = on ? !state.up : !["error", "query", "others"].includes(key);
        state.sort = key;
        state.page = 0;
        draw();
        document.querySelector(`#list [data-key="${key}"]`).focus();
      } }, text);
      return make("th", { role: "columnheader", scope: "col", class: kind || null,
        "aria-sort": on ? (state.up ? "ascending" : "descending") : null }, button);
    });
    return make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...cells));
  }

  function rowOf(i) {
    const rule = D.rules[F.rule[i]];
    const fields = D.fieldsets[F.fields[i]] || [];
    const extra = together.get(F.finding[i]) - 1;
    const columns = fields.map((name, at) => {
      const value = F.values && F.values[i] && F.table[i] >= 0 ? F.values[i][at] : undefined;
      const text = value === undefined ? name : `${name} = ${value === null ? "(empty)" : value}`;
      return make("span", { class: "mono" }, text, at + 1 < fields.length ? ", " : "");
    });
    const row = make("tr", { role: "row" },
      make("th", { role: "rowheader", scope: "row", class: "code", "data-label": "Rule" }, rule.code),
      cell("Severity", {}, badge(rule.severity, rule.severity)));
    if (D.accepted) {
      const why = accepted(i) ? D.reasons[F.accepted[i]] : "";
      row.append(cell("Status", {}, make("span", {}, badge(accepted(i) ? "accepted" : "new", accepted(i) ? "good" : ""),
        why ? make("div", { class: "more" }, why) : null)));
    }
    row.append(
      cell("Child", {}, F.child[i] < 0 ? "none" : D.children[F.child[i]]),
      cell("Where", { class: "where" }, make("span", {}, make("span", {}, tableName(F.table[i])), make("br"),
        make("span", { class: "place" }, F.table[i] < 0 ? "" : placeOf(i)))),
      cell("Columns", {}, make("span", {}, ...columns)),
      cell("Message", { class: "message" }, make("div", {}, rule.message,
        extra > 0 ? make("div", { class: "more" }, `Finding ${say(F.finding[i])}: with ${say(extra)} more ${extra === 1 ? "row" : "rows"}`) : null)));
    if (D.rows) {
      const there = F.row[i] !== null && D.rows[D.tables[F.table[i]]];
      const button = there ? make("button", { type: "button", class: "button small", "aria-expanded": "false",
        "aria-label": `Rows around ${placeOf(i)}, rule ${rule.code}`, onclick: () => open(button, row, i) }, "Rows") : null;
      row.append(cell("Rows", { class: "act" }, button));
    }
    return row;
  }

  /* The rows around a finding: its neighbours in the file and the child's nearest rows. */
  function open(button, row, i) {
    if (button.getAttribute("aria-expanded") === "true") {
      button.setAttribute("aria-expanded", "false");
      row.nextElementSibling.remove();
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const table = D.rows[D.tables[F.table[i]]];
    const at = table.row.indexOf(F.row[i]);
    const own = [];
    if (table.child[at] !== null) table.child.forEach((c, n) => { if (c === table.child[at]) own.push(n); });
    const place = own.indexOf(at);
    const near = new Set(own.slice(Math.max(0, place - 3), place + 4));
    table.row.forEach((number, n) => { if (Math.abs(number - F.row[i]) <= 1) near.add(n); });
    const failing = new Set(D.fieldsets[F.fields[i]] || []);
    const used = [...near].sort((a, b) => a - b);
    const mates = new Set();
    F.finding.forEach((number, n) => { if (number === F.finding[i] && F.table[n] === F.table[i]) mates.add(F.row[n]); });
    const lines = used.map((n) => {
      const flagged = mates.has(table.row[n]);
      const name = table.line[n] === null ? say(table.row[n]) : say(table.line[n]);
      const cells = table.columns.map((column, c) => {
        const bad = flagged && failing.has(column);
        const text = table.cells[n][c] === null ? "" : table.cells[n][c];
        return make("td", { class: bad ? "failing" : null },
          bad ? make("strong", {}, text === "" ? "(empty)" : text) : text);
      });
      const kind = flagged ? "flagged" : (table.child[n] === table.child[at] ? "own" : "other");
      return make("tr", { class: kind }, make("th", { scope: "row" }, name + (flagged ? " (finding)" : "")), ...cells);
    });
    const first = table.line[at] === null ? "Row" : "Line";
    const caption = "Flagged rows with their neighbours in the file and the same child's nearest rows. Failing cells are framed and bold.";
    const inner = make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, first),
      ...table.columns.map((c) => make("th", { scope: "col" }, c)))), make("tbody", {}, ...lines));
    const region = make("div", { class: "around scroll", role: "region", tabindex: "0", "aria-label": `Rows around ${placeOf(i)}` },
      make("p", {}, caption), inner);
    row.after(make("tr", { role: "row", class: "context" }, make("td", { role: "cell", class: "whole", colspan: String(row.cells.length) }, region)));
  }

  function groupRow(group) {
    const child = state.view === "child";
    const name = child ? (group.id < 0 ? "No child" : D.children[group.id]) : D.rules[group.id].code;
    const button = make("button", { type: "button", class: "button small", "aria-label": `Show the rows of ${name}`, onclick: () => {
      if (child) keep(group.id);
      else $("rule").value = String(group.id);
      show("rows");
      $("count").scrollIntoView({ block: "nearest" });
      $("q").focus();
    } }, "Show rows");
    const others = [...group.others].sort((a, b) => a - b);
    const codes = others.slice(0, 20).map((r) => D.rules[r]?.code).join(", ") + (others.length > 20 ? ` and ${others.length - 20} more` : "");
    return make("tr", { role: "row" },
      make("th", { role: "rowheader", scope: "row", class: "code", "data-label": child ? "Child" : "Rule" }, name),
      cell("Errors", { class: "number" }, say(group.error.size)),
      cell("Queries", { class: "number" }, say(group.query.size)),
      child ? cell("Rules", { class: "codes" }, codes) : cell("Children", { class: "number" }, say(group.others.size)),
      child ? null : cell("Message", { class: "message" }, D.rules[group.id].message),
      cell("", { class: "act" }, button));
  }

  /* One child alone, by its whole id: a search would also find ids that hold it. */
  function keep(id) {
    state.only = id;
    $("only").hidden = id === null;
    if (id !== null) $("only").textContent = `${id < 0 ? "No child" : `Child ${D.children[id]}`} only: show all`;
  }

  const HEADS = {
    rows: [["rule", "Rule"], ["severity", "Severity"], ...(D.accepted ? [["status", "Status"]] : []), ["child", "Child"],
      ["place", "Where"], ["columns", "Columns"], ["order", "Message"], ...(D.rows ? [[null, "Rows"]] : [])],
    child: [["name", "Child"], ["error", "Errors", "number"], ["query", "Queries", "number"], ["others", "Rules"], [null, "Open"]],
    rule: [["name", "Rule"], ["error", "Errors", "number"], ["query", "Queries", "number"], ["others", "Children", "number"],
      ["order", "Message"], [null, "Open"]],
  };
  const NAMES = { rows: "Findings, row by row", child: "Findings by child", rule: "Findings by rule" };

  function draw(most = PAGE) {
    const rows = state.view === "rows";
    const items = sorted(rows ? state.found : state.groups);
    const pages = Math.max(1, Math.ceil(items.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const from = most > PAGE ? 0 : state.page * PAGE;
    const shown = items.slice(from, from + most);
    const body = make("tbody", { role: "rowgroup" }, ...shown.map(rows ? rowOf : groupRow));
    $("list").replaceChildren(shown.length
      ? make("table", { class: "cards", role: "table", "aria-label": NAMES[state.view] }, head(HEADS[state.view]), body)
      : make("p", {}, "Nothing fits these filters."));
    const what = rows ? "rows" : (state.view === "child" ? "children" : "rules");
    const findings = new Set(state.found.map((i) => F.finding[i])).size;
    $("count").textContent = items.length === 0 ? "Nothing fits these filters."
      : `${say(findings)} of ${say(together.size)} findings; showing ${what} ${say(from + 1)} to ${say(from + shown.length)} of ${say(items.length)}`;
    $("page").textContent = `Page ${say(state.page + 1)} of ${say(pages)}`;
    for (const id of ["before", "before2"]) $(id).disabled = state.page === 0;
    for (const id of ["after", "after2"]) $(id).disabled = state.page >= pages - 1;
    return items.length - shown.length;
  }

  function update() {
    state.found = filtered();
    state.groups = state.view === "rows" ? [] : grouped(state.found, state.view);
    state.page = 0;
    draw();
  }

  function show(view) {
    state.view = view;
    document.querySelector(`input[name="view"][value="${view}"]`).checked = true;
    state.sort = view === "rows" ? "order" : "error";
    state.up = view === "rows";
    update();
  }

  KEYS.order = (item) => (typeof item === "number" ? item : item.rank);
  let waiting = 0;
  $("q").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, N > 20000 ? 250 : 60); });
  for (const id of ["severity", "rule", "table", "status"]) $(id).addEventListener("change", update);
  document.querySelector("form.filters").addEventListener("submit", (event) => event.preventDefault());
  for (const radio of document.querySelectorAll("input[name=view]")) radio.addEventListener("change", () => show(radio.value));
  const turn = (step) => () => { state.page += step; draw(); $("findings").scrollIntoView(); };
  for (const id of ["before", "before2"]) $(id).addEventListener("click", turn(-1));
  for (const id of ["after", "after2"]) $(id).addEventListener("click", turn(1));
  $("only").addEventListener("click", () => { keep(null); update(); $("q").focus(); });
  $("clear").addEventListener("click", () => {
    keep(null);
    for (const id of ["q", "severity", "rule", "table", "status"]) $(id).value = "";
    show("rows");
  });

  /* Paper has no pages to turn: print what the filters let through, and say what did not fit. */
  addEventListener("beforeprint", () => {
    const left = draw(PRINTED);
    $("print-note").textContent = left > 0
      ? `Printed: the first ${say(PRINTED)}. ${say(left)} more are in the file; filter to print them.` : "";
  });
  addEventListener("afterprint", () => draw());

  app.hidden = false;
  show("rows");
})();
