package report

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/apply"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/diff"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// A browser shows one page and remembers what it did besides.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	trouble  []string // what it complained of
	requests []string // what it asked for
}

// open shows a page in headless Chromium, waits until all of it was read, and holds it to silence: no complaint, and no request
// but for itself.
func open(t *testing.T, page string) *browser {
	t.Helper()
	return show(t, page, `html[data-ready="yes"]`)
}

// show does the same and waits for an element.
func show(t *testing.T, page, element string) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		// A bare machine has Go alone; .ci/run installs a browser, so that there the page is tried out.
		t.Skip("no browser: the reviewer's page was not tried out (install chromium to do so)")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1280, 1000))
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	file := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	url := "file://" + filepath.ToSlash(file)
	b.do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS(element)))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, line := range b.trouble {
			t.Errorf("the page complains: %s", line)
		}
		for _, asked := range b.requests {
			if asked != url && !strings.HasPrefix(asked, "data:") {
				t.Errorf("the page asked for %s", asked)
			}
		}
		if len(b.requests) == 0 {
			t.Error("no request was seen, not even for the page: the watch does not work")
		}
	})
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.trouble = append(b.trouble, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.trouble = append(b.trouble, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// run evaluates an expression for what it does.
func (b *browser) run(expression string) {
	b.t.Helper()
	ask[bool](b, expression+"; true")
}

// until waits for an expression to become true.
func (b *browser) until(expression string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.t.Fatalf("%s did not come true: %v", expression, err)
	}
}

// status waits until the line of counts says what is wanted.
func (b *browser) status(want string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.PollFunction[bool](`want => document.getElementById("status").textContent === want`, chromedp.WithPollingArgs(want), chromedp.WithPollingTimeout(20*time.Second)))
	if err != nil {
		b.t.Fatalf("the status says %q, want %q: %v", ask[string](b, `document.getElementById("status").textContent`), want, err)
	}
}

// media sets what the page is shown on.
func (b *browser) media(p emulation.SetEmulatedMediaParams) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.t.Fatal(err)
	}
}

// lists waits until the page lists these account names: choosing a field filters twice, by the driver's event and by the test's, and the
// status may still be the one of the first.
func (b *browser) lists(want string) {
	b.t.Helper()
	b.until(accounts + " === " + strconv.Quote(want))
}

const accounts = `[...document.querySelectorAll("#operations .op .name")].map(e => e.textContent).join(" ")`

func TestPageInBrowser(t *testing.T) {
	b := open(t, htmlOf(t, planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262, Same: 1257}, changes(false)), HTMLOptions{}))
	b.status("7 lines")
	if got, want := ask[string](b, accounts), "a.new maria.lopez t.okafor k.ono r.banks old.guy s.green"; got != want {
		t.Errorf("the page lists %q, want %q", got, want)
	}
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind="blocked"]`)))
	b.status("2 of 7 lines")
	if got := ask[string](b, accounts); got != "k.ono r.banks" {
		t.Errorf("of kind blocked the page lists %q", got)
	}
	if got := ask[string](b, `document.querySelector('button[aria-pressed="true"]').dataset.kind`); got != "blocked" {
		t.Errorf("the pressed button is %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind=""]`)), chromedp.SetValue(chromedp.CSS("#field"), "endDate"))
	b.run(`document.getElementById("field").dispatchEvent(new Event("change"))`)
	b.status("3 of 7 lines")
	b.lists("a.new maria.lopez old.guy")

	// By keyboard alone: slash and a word, Escape, then from change to change.
	b.run(`document.activeElement.blur()`)
	b.do(chromedp.KeyEvent("/"))
	b.until(`document.activeElement.id === "text"`)
	// The driver sends a key's character apart from the key, so that the page cannot hold it back as it does with a person's.
	b.run(`document.getElementById("text").value = ""`)
	b.do(chromedp.KeyEvent("JANE maria"))
	b.status("1 of 7 lines")
	if got := ask[string](b, accounts); got != "maria.lopez" {
		t.Errorf("with two words the page lists %q", got)
	}
	b.do(chromedp.KeyEvent("x"))
	b.status("0 of 7 lines")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.status("7 lines")
	b.run(`document.activeElement.blur()`)
	b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"))
	if got := ask[string](b, `document.activeElement.querySelector(".name").textContent`); got != "maria.lopez" {
		t.Errorf("three forward and one back is %q, want maria.lopez", got)
	}
	if got := ask[bool](b, `document.documentElement.scrollWidth <= innerWidth`); !got {
		t.Error("the page is wider than the window")
	}

	// What stays is folded away.
	if got := ask[int](b, `document.querySelectorAll("details td").length`); got != 0 {
		t.Errorf("%d values that stay are built before anybody asks", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`.op.update summary`)))
	b.until(`document.querySelectorAll("details td").length === 6`)
	if got := ask[string](b, `document.querySelector("details").innerText.replace(/\s+/g, " ")`); got != "6 values stay firstName M••• lastName L••• phone ••• 00 email •••@acme.example startDate 2025-01-01 vendor A•••" {
		t.Errorf("what stays is shown as %q", got)
	}
}

