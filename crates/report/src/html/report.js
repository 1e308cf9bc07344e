"use strict";
// The list of findings. All text reaches the page as text nodes, by element() below; nothing here builds markup.
(() => {
  const ROW = 56;
  const PRINTED = 1000;
  const SEVERITIES = ["critical", "high", "medium", "low"];
  const STATUSES = ["open", "unknown", "resolved"];
  const TEXTS = ["resource", "message", "rule", "by", "call", "account", "kind", "region", "item"];
  const STEPS = {
    opened: "Opened", widened: "Widened", resolved: "Resolved", reopened: "Reopened", excepted: "Accepted",
    lapsed: "Acceptance ended", lost_sight: "Lost sight", retired: "Gone with the resource",
  };

  const find = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // An element; `name` may carry classes, as in "p.note". Children are elements, texts, or lists of them; null is left out.
  function element(name, ...children) {
    const [tag, ...classes] = name.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) made.append(child);
    return made;
  }

  // Text in which backticks mark found values.
  const coded = (text) => text.split("`").map((part, index) => (index % 2 ? element("code", part) : part));

  // JSON that stands in the page; the text is given back to the browser.
  function take(id) {
    const block = find(id);
    if (!block) return null;
    const value = JSON.parse(block.textContent);
    block.remove();
    return value;
  }

  const number = (value) => value.toLocaleString("en-US");
  const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

  function time(seconds) {
    const date = new Date(seconds * 1000);
    return isNaN(date) ? `@${seconds}` : date.toISOString().slice(0, 19).replace("T", " ");
  }

  function duration(seconds) {
    let rest = Math.max(0, seconds);
    const parts = [];
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]) {
      if (rest >= size && parts.length < 2) {
        parts.push(`${Math.floor(rest / size)} ${unit}`);
        rest %= size;
      } else if (parts.length) break;
    }
    return parts.join(" ") || "0 s";
  }

  const kindName = (kind) => kind.replace(/^AWS::/, "").replace("::", " ");

  const items = take("items");
  const rows = take("rows");
  const count = rows.severity.length;
  const text = (column, row) => rows.texts[column].names[rows.texts[column].of[row]];
  // How long the last episode lasted, or lasts.
  const lasted = (row) =>
    rows.opened[row] === null ? null : (rows.closed[row] ?? rows.until ?? rows.opened[row]) - rows.opened[row];

  // What is asked for; it stands in the address, so that a link to this file can name a view of it.
  const state = { q: "", status: "open", severity: [], item: "", account: "", sort: "", down: false, finding: null };
  let shown = new Uint32Array(0); // rows asked for, in their order
  let active = 0; // a place in `shown`
  let drawn = "";

  // ---- which rows, in which order

  // For each term, which texts of each column hold it; so a text that a thousand rows share is searched once.
  const lower = {};
  function hits(term) {
    return TEXTS.map((column) => {
      const names = (lower[column] ??= rows.texts[column].names.map((name) => name.toLowerCase()));
      const found = new Uint8Array(names.length);
      let any = false;
      for (let at = 0; at < names.length; at++) if (names[at].includes(term)) any = found[at] = true;
      return any ? [found, rows.texts[column].of] : null;
    }).filter(Boolean);
  }

  function select() {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean).map(hits);
    const place = (column, name) => (name === "" ? -1 : rows.texts[column].names.indexOf(name));
    const item = place("item", state.item);
    const account = place("account", state.account);
    const severities = SEVERITIES.map((name) => !state.severity.length || state.severity.includes(name));
    const status = STATUSES.indexOf(state.status);
    const perStatus = [0, 0, 0];
    const chosen = [];
    next: for (let row = 0; row < count; row++) {
      if (!severities[rows.severity[row]]) continue;
      if (item >= 0 && rows.texts.item.of[row] !== item) continue;
      if (account >= 0 && rows.texts.account.of[row] !== account) continue;
      for (const columns of terms) if (!columns.some(([found, of]) => found[of[row]])) continue next;
      perStatus[rows.status[row]]++;
      if (status < 0 || rows.status[row] === status) chosen.push(row);
    }
    shown = Uint32Array.from(chosen);
    order();
    return perStatus;
  }

  function order() {
    if (!state.sort) return;
    const keys = { severity: rows.severity, opened: rows.opened, lasted: null }[state.sort] ?? rows.texts[state.sort]?.of;
    const key = state.sort === "lasted" ? lasted : (row) => keys[row];
    const sign = state.down ? -1 : 1;
    // What has no value stands last in both directions; equal rows keep the order of the report.
    shown.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === y) return a - b;
      if (x === null) return 1;
      if (y === null) return -1;
      return sign * (x - y);
    });
  }

  // ---- drawing the list

  const grid = find("grid");
  const body = find("body");
  const pane = find("window");
  const detail = find("detail");
  const tools = document.querySelector(".tools");
  const heads = document.querySelector(".heads");

  const cell = (name, first, second) =>
    element(`div.${name}`, element("bdi.one", first), second === null ? null : element("bdi.two", second));

  function line(place) {
    const row = shown[place];
    const severity = SEVERITIES[rows.severity[row]];
    const status = STATUSES[rows.status[row]];
    const opened = rows.opened[row];
    const [day, clock] = opened === null ? ["", ""] : time(opened).split(" ");
    const span = lasted(row);
    const made = element(
      `div.row.${status}`,
      element(`div.severity.${severity}`, element("i.dot"), element("span", severity)),
      cell(
        "resource",
        text("resource", row),
        `${kindName(text("kind", row))} · ${text("account", row)} · ${text("region", row)}`,
      ),
      cell("message", coded(text("message", row)), [
        element("span.rule", text("rule", row)),
        rows.covered[row] ? element("span.tag", "covered") : null,
      ]),
      cell("by", text("by", row), text("call", row)),
      cell("opened", day, clock),
      cell("lasted", span === null ? "" : duration(span), status === "open" ? null : status),
    );
    made.id = `row-${place}`;
    made.setAttribute("role", "row");
    made.setAttribute("aria-rowindex", place + 2);
    for (const child of made.children) child.setAttribute("role", "gridcell");
    if (place === active) made.classList.add("active");
    if (row === state.finding) made.setAttribute("aria-selected", "true");
    return made;
  }

  // Makes the rows in sight, and a few around them.
  function draw(force) {
    const top = -body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / ROW) - 6);
    const last = Math.min(shown.length, first + Math.ceil(innerHeight / ROW) + 12);
    if (!force && drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    const lines = [];
    for (let place = first; place < last; place++) lines.push(line(place));
    pane.style.transform = `translateY(${first * ROW}px)`;
    pane.replaceChildren(...lines);
    if (shown.length) grid.setAttribute("aria-activedescendant", `row-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  let asked = false;
  function drawSoon() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw(false);
    });
  }

  // Brings the active row between the heads and the lower edge.
  function reveal() {
    const top = body.getBoundingClientRect().top + active * ROW;
    const upper = tools.getBoundingClientRect().height + heads.getBoundingClientRect().height;
    if (top < upper) scrollBy(0, top - upper);
    else if (top + ROW > innerHeight) scrollBy(0, top + ROW - innerHeight + 8);
  }

  function move(to) {
    if (!shown.length) return;
    active = Math.min(shown.length - 1, Math.max(0, to));
    if (!detail.hidden) open(shown[active]);
    reveal();
    draw(true);
  }

  // Everything that follows from the state.
  function update() {
    const before = shown[active];
    const perStatus = select();
    active = Math.max(0, shown.indexOf(state.finding ?? before));
    body.style.height = `${shown.length * ROW}px`;
    find("empty").hidden = shown.length > 0;
    find("number").textContent = shown.length === count ? counted(count, "finding", "findings") : `${number(shown.length)} of ${number(count)}`;
    grid.setAttribute("aria-rowcount", shown.length + 1);
    for (const button of all("[data-status]")) {
      const at = STATUSES.indexOf(button.dataset.status);
      button.setAttribute("aria-pressed", button.dataset.status === state.status);
      button.querySelector("small").textContent = number(at < 0 ? perStatus[0] + perStatus[1] + perStatus[2] : perStatus[at]);
    }
    for (const button of all("[data-only]")) button.setAttribute("aria-pressed", state.severity.includes(button.dataset.only));
    for (const button of all("[data-severity]")) {
      button.setAttribute("aria-pressed", state.severity.length === 1 && state.severity[0] === button.dataset.severity);
    }
    for (const button of all("[data-item]")) button.setAttribute("aria-pressed", state.item === button.dataset.item);
    for (const button of all("[data-sort]")) {
      const sorted = button.dataset.sort === state.sort;
      button.parentElement.setAttribute("aria-sort", sorted ? (state.down ? "descending" : "ascending") : "none");
    }
    find("clear").hidden = !(state.q || state.severity.length || state.item || state.account);
    draw(true);
    remember();
  }

  // ---- the state and the address

  function remember() {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
      if (name === "status" ? value !== initial : value !== "" && value !== false && value !== null && value.length !== 0) {
        query.set(name, value);
      }
    }
    history.replaceState(null, "", `#${query}`);
  }

  const has = [0, 0, 0];
  for (const status of rows.status) has[status]++;
  const initial = has[0] ? "open" : "";

  function recall() {
    const query = new URLSearchParams(location.hash.slice(1));
    state.q = query.get("q") ?? "";
    state.status = query.get("status") ?? initial;
    state.severity = (query.get("severity") ?? "").split(",").filter((name) => SEVERITIES.includes(name));
    for (const name of ["item", "account"]) {
      const wanted = query.get(name) ?? "";
      state[name] = rows.texts[name].names.includes(wanted) ? wanted : "";
    }
    const sort = query.get("sort") ?? "";
    state.sort = all("[data-sort]").some((button) => button.dataset.sort === sort) ? sort : "";
    state.down = query.get("down") === "true";
    const finding = /^\d+$/.test(query.get("finding") ?? "") ? Number(query.get("finding")) : count;
    state.finding = finding < count ? finding : null;
    // Of one finding, everything.
    if (count === 1 && state.finding === null) state.finding = 0;
    if (state.finding !== null && !query.has("status")) state.status = STATUSES[rows.status[state.finding]];
    inputs();
  }

  function inputs() {
    find("query").value = state.q;
    find("item").value = state.item;
    if (find("account")) find("account").value = state.account;
  }

  function clear() {
    Object.assign(state, { q: "", severity: [], item: "", account: "" });
    if (!shown.length) state.status = "";
    inputs();
    update();
  }

  // ---- one finding

  const chunks = new Map();
  let rules = null;
  function detailsOf(row) {
    const at = Math.floor(row / rows.chunk);
    if (!chunks.has(at)) {
      const chunk = take(`details-${at}`);
      if (!chunk) return null;
      chunks.set(at, chunk);
    }
    const chunk = chunks.get(at);
    return { chunk, finding: chunk.findings[row % rows.chunk] };
  }

  const utc = (seconds) => {
    const made = element("time", `${time(seconds)} UTC`);
    made.dateTime = time(seconds).replace(" ", "T") + "Z";
    return made;
  };

  const part = (title, ...children) => element("section", element("h3", title), ...children);

  // The blocks of a rule's page.
  function prose(blocks) {
    const made = [];
    for (const { is, text } of blocks) {
      if (is === "code") made.push(element("pre", text));
      else if (is === "paragraph") made.push(element("p", coded(text)));
      else {
        if (made.at(-1)?.tagName !== "UL") made.push(element("ul"));
        const [, label, rest] = /^([A-Z][\w /-]{1,24}): (.*)$/s.exec(text) ?? [null, null, text];
        made.at(-1).append(element("li", label && element("b", label), label && " ", coded(rest)));
      }
    }
    return made;
  }

  function definitions(pairs) {
    return element("dl", pairs.filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [element("dt", name), element("dd", value)]));
  }

  // Who made a call, from where, with what.
  function causeLine(cause, texts) {
    if (!cause) return element("p.who", "By the passing of time.");
    if (cause.who === undefined) return element("p.who", "Who: not known, seen by a read.");
    return element(
      "p.who", element("bdi", element("b", texts[cause.who])), " with ", element("code", texts[cause.call]),
      cause.ip === undefined ? null : [" from ", element("code", texts[cause.ip])],
    );
  }

  function causeTable(cause, texts) {
    if (cause.who === undefined) return null;
    const of = (place) => (place === undefined ? null : element("bdi.value", texts[place]));
    return element("details", element("summary", "The event"), definitions([
      ["Event", of(cause.id)], ["Time", utc(cause.time)], ["Call", `${texts[cause.source]} ${texts[cause.call]}`],
      ["Identity", of(cause.arn) ?? of(cause.identity)], ["Vouched by", of(cause.provider)], ["From", of(cause.ip)],
      ["Program", of(cause.agent)], ["Recorded in", `${texts[cause.account]} ${texts[cause.region]}`],
    ]));
  }

  const MARKS = { "-": "minus", "+": "plus", "@": "facet", "…": "gap" };
  function changed(lines) {
    if (!lines) return null;
    return element("pre.diff", lines.split("\n").map((line) => {
      const mark = line.slice(0, 1);
      const words = mark === "@" ? line.slice(1) : mark === "…" ? `  … ${line.slice(1)}` : `${mark} ${line.slice(1)}`;
      return element(`span.${MARKS[mark] ?? "same"}`, words);
    }));
  }

  // When it was open, on one line from the first opening to the end of the log.
  function strip(episodes) {
    const from = episodes[0][0];
    const to = Math.max(rows.until ?? from, ...episodes.map((episode) => episode[2] ?? episode[0]));
    if (to <= from) return null;
    const bar = element("div.strip");
    for (const [opened, , closed] of episodes) {
      const piece = element(closed === undefined ? "i.still" : "i");
      piece.style.left = `${((opened - from) / (to - from)) * 100}%`;
      piece.style.width = `${(((closed ?? to) - opened) / (to - from)) * 100}%`;
      piece.title = `${time(opened)} – ${closed === undefined ? "still open" : time(closed)}`;
      bar.append(piece);
    }
    bar.setAttribute("aria-hidden", "true");
    return [bar, element("div.ends", element("span", time(from)), element("span", time(to)))];
  }

  function story(row, finding, chunk) {
    const last = finding.episodes.at(-1);
    if (!last) return element("p", "It was never seen failing here; since it answered once, it cannot be told any more.");
    const [opened, by, closed, closedBy, step] = last;
    const span = lasted(row);
    return [
      element("p.lead",
        closed === undefined ? "Open since " : "Opened ", utc(opened),
        closed === undefined
          ? rows.until === null ? "" : `, for ${duration(span)} until the end of the log`
          : [`; ${(STEPS[step] ?? "closed").toLowerCase()} `, utc(closed), ` after ${duration(span)}`],
        "."),
      causeLine(chunk.causes[by], chunk.texts),
      closed !== undefined && closedBy !== null
        ? chunk.causes[closedBy].who === undefined ? element("p.who", "That it ended was seen by a read.")
          : element("p.who", "Ended by ", element("bdi", element("b", chunk.texts[chunk.causes[closedBy].who])), " with ",
            element("code", chunk.texts[chunk.causes[closedBy].call]))
        : null,
    ];
  }

  // What the call changed that opened it last.
  function opening(finding, { texts }) {
    const step = finding.steps.findLast(([step, , , , lines]) => (step === "opened" || step === "reopened") && texts[lines]);
    return step ? part("Before and after", changed(texts[step[4]])) : null;
  }

  function timeline(finding, { texts, causes }) {
    return element("ol.steps", [...finding.steps].reverse().map(([step, at, by, message, lines]) => {
      const cause = causes[by];
      return element(`li.${step}`,
        element("p.head", element("b", STEPS[step] ?? step), utc(at)),
        causeLine(cause, texts),
        step === "resolved" || step === "retired" ? null : element("p", coded(texts[message])),
        changed(texts[lines]),
        cause ? causeTable(cause, texts) : null);
    }));
  }

  function episodes(finding, { texts, causes }) {
    if (finding.episodes.length < 2) return null;
    const total = finding.episodes.reduce((sum, [opened, , closed]) => sum + ((closed ?? rows.until ?? opened) - opened), 0);
    const name = (by) => (!causes[by] ? "time" : causes[by].who === undefined ? "not known" : texts[causes[by].who]);
    return part(`Open ${finding.episodes.length} times, ${duration(total)} in all`,
      element("table.episodes",
        element("thead", element("tr", ["Opened", "By", "Ended", "By", "Open for"].map((head) => element("th", head)))),
        element("tbody", [...finding.episodes].reverse().map(([opened, by, closed, closedBy]) => element("tr",
          element("td", time(opened)), element("td", element("bdi", name(by))),
          element("td", closed === undefined ? "still open" : time(closed)),
          element("td", closed === undefined ? "" : element("bdi", name(closedBy))),
          element("td", duration((closed ?? rows.until ?? opened) - opened)))))));
  }

  function open(row) {
    const severity = SEVERITIES[rows.severity[row]];
    const status = STATUSES[rows.status[row]];
    state.finding = row;
    const found = detailsOf(row);
    rules ??= take("rules");
    const close = element("button.close", "Close");
    close.type = "button";
    close.addEventListener("click", shut);
    const content = [
      element("div.bar", element(`span.badge.${severity}`, severity), element(`span.badge.${status}`, status), close),
      element("h2", element("bdi", text("resource", row))),
      element("p.where", `${kindName(text("kind", row))} · ${text("account", row)} · ${text("region", row)}`),
      element("p.message", coded(text("message", row))),
    ];
    if (!found || !rules) content.push(element("p.note", "The rest of this page is still loading."));
    else {
      const { chunk, finding } = found;
      const page = rules[text("rule", row)];
      // One that only repeats the message shows nothing new.
      const evidence = finding.evidence.filter(([, said]) => chunk.texts[said] !== text("message", row));
      if (finding.covered_by) {
        content.push(element("p.note", "The same is told by ", finding.covered_by.map((place, index) =>
          [index ? ", " : "", element("code", chunk.texts[place])]), "."));
      }
      if (finding.rests_on_default && status === "open") {
        content.push(element("p.note", "This rests on defaults of creation alone: a look at the account would confirm it."));
      }
      if (finding.cut) content.push(element("p.note", `${counted(finding.cut, "entry is", "entries are")} left out here.`));
      content.push(part(status === "resolved" ? "What happened" : "Since when, by whom", story(row, finding, chunk),
        finding.episodes.length ? strip(finding.episodes) : null));
      content.push(opening(finding, chunk));
      if (evidence.length) content.push(part("Evidence", element("ul", evidence.map(([key, said]) =>
        element("li", element("bdi", element("code", chunk.texts[key])), " ", element("bdi", coded(chunk.texts[said])))))));
      if (page) content.push(part("How to fix it", prose(page.fix)));
      content.push(episodes(finding, chunk), part("Timeline", timeline(finding, chunk)));
      content.push(part("The rule", element("p", page ? page.title : "This version of Trailhound does not know the rule."),
        page ? [prose(page.why), element("details", element("summary", "What it cannot see"), prose(page.limits))] : null,
        definitions([
          ["Rule", element("code", text("rule", row))],
          ["Item", items[text("item", row)] ?? text("item", row)],
          ...(page?.controls ?? []).map(([framework, controls]) => [framework, controls.join(", ")]),
          ["ARN", finding.arn === undefined ? null : element("bdi.value", chunk.texts[finding.arn])],
        ])));
    }
    detail.replaceChildren(...content.filter(Boolean));
    detail.hidden = false;
    detail.scrollTop = 0;
    find("panes").classList.add("split");
    remember();
  }

  function shut() {
    if (detail.hidden) return;
    detail.hidden = true;
    state.finding = null;
    find("panes").classList.remove("split");
    remember();
    draw(true);
    grid.focus({ preventScroll: true });
  }

  function choose(place) {
    active = place;
    open(shown[place]);
    draw(true);
  }

  // ---- what people do

  grid.addEventListener("click", (event) => {
    const row = event.target.closest("#body .row");
    if (!row || String(getSelection())) return;
    choose(Number(row.id.slice(4)));
  });

  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(innerHeight / ROW) - 3);
    const to = {
      ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, PageDown: active + page,
      PageUp: active - page, Home: 0, End: shown.length - 1,
    }[event.key];
    if (to !== undefined) move(to);
    else if ((event.key === "Enter" || event.key === " ") && shown.length) choose(active);
    else return;
    event.preventDefault();
  });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (event.target === find("query") && state.q) return;
      shut();
    } else if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      find("query").focus();
      find("query").select();
    }
  });

  let waiting = 0;
  find("query").addEventListener("input", (event) => {
    state.q = event.target.value;
    clearTimeout(waiting);
    waiting = setTimeout(update, count > 20000 ? 120 : 0);
  });
  find("query").addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      grid.focus({ preventScroll: true });
      reveal();
    }
  });
  for (const name of ["item", "account"]) {
    find(name)?.addEventListener("change", (event) => {
      state[name] = event.target.value;
      update();
    });
  }

  addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { status, only, severity, item, sort } = button.dataset;
    if (status !== undefined) state.status = status;
    else if (only) {
      state.severity = state.severity.includes(only) ? state.severity.filter((name) => name !== only) : [...state.severity, only];
    } else if (severity) {
      state.severity = button.getAttribute("aria-pressed") === "true" ? [] : [severity];
      state.status = "open";
    } else if (item) {
      state.item = state.item === item ? "" : item;
      inputs();
    } else if (sort) {
      // Up, down, and back to the order of the report.
      if (state.sort !== sort) Object.assign(state, { sort, down: false });
      else if (!state.down) state.down = true;
      else Object.assign(state, { sort: "", down: false });
    } else if (button.id === "clear" || button.closest("#empty")) {
      clear();
      return;
    } else return;
    update();
  });

  // Where the tools end, the heads and the finding stick; narrow windows make the tools higher.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--tools", `${tools.offsetHeight}px`);
  }).observe(tools);
  addEventListener("scroll", drawSoon, { passive: true });
  addEventListener("resize", () => draw(true));
  addEventListener("hashchange", () => {
    recall();
    update();
    if (state.finding === null) shut();
    else open(state.finding);
  });

  // On paper there is no scrolling: the first rows are all there, and what is left out is said.
  addEventListener("beforeprint", () => {
    const printed = Math.min(shown.length, PRINTED);
    pane.style.transform = "none";
    body.style.height = "auto";
    pane.replaceChildren(...Array.from({ length: printed }, (_, place) => line(place)));
    if (printed < shown.length) pane.append(element("p.note", `The first ${number(printed)} of ${counted(shown.length, "finding", "findings")}: filter to print others.`));
  });
  addEventListener("afterprint", () => {
    body.style.height = `${shown.length * ROW}px`;
    draw(true);
  });

  recall();
  update();
  if (state.finding !== null) open(state.finding);
  // A link may name a finding whose details come later in the page.
  addEventListener("DOMContentLoaded", () => {
    if (state.finding !== null) choose(active);
  });
})();
