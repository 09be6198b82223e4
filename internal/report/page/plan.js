"use strict";
// The page's only script. It writes text as text and nothing as markup, and asks the network for nothing. Whatever grows with the
// plan is done in slices, so that the page always answers; a line is taken apart when it is shown and not before.
(() => {
  const frame = JSON.parse(document.getElementById("frame").textContent);
  const list = document.getElementById("operations");
  const more = document.getElementById("more");
  const status = document.getElementById("status");
  const field = document.getElementById("field");
  const text = document.getElementById("text");
  const form = document.querySelector(".filters");
  const printed = document.getElementById("printed");
  const screenful = 10;
  const paper = 2000; // lines to print: two hundred sheets
  const entries = []; // of every line that was read: its kind, attributes and words to filter by, and the line itself
  let loaded = false;
  let trouble = "";
  let kind = "";
  let fits = () => true;
  let found = []; // the lines that the filter lets through, of the entries before next
  let next = 0;
  let shown = 0;
  let stale = true; // what is in the list is of the filter before
  let run = 0;

  const make = (tag, className, content) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (content !== undefined) e.textContent = content;
    return e;
  };
  const number = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const lines = n => number(n) + (n === 1 ? " line" : " lines");

  // A turn of the event loop between two slices of work.
  const turn = () => new Promise(done => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  let slice = 0;
  const late = () => performance.now() > slice;
  const rest = async () => {
    await turn();
    slice = performance.now() + 8;
  };

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

  const fieldTable = op => {
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

  // What stays is built when somebody asks for it.
  const staying = op => {
    const d = make("details");
    d.append(make("summary", "", op.u.length === 1 ? "1 value stays" : op.u.length + " values stay"));
    d.addEventListener("toggle", () => {
      const table = make("table");
      const columns = make("colgroup");
      columns.append(make("col"), make("col"));
      const body = make("tbody");
      for (const [name, value] of op.u) {
        const row = make("tr");
        const th = make("th");
        th.scope = "row";
        th.append(make("bdi", "", name));
        row.append(th, cell("", value, "empty"));
        body.append(row);
      }
      table.append(columns, body);
      d.append(table);
    }, { once: true });
    return d;
  };

  const render = (op, place) => {
    const item = make("article", "op " + op.a);
    item.setAttribute("role", "listitem");
    item.setAttribute("aria-posinset", String(place));
    item.setAttribute("aria-setsize", loaded && next === entries.length ? String(found.length) : "-1");
    item.tabIndex = -1;
    item.dataset.n = op.n;
    const what = make("div", "what");
    const sign = make("span", "sign", frame.symbols[op.a] + " ");
    sign.setAttribute("aria-hidden", "true");
    what.append(sign, frame.words[op.a]);
    if (op.e) what.append(make("span", "ends", op.e));
    if (op.rt) what.append(make("span", "by", op.rt));
    const body = make("div");
    const head = make("h3");
    head.append(make("bdi", "name", op.k || "(no account name)"));
    if (op.r) head.append(make("span", "aside", "row " + number(op.r)));
    if (op.p) head.append(make("bdi", "aside", op.p));
    body.append(head);
    if (op.w) {
      const p = make("p", "reason");
      p.append(make("bdi", "", op.w));
      for (const code of op.c || []) p.append(" ", make("span", "code", code));
      body.append(p);
    }
    if (op.f) body.append(fieldTable(op));
    for (const [severity, code, message] of op.d || []) {
      const p = make("p", "finding");
      p.append(make("b", "", severity + " " + code), " ", make("bdi", "", message));
      body.append(p);
    }
    if (op.u) body.append(staying(op));
    item.append(what, body);
    return item;
  };

  // Lines stand in blocks of a screenful, and what is far from the window costs the browser one look a block.
  const showMore = count => {
    const blocks = document.createDocumentFragment();
    for (const until = Math.min(found.length, shown + count); shown < until;) {
      const block = make("div", "block");
      for (const end = Math.min(until, shown + screenful); shown < end; shown++) block.append(render(JSON.parse(found[shown].line), shown + 1));
      blocks.append(block);
    }
    list.append(blocks);
    offer();
  };

  const offer = () => {
    more.hidden = shown >= found.length;
    more.textContent = "Show " + number(Math.min(screenful, found.length - shown)) + " more of " + number(found.length - shown);
  };

  // reveal shows the first lines as soon as they are known, and the counts when all are.
  const reveal = () => {
    const done = next === entries.length && loaded;
    if (stale && (done || found.length >= screenful)) {
      list.replaceChildren();
      stale = false;
    }
    if (!stale && shown < screenful && shown < found.length) showMore(screenful - shown);
    else offer();
    if (done && !found.length) list.replaceChildren(make("p", "none", frame.total ? "No line matches. Esc clears the filter." : "There is no line."));
    const words = trouble || (!loaded ? "reading " + lines(frame.total) : !done ? "searching" : found.length === frame.total ? lines(frame.total) : number(found.length) + " of " + lines(frame.total));
    if (status.textContent !== words) status.textContent = words;
  };

  // look lets the filter see the lines that it has not seen; a filter that came later ends it.
  const look = async () => {
    const mine = run;
    while (next < entries.length) {
      const e = entries[next++];
      if (fits(e)) found.push(e);
      if (late()) {
        reveal();
        await rest();
        if (mine !== run) return;
      }
    }
    reveal();
  };

  const filter = () => {
    const [wanted, name] = [kind, field.value ? "\n" + field.value + "\n" : ""];
    const words = text.value.toLowerCase().split(/\s+/).filter(w => w);
    fits = e => (!wanted || e.kind === wanted) && (!name || e.fields.includes(name)) && words.every(w => e.words.includes(w));
    run++;
    found = [];
    next = shown = 0;
    stale = true;
    return look();
  };

  const press = wanted => {
    kind = wanted;
    for (const b of document.querySelectorAll(".kinds button")) b.setAttribute("aria-pressed", String(b.dataset.kind === kind));
    filter();
  };

  const clear = () => { text.value = ""; field.value = ""; press(""); };

  const step = by => {
    const at = document.activeElement && document.activeElement.closest(".op");
    const beside = () => {
      if (!at) return list.querySelector(".op");
      const block = by > 0 ? at.parentElement.nextElementSibling : at.parentElement.previousElementSibling;
      return (by > 0 ? at.nextElementSibling : at.previousElementSibling) || block && (by > 0 ? block.firstElementChild : block.lastElementChild);
    };
    if (!beside() && by > 0 && shown < found.length) showMore(screenful);
    const to = beside();
    if (to) to.focus();
  };

  const entry = line => {
    const op = JSON.parse(line);
    const parts = [op.k, op.w || "", op.p || "", op.r ? "row " + op.r : "", frame.words[op.a], op.rt || "", op.e || "", ...(op.c || [])];
    let fields = "\n";
    for (const f of op.f || []) {
      parts.push(f[0], f[1], f[2]);
      fields += f[0] + "\n";
    }
    for (const d of op.d || []) parts.push(d[1], d[2]);
    return { kind: op.a, fields, words: parts.join("\n").toLowerCase(), line };
  };

  // read unpacks the lines of the plan, which are in the page as gzip in base64: a tenth of the bytes to send and to parse.
  const read = async () => {
    for (const chunk of document.querySelectorAll("script.chunk")) {
      const packed = Uint8Array.from(atob(JSON.parse(chunk.textContent)), c => c.charCodeAt(0));
      const plain = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
      chunk.remove();
      for (let from = 0, to; (to = plain.indexOf("\n", from)) >= 0; from = to + 1) {
        entries.push(entry(plain.slice(from, to)));
        if (late()) await rest();
      }
      await look();
    }
    if (entries.length !== frame.total) throw new Error("lines are missing");
  };

  const controls = () => {
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
    field.parentElement.hidden = !frame.fields.length;
    form.hidden = false;
    document.querySelector(".keys").hidden = false;
    field.addEventListener("change", filter);
    let typing = 0;
    text.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 60); });
    form.addEventListener("submit", e => e.preventDefault());
    more.addEventListener("click", () => showMore(screenful));
    // A number, an attribute or a code above the list leads to its lines.
    document.addEventListener("click", e => {
      const to = e.target.closest("a.lines");
      if (!to) return;
      text.value = to.dataset.words || "";
      field.value = to.dataset.field || "";
      press(to.dataset.kind || "");
    });
    // Observing anew makes the observer speak again where what was added did not fill the window.
    const watch = new IntersectionObserver(seen => {
      if (!seen.at(-1).isIntersecting || more.hidden) return;
      showMore(screenful);
      watch.unobserve(more);
      watch.observe(more);
    }, { rootMargin: "600px" });
    watch.observe(more);
    document.addEventListener("keydown", e => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === "Escape") { clear(); return; }
      if (/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
      if (e.key === "/") { e.preventDefault(); text.focus(); }
      if (e.key === "j") step(1);
      if (e.key === "k") step(-1);
    });
    window.addEventListener("beforeprint", () => {
      showMore(paper - shown);
      printed.textContent = onPaper();
    });
  };

  // onPaper says which lines are printed and which are not.
  const onPaper = () => {
    const all = lines(frame.total);
    if (trouble) return trouble;
    if (!loaded || next < entries.length) return "Not everything had been read when this was printed: " + number(shown) + " of " + all + " are here. Print it again.";
    const chosen = [];
    if (kind) chosen.push("of kind " + frame.words[kind]);
    if (field.value) chosen.push("with " + field.value);
    if (text.value.trim()) chosen.push("with the text “" + text.value.trim() + "”");
    const which = chosen.length ? number(found.length) + " of " + all + " are chosen: those " + chosen.join(", ") + ". " : "";
    const here = shown < found.length ? "Only the first " + number(shown) + " of " + number(found.length) + " are printed. "
      : which ? "" : "All " + all + " are printed. ";
    return which + here + "Values that stay are not printed.";
  };

  const start = async () => {
    await rest();
    controls();
    await rest();
    try {
      if (!window.DecompressionStream) throw new Error("it is too old");
      await read();
    } catch (e) {
      trouble = window.DecompressionStream
        ? "Only " + number(entries.length) + " of " + lines(frame.total) + " could be read: this file is damaged. Ask for it again."
        : "This browser is too old to show the lines. Open the page in Chrome or Edge 80, Firefox 113, Safari 16.4, or a later one.";
    }
    loaded = true;
    await look();
    document.documentElement.dataset.ready = "yes";
  };
  start();
})();