// What a screen reader is told: headings in order, named controls, a list with its lines, tables with headers.
func TestPageForScreenReaders(t *testing.T) {
	b := open(t, htmlOf(t, planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262, Same: 1257}, changes(false)), HTMLOptions{}))
	// What is far from the window is laid out when it comes near, and only then known to be a table.
	b.run(`document.getElementById("operations").scrollIntoView()`)
	b.run(`requestAnimationFrame(() => requestAnimationFrame(() => { window.laidOut = true }))`)
	b.until(`window.laidOut`)
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		seen[role]++
		if n.Name != nil {
			seen[role+" "+strings.Trim(string(n.Name.Value), `"`)]++
		}
	}
	for _, want := range []string{"main", "heading Contractors EMEA", "heading Within its limits: this plan may be applied", "heading One by one", "searchbox Text", "combobox Attribute", "button + create 1", "status", "list Changes", "columnheader After", "rowheader endDate", "link Skip to the changes"} {
		if seen[want] == 0 && seen[strings.Replace(want, "+ ", "", 1)] == 0 {
			t.Errorf("no %s in the accessibility tree", want)
		}
	}
	if got := ask[int](b, `document.querySelectorAll("[role=listitem]").length`); got != 7 {
		t.Errorf("%d list items, want 7", got)
	}
}

// What people type into a spreadsheet is text here, whatever it looks like.
func TestPageWithHostileContent(t *testing.T) {
	evil := []string{
		`<script>document.title="owned"</script>`, `</script><script>document.title="owned"</script>`, `"><img src=x onerror=document.title='owned'>`,
		`=cmd|' /C calc'!A0`, `{{.Policy}}`, "<!--", "]]>", "\u202egnp.exe", "\x1b[31m", "\u2028", strings.Repeat("long cell ", 1024),
	}
	var list []diff.Change
	for i, cell := range evil {
		name := "evil" + strings.Repeat("i", i)
		p := person(int64(i+2), name, cell, cell)
		list = append(list,
			diff.Change{Kind: diff.Update, Key: name, Desired: p, Current: p, Fields: []schema.FieldChange{{Attribute: "vendor", Old: "ACME", New: cell}}},
			diff.Change{Kind: diff.Blocked, Key: cell, Desired: person(int64(i+100), cell, "", ""), Findings: []schema.Finding{{Code: "E-X", Severity: schema.Error, Message: cell}}})
	}
	o := options(t)
	o.Source.Name, o.Input.File = evil[1], evil[2]
	p := planOf(t, o, diff.Summary{Desired: 1284, Current: 1262}, list)
	b := open(t, htmlOf(t, p, HTMLOptions{ShowPII: true}))
	b.status("22 lines")
	b.run(`window.dispatchEvent(new Event("beforeprint"))`) // brings all of them
	if got := ask[int](b, `document.images.length`); got != 0 {
		t.Errorf("%d images came out of cells", got)
	}
	if got := ask[string](b, `document.title`); got == "owned" {
		t.Error("a cell ran as a script")
	}
	for i, cell := range evil {
		got := ask[string](b, `document.querySelectorAll("#operations .op.update .new .cell")[`+strconv.Itoa(i)+`].textContent`)
		if want := plain(cell); got != want {
			t.Errorf("the cell %.60q is shown as %.60q", want, got)
		}
	}
	if got := ask[int](b, `document.scripts.length`); got != 2 {
		t.Errorf("the page has %d scripts, want the frame and its own", got)
	}
	if !ask[bool](b, `document.documentElement.scrollWidth <= innerWidth`) {
		t.Error("a long cell makes the page wider than the window")
	}
}

