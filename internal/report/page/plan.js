"use strict";
// The page's only script. It writes text as text and nothing as markup, and asks the network for nothing.
(() => {
  const frame = JSON.parse(document.getElementById("frame").textContent);
  const chunks = [...document.querySelectorAll("script.chunk")];
  const list = document.getElementById("operations");
  const more = document.getElementById("more");
  const status = document.getElementById("status");
  const field = document.getElementById("field");
  const text = document.getElementById("text");
  const form = document.querySelector(".filters");
  const operations = [];
  const screenful = 40;
  const perChunk = 100;
  let kind = "";
  let found = [];
  let shown = 0;
  let run = 0;

  const make = (tag, className, content) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (content !== undefined) e.textContent = content;
    return e;
  };
  const number = n => n.toLocaleString("en-US");
  // A turn of the event loop between two pieces of work keeps the page answering.
  const turn = () => new Promise(done => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });

  const cell = (className, value, words) => {
    const td = make("td", className);
    if (value === "") {
      td.append(make("span", "none", words));
      return td;
    }
    const span = make("bdi", "cell", value);
    if (value.length > 600) { span.tabIndex = 0; span.setAttribute("role", "region"); span.setAttribute("aria-label", "long value"); }
    td.append(span);
    return td;
  };

  const fieldTable = (op) => {
    const table = make("table");
    const columns = make("colgroup");
    for (let i = op.a === "create" ? 1 : 0; i < 3; i++) columns.append(make("col"));
    const head = make("thead", "hidden");
    const tr = make("tr");
    for (const word of op.a === "create" ? ["Attribute", "New value"] : frame.columns) {
      const th = make("th", "", word);
      th.scope = "col";
      tr.append(th);
    }
    head.append(tr);
    const body = make("tbody");
    for (const [name, was, will] of op.f) {
      const row = make("tr");
      const th = make("th");
      th.scope = "row";
      th.append(make("bdi", "", name));
      row.append(th);
      if (op.a !== "create") row.append(cell("old", was, "empty"));
      row.append(op.a === "delete" ? cell("new", "", "gone") : cell("new", will, "cleared"));
      body.append(row);
    }
    table.append(columns, head, body);
    return table;
  };

  const render = op => {
    const item = make("article", "op " + op.a);
    item.setAttribute("role", "listitem");
    item.tabIndex = -1;
    item.dataset.n = op.n;
    const what = make("div", "what");
    const sign = make("span", "sign", frame.symbols[op.a] + " ");
    sign.setAttribute("aria-hidden", "true");
    what.append(sign, frame.words[op.a]);
    if (op.rt) what.append(make("span", "by", op.rt));
    const rest = make("div");
    const head = make("h3");
    head.append(make("bdi", "name", op.k || "(no account name)"));
    if (op.r) head.append(make("span", "aside", "row " + number(op.r)));
    if (op.p) head.append(make("bdi", "aside", op.p));
    rest.append(head);
    if (op.w) rest.append(make("p", "reason", op.w));
    if (op.f) rest.append(fieldTable(op));
    for (const [severity, code, message] of op.d || []) {
      const p = make("p", "finding");
      p.append(make("b", "", severity + " " + code), " ", make("bdi", "", message));
      rest.append(p);
    }
    if (op.u) {
      const d = make("details");
      d.append(make("summary", "", op.u.length === 1 ? "1 value stays" : op.u.length + " values stay"));
      const table = make("table");
      const body = make("tbody");
      for (const [name, value] of op.u) {
        const row = make("tr");
        const th = make("th");
        th.scope = "row";
        th.append(make("bdi", "", name));
        row.append(th, cell("", value, "empty"));
        body.append(row);
      }
      const columns = make("colgroup");
      columns.append(make("col"), make("col"));
      table.append(columns, body);
      d.append(table);
      rest.append(d);
    }
    item.append(what, rest);
    return item;
  };

  const showMore = count => {
    const items = document.createDocumentFragment();
    for (const until = Math.min(found.length, shown + count); shown < until; shown++) items.append(render(found[shown]));
    list.append(items);
    more.hidden = shown >= found.length;
    more.textContent = "Show " + number(Math.min(perChunk, found.length - shown)) + " more of " + number(found.length - shown);
  };

  const say = loading => {
    const total = number(frame.total);
    status.textContent = loading ? "reading " + number(operations.length) + " of " + total
      : found.length === frame.total ? total + (frame.total === 1 ? " line" : " lines")
      : number(found.length) + " of " + total + " lines";
  };

  const filter = async () => {
    const mine = ++run;
    const words = text.value.toLowerCase().split(/\s+/).filter(w => w);
    const hits = [];
    for (let i = 0; i < operations.length; i++) {
      const op = operations[i];
      if (kind && op.a !== kind) continue;
      if (field.value && !(op.f || []).some(f => f[0] === field.value)) continue;
      if (words.every(w => op.s.includes(w))) hits.push(op);
      if (i % 2000 === 1999) {
        await turn();
        if (mine !== run) return;
      }
    }
    found = hits;
    shown = 0;
    list.replaceChildren();
    showMore(screenful);
    if (!found.length) list.append(make("p", "none", "No line matches. Esc clears the filter."));
    say(false);
  };

  const press = wanted => {
    kind = wanted;
    for (const b of document.querySelectorAll(".kinds button")) b.setAttribute("aria-pressed", String(b.dataset.kind === kind));
    filter();
  };

  const clear = () => { text.value = ""; field.value = ""; press(""); };

  const step = by => {
    const items = [...list.querySelectorAll(".op")];
    const at = items.indexOf(document.activeElement && document.activeElement.closest(".op"));
    if (by > 0 && at === items.length - 1 && shown < found.length) { showMore(perChunk); step(by); return; }
    const next = items[Math.max(0, Math.min(items.length - 1, at + by))];
    if (next) next.focus();
  };

  const searchable = op => {
    const parts = [op.k, op.w || "", op.p || "", op.r ? "row " + op.r : "", frame.words[op.a], op.rt || ""];
    for (const f of op.f || []) parts.push(f[0], f[1], f[2]);
    for (const d of op.d || []) parts.push(d[1], d[2]);
    return parts.join("\n").toLowerCase();
  };

  const start = async () => {
    for (const k of frame.kinds) {
      const b = make("button");
      b.type = "button";
      b.dataset.kind = k.kind;
      b.className = k.kind;
      b.setAttribute("aria-pressed", String(k.kind === ""));
      if (k.kind) {
        const sign = make("span", "sign", frame.symbols[k.kind] + " ");
        sign.setAttribute("aria-hidden", "true");
        b.append(sign);
      }
      b.append((k.kind ? frame.words[k.kind] : "everything") + " " + number(k.count));
      b.addEventListener("click", () => press(k.kind));
      document.querySelector(".kinds").append(b);
    }
    for (const name of frame.fields) {
      const o = make("option", "", name);
      o.value = name;
      field.append(o);
    }
    form.hidden = false;
    document.querySelector(".keys").hidden = false;
    field.addEventListener("change", filter);
    let typing = 0;
    text.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 60); });
    form.addEventListener("submit", e => e.preventDefault());
    more.addEventListener("click", () => showMore(perChunk));
    // Observing anew makes the observer speak again where what was added did not fill the window.
    const watch = new IntersectionObserver(seen => {
      if (!seen.at(-1).isIntersecting || more.hidden) return;
      showMore(screenful);
      watch.unobserve(more);
      watch.observe(more);
    }, { rootMargin: "600px" });
    watch.observe(more);
    window.addEventListener("beforeprint", () => showMore(found.length));
    document.addEventListener("keydown", e => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === "Escape") { clear(); return; }
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
      if (e.key === "/") { e.preventDefault(); text.focus(); }
      if (e.key === "j") step(1);
      if (e.key === "k") step(-1);
    });
    for (const c of chunks) {
      for (const op of JSON.parse(c.textContent)) {
        op.s = searchable(op);
        operations.push(op);
      }
      c.remove();
      if (operations.length <= 1000) await filter();
      else { say(true); await turn(); }
    }
    await filter();
    document.documentElement.dataset.ready = "yes";
  };
  start();
})();