// Twenty thousand changes: only a screenful is in the page, whatever is filtered, and all of them can be reached.
func TestPageWithManyChanges(t *testing.T) {
	const watch = `new PerformanceObserver(l => { for (const e of l.getEntries()) window.longest = Math.max(window.longest || 0, e.duration) }).observe({type: "longtask", buffered: true})`
	b := open(t, htmlOf(t, bigPlan(t, 20_000), HTMLOptions{}))
	b.run(watch)
	b.status("20,000 lines")
	rendered := `document.querySelectorAll("#operations .op").length`
	if got := ask[int](b, rendered); got > 400 {
		t.Errorf("%d changes were rendered before anybody scrolled", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind="end"]`)))
	b.status("1,000 of 20,000 lines")
	b.do(chromedp.Focus(chromedp.CSS("#text")), chromedp.KeyEvent("19981"))
	b.status("1 of 20,000 lines")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.status("20,000 lines")
	b.do(chromedp.Focus(chromedp.CSS("#text")), chromedp.KeyEvent("manager.1"))
	b.status("5,695 of 20,000 lines")
	if got := ask[int](b, rendered); got > 400 {
		t.Errorf("%d changes were rendered after filtering", got)
	}
	// Scrolling to the end brings more, again and again.
	before := ask[int](b, rendered)
	b.run(`scrollTo(0, document.body.scrollHeight)`)
	b.until(rendered + ` > ` + strconv.Itoa(before))
	t.Logf("longest task in the page: %.0f ms (0: none over 50 ms)", ask[float64](b, `window.longest || 0`))
}

func TestResultPageInBrowser(t *testing.T) {
	r := &apply.Result{Run: "2026-03-02T141500Z-7f3a", Plan: "p1", Fingerprint: "k7qf-3a19-c2mt-8wpx", Source: options(t).Source, Planned: 4, Verified: 1, NotApplied: 1, Differs: 1, Unknown: 1,
		Resumable: true, Vanished: []string{"<b>lost</b>"}, Outcomes: []apply.Outcome{
			{N: 1, AccountName: "a.new", Row: 4, Action: plan.Create, State: apply.Verified},
			{N: 2, AccountName: "r.banks", Row: 903, Action: plan.Update, State: apply.NotApplied, Message: "the tenant did not change it"},
			{N: 3, AccountName: "t.okafor", Row: 1107, Action: plan.Update, State: apply.Differs, Message: "manager", Fields: []schema.FieldChange{{Attribute: "manager", Old: "jane.doe", New: "<i>p.meyer</i>"}}},
			{N: 4, AccountName: "s.green", Action: plan.Delete, State: apply.Unknown},
		}}
	var page bytes.Buffer
	if err := ResultHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	b := open(t, page.String())
	b.status("4 lines")
	if got, want := ask[string](b, accounts), "a.new r.banks t.okafor s.green"; got != want {
		t.Errorf("the page lists %q, want %q", got, want)
	}
	if got := ask[string](b, `document.getElementById("verdict").textContent`); got != "3 of 4 could not be verified" {
		t.Errorf("the verdict is %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind="not-applied"]`)))
	b.status("1 of 4 lines")
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind="differs"]`)))
	b.until(`document.querySelector("#operations .name").textContent === "t.okafor"`)
	if got := ask[string](b, `[...document.querySelectorAll("#operations td")].map(e => e.textContent).join("|")`); got != "<i>p.meyer</i>|jane.doe" {
		t.Errorf("planned and read back are %q", got)
	}
}

// What was not sent is not counted among what was, and where no attribute is to choose there is no choice of one.
func TestResultPageOfARunThatLeftSomeOut(t *testing.T) {
	r := &apply.Result{Run: "r", Plan: "p", Fingerprint: "f", Source: options(t).Source, Planned: 2, Verified: 1, Skipped: 1, Outcomes: []apply.Outcome{
		{N: 1, AccountName: "a.new", Action: plan.Create, State: apply.Verified},
		{N: 2, AccountName: "erik", Row: 9, Action: plan.Update, State: apply.Skipped, Message: "the record moved"},
	}}
	var page bytes.Buffer
	if err := ResultHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if want := "1 operation was sent, 1 is as planned when it was read back. 1 was not sent, for the reason below."; !strings.Contains(page.String(), want) {
		t.Errorf("the page does not say %q", want)
	}
	b := open(t, page.String())
	b.status("2 lines")
	if ask[bool](b, `document.getElementById("field").checkVisibility()`) {
		t.Error("there is a choice of attributes, and none to choose")
	}
}

func TestDifferencesPageInBrowser(t *testing.T) {
	o := options(t)
	l := ChangeList{Source: o.Source, List: "contractors.csv", Changes: changes(true), Summary: diff.Summary{Desired: 1284, Current: 1262, Same: 1257, Created: 1, Updated: 2, Missing: 2, Blocked: 1, Renamed: 1}}
	var page bytes.Buffer
	if err := ChangesHTML(&page, l, ChangeOptions{Schema: o.Schema, Zone: o.Reading.Zone}, HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(unpacked(t, page.String()), "old.guy@acme.example") {
		t.Error("a mail that does not change is in the page")
	}
	b := open(t, page.String())
	b.status("7 lines")
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind="missing"]`)))
	b.status("2 of 7 lines")
	if got := ask[string](b, accounts); got != "old.guy s.green" {
		t.Errorf("of kind missing the page lists %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS(`button[data-kind=""]`)), chromedp.SetValue(chromedp.CSS("#field"), "startDate"))
	b.run(`document.getElementById("field").dispatchEvent(new Event("change"))`)
	b.status("2 of 7 lines")
	if got := ask[string](b, `[...document.querySelectorAll("#operations .update td")].map(e => e.textContent).slice(0, 2).join("|")`); got != "2025-01-01|2025-01-01 09:30:00 -05:00" {
		t.Errorf("now and in the list are %q", got)
	}
}

// The numbers, attributes and codes above the list lead to their lines, by mouse and by keyboard.
func TestPageLeadsToLines(t *testing.T) {
	b := open(t, htmlOf(t, planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262, Same: 1257}, changes(false)), HTMLOptions{}))
	b.status("7 lines")
	for _, test := range []struct{ link, want string }{
		{`.card.create a.word`, "a.new"},
		{`.card.end a.word`, "old.guy"},
		{`a.lines[data-field="endDate"]`, "maria.lopez"},
		{`a.lines[data-words="W-TEXT-NEWLINE"]`, "t.okafor"},
		{`a.lines[data-words="E-EMAIL-BAD"]`, "k.ono"},
	} {
		b.run(`document.querySelector(` + strconv.Quote(test.link) + `).focus()`)
		b.do(chromedp.KeyEvent(kb.Enter))
		b.until(accounts + " === " + strconv.Quote(test.want))
		if got := ask[string](b, `document.activeElement.id`); got != "changes" {
			t.Errorf("%s leads to %q, want the heading of the list", test.link, got)
		}
	}
	b.do(chromedp.Click(chromedp.CSS(`.card.update`)))
	b.until(accounts + ` === "maria.lopez t.okafor"`)
}

// A file that lost something on its way does not pass for a whole one, nor does a browser that cannot read it.
func TestPageInTrouble(t *testing.T) {
	whole := htmlOf(t, bigPlan(t, 1100), HTMLOptions{})
	chunks := regexp.MustCompile(`(?s)<script type="application/json" class="chunk">.*?</script>`).FindAllString(whole, -1)
	if len(chunks) != 3 {
		t.Fatalf("%d chunks, want 3", len(chunks))
	}
	for _, test := range []struct{ why, page, want string }{
		{"a chunk is another one", strings.Replace(whole, chunks[1], strings.Replace(chunks[1], `">"H4sI`, `">"H4sIA`, 1), 1), "Only 500 of 1,100 lines could be read: this file is damaged. Ask for it again."},
		{"a chunk is gone", strings.Replace(whole, chunks[2], "", 1), "Only 1,000 of 1,100 lines could be read: this file is damaged. Ask for it again."},
	} {
		t.Run(test.why, func(t *testing.T) {
			b := open(t, test.page)
			b.status(test.want)
			b.run(`window.dispatchEvent(new Event("beforeprint"))`)
			if got := ask[string](b, `document.getElementById("printed").textContent`); got != test.want {
				t.Errorf("on paper it says %q", got)
			}
		})
	}
	cut := whole[:strings.Index(whole, chunks[2])]
	b := show(t, cut, `.wait`)
	if got := ask[string](b, `document.getElementById("operations").innerText`); !strings.Contains(got, "the file was cut off") {
		t.Errorf("of a file that was cut off the page says %q", got)
	}
}

// On paper there are no filters, and every change that was chosen is there, or it says which are.
func TestPageInPrint(t *testing.T) {
	b := open(t, htmlOf(t, bigPlan(t, 2200), HTMLOptions{}))
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	printed := func(want string, lines int) {
		t.Helper()
		b.run(`window.dispatchEvent(new Event("beforeprint"))`)
		if got := ask[string](b, `document.getElementById("printed").innerText`); got != want {
			t.Errorf("on paper it says %q, want %q", got, want)
		}
		if got := ask[int](b, `document.querySelectorAll("#operations .op").length`); got != lines {
			t.Errorf("%d changes on paper, want %d", got, lines)
		}
	}
	b.status("2,200 lines")
	printed("Only the first 2,000 of 2,200 are printed. Values that stay are not printed.", 2000)
	b.run(`document.querySelector('button[data-kind="update"]').click()`)
	b.status("1,870 of 2,200 lines")
	printed("1,870 of 2,200 lines are chosen: those of kind update. Values that stay are not printed.", 1870)

	b = open(t, htmlOf(t, bigPlan(t, 450), HTMLOptions{}))
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	printed("All 450 lines are printed. Values that stay are not printed.", 450)
	b.media(emulation.SetEmulatedMediaParams{Media: "print"})
	if got := ask[string](b, `getComputedStyle(document.querySelector(".filters")).display`); got != "none" {
		t.Errorf("the filters are printed as %s", got)
	}
	if got := ask[string](b, `getComputedStyle(document.querySelector("section.sign")).display`); got == "none" {
		t.Error("there is no place to sign")
	}
}

// In the dark there is light on dark, with enough contrast for text of any size.
func TestPageContrast(t *testing.T) {
	b := open(t, htmlOf(t, planOf(t, options(t), diff.Summary{Desired: 1284, Current: 1262, Same: 1257}, changes(false)), HTMLOptions{}))
	const least = `(() => {
		const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b };
		const parse = s => s.match(/[\d.]+/g).map(Number);
		const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c.slice(0, 3) } return [255, 255, 255] };
		let worst = 99, where = "";
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walker.nextNode()) {
			const e = walker.currentNode.parentElement;
			if (!walker.currentNode.textContent.trim() || /^(SCRIPT|NOSCRIPT|OPTION)$/.test(e.tagName) || !e.getClientRects().length) continue;
			const a = light(parse(getComputedStyle(e).color).slice(0, 3)), z = light(behind(e));
			const ratio = (Math.max(a, z) + .05) / (Math.min(a, z) + .05);
			if (ratio < worst) { worst = ratio; where = e.tagName + "." + e.className + " " + walker.currentNode.textContent.slice(0, 30) }
		}
		return {worst, where};
	})()`
	for _, scheme := range []string{"light", "dark"} {
		b.media(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		got := ask[struct {
			Worst float64
			Where string
		}](b, least)
		if got.Worst < 4.5 {
			t.Errorf("%s: a contrast of %.1f to 1 at %s, want at least 4.5", scheme, got.Worst, got.Where)
		}
	}
}
