package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// PlanOptions say how a plan is shown.
type PlanOptions struct {
	Colour bool
	Max    int    // operations of each kind of list to show; 0 for all
	File   string // of the plan, for the commands that come next
	Apply  bool   // the plan may be applied, and the last lines say how
	Quiet  bool   // numbers, limits and verdict alone: for logs, in which nobody is to be named
}

// symbols are the signs of the actions; a word always stands beside them.
func symbol(a plan.Action) string {
	switch a {
	case plan.Create:
		return "+"
	case plan.Update:
		return "~"
	case plan.End:
		return ">"
	case plan.Delete:
		return "-"
	case plan.Blocked:
		return "!"
	}
	return "="
}

func (p palette) action(a plan.Action, s string) string {
	switch a {
	case plan.Create:
		return p.green(s)
	case plan.Update, plan.End:
		return p.yellow(s)
	case plan.Delete, plan.Blocked:
		return p.red(s)
	}
	return p.dim(s)
}

// Plan prints a plan for a reviewer: where it leads, what it does in numbers, the operations one by one, what limits say of
// it, and the next command.
func Plan(w io.Writer, p *plan.Plan, o PlanOptions) error {
	v := planText{p: p, o: o, palette: palette(o.Colour), dates: newDates(&p.Header), reasons: commonReasons(p)}
	if o.Quiet {
		v.reasons = nil // one that all share may name the only one
	}
	return text(w, func(b *bufio.Writer) {
		v.where(b)
		v.counts(b)
		if !o.Quiet {
			v.whole(b)
			v.operations(b)
			v.others(b, plan.Blocked)
			v.others(b, plan.Untouched)
		}
		v.verdict(b)
		if !o.Quiet {
			v.next(b)
		}
	})
}

type planText struct {
	p       *plan.Plan
	o       PlanOptions
	palette palette
	dates   dates
	reasons map[plan.Action]string
}

// placeOf says which source of which tenant, as far as it is known.
func placeOf(s *schema.Source) (parts []string) {
	if s.Tenant.Org != "" {
		parts = append(parts, plain(s.Tenant.Org))
	}
	if s.Name != "" {
		parts = append(parts, fmt.Sprintf("%q", plain(s.Name)))
	}
	if s.ID != "" {
		parts = append(parts, "id "+plain(s.ID))
	}
	if s.SourceID != "" {
		parts = append(parts, "sourceId "+plain(s.SourceID))
	}
	return parts
}

func (v *planText) where(b *bufio.Writer) {
	h := &v.p.Header
	parts := placeOf(&h.Source)
	if back := takesBack(h); back != "" { // it has no list
		parts = append(parts, "takes back "+back)
	} else {
		parts = append(parts, number(h.Input.Rows)+" local")
	}
	remote := number(h.Read.Records) + " remote"
	switch {
	case h.Against != "":
		remote = fmt.Sprintf("%s in %s, which stands for the source", number(h.Read.Records), plain(h.Against))
	case !h.Read.At.IsZero() && h.Read.Calls > 0:
		remote += fmt.Sprintf(" (read %s, %s)", v.dates.clock(h.Read.At), count(h.Read.Calls, "call"))
	case !h.Read.At.IsZero():
		remote += fmt.Sprintf(" (read %s)", v.dates.clock(h.Read.At))
	}
	fmt.Fprintln(b, strings.Join(append(parts, remote), " · "))
	if h.Options.Scope != "" {
		fmt.Fprintf(b, "only %s: %s of the records\n", plain(h.Options.Scope), number(h.Read.InScope))
	}
	if s, far := asOf(h, v.dates); far {
		fmt.Fprintf(b, "%s %s\n", v.palette.yellow("warning:"), s)
	} else if s != "" {
		fmt.Fprintln(b, s)
	}
	if leftOutRows(v.p) > 0 {
		fmt.Fprintf(b, "rows with errors: %s\n", leftOut(v.p))
	}
	fmt.Fprintln(b)
}

func (v *planText) counts(b *bufio.Writer) {
	c := v.p.Trailer.Counts
	var fields []string
	for _, name := range fieldOrder(v.p.Header.Schema.Names, v.p.Trailer.Fields) {
		fields = append(fields, fmt.Sprintf("%s %s", plain(name), number(v.p.Trailer.Fields[name])))
	}
	for _, line := range []struct {
		action plan.Action
		n      int64
		note   string
	}{
		{plan.Create, c.Create, plain(v.reasons[plan.Create])},
		{plan.Update, c.Update, strings.Join(fields, " · ")},
		{plan.End, c.End, plain(v.reasons[plan.End])},
		{plan.Delete, c.Delete, plain(v.reasons[plan.Delete])},
		{"same", c.Same, ""},
		{plan.Untouched, c.Untouched, plain(v.reasons[plan.Untouched])},
		{plan.Blocked, c.Blocked, plain(v.reasons[plan.Blocked])},
	} {
		if line.n == 0 && line.action != "same" {
			continue
		}
		head := v.palette.action(line.action, fmt.Sprintf("%s %-9s", symbol(line.action), line.action))
		fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("%s %7s   %s", head, number(line.n), line.note), " "))
	}
	if c.Sent() == 0 {
		note := "nothing to do: the source is already as the list says"
		switch {
		case v.p.Trailer.Input.Rows == 0 && v.p.Header.Undoes == "":
			note = "nothing to do: the list has no rows"
		case c.Blocked > 0:
			note = "nothing to do until what is blocked is settled"
		case v.p.Header.Undoes != "":
			note = "nothing to do: the run changed nothing that is not back already"
		}
		fmt.Fprintf(b, "\n%s\n", note)
	}
	fmt.Fprintln(b)
}

// whole says what is wrong with the list as a whole, with how many rows are blocked for it.
func (v *planText) whole(b *bufio.Writer) {
	for _, w := range v.p.Trailer.Whole {
		g := findingGroup{first: w.Finding}
		g.add(&w.Finding, false)
		g.write(b, v.palette)
		if w.Rows > 0 {
			fmt.Fprintf(b, "%*s%s blocked for it%s\n", findingIndent, "", was(w.Rows, "row is", "rows are"), noneMissing(v.p, ";"))
		}
	}
	if len(v.p.Trailer.Whole) > 0 {
		fmt.Fprintln(b)
	}
}

// severalReasons stands in the counts where the accounts themselves have to say why.
const severalReasons = "for several reasons, see below"

// commonReasons are the reasons that all operations of one action share, where they do.
func commonReasons(p *plan.Plan) map[plan.Action]string {
	reasons := map[plan.Action]string{}
	said := int64(0)
	for _, w := range p.Trailer.Whole {
		said += w.Rows
	}
	if said > 0 && said < p.Trailer.Counts.Blocked {
		reasons[plan.Blocked] = severalReasons
	}
	for i := range p.Operations {
		op := &p.Operations[i]
		if was, seen := reasons[op.Action]; seen && was != op.Reason {
			reasons[op.Action] = severalReasons
		} else {
			reasons[op.Action] = op.Reason
		}
	}
	return reasons
}

// operations prints what is sent, in plan order.
func (v *planText) operations(b *bufio.Writer) {
	shown := 0
	for i := range v.p.Operations {
		op := &v.p.Operations[i]
		if !op.Action.Sent() {
			continue
		}
		if v.o.Max > 0 && shown == v.o.Max {
			break
		}
		shown++
		v.operation(b, op)
	}
	v.rest(b, v.p.Trailer.Counts.Sent()-int64(shown))
	if shown > 0 {
		fmt.Fprintln(b)
	}
}

func (v *planText) rest(b *bufio.Writer, n int64) {
	if n <= 0 {
		return
	}
	fmt.Fprintf(b, "  … and %s more: %s\n", number(n), v.command("show", ""))
}

func (v *planText) command(verb, flags string) string {
	file := v.o.File
	if file == "" || file == "-" {
		file = "PLAN"
	}
	return strings.TrimRight(fmt.Sprintf("nelm-reconcile %s %s %s", verb, Word(file), flags), " ")
}

func (v *planText) operation(b *bufio.Writer, op *plan.Operation) {
	fmt.Fprintf(b, "%s%s", v.palette.action(op.Action, symbol(op.Action)+" "+plain(op.AccountName)), rowOf(op))
	if op.Reason != "" && v.reasons[op.Action] == severalReasons {
		fmt.Fprintf(b, "   %s", plain(op.Reason))
	}
	fmt.Fprintln(b)
	width := 0
	for _, f := range op.Fields {
		width = max(width, len([]rune(f.Attribute)))
	}
	for _, f := range op.Fields {
		was, will := v.dates.pair(f)
		if op.Action == plan.Create {
			if f.Attribute != schema.AccountName {
				fmt.Fprintf(b, "    %-*s  %s\n", width, plain(f.Attribute), value(will))
			}
			continue
		}
		was, will = apart(was, will)
		fmt.Fprintf(b, "    %-*s  %s → %s\n", width, plain(f.Attribute), value(was), value(will))
	}
	if op.Action == plan.Delete {
		v.person(b, op)
	}
	for _, f := range op.Findings {
		fmt.Fprintf(b, "    %s %s: %s\n", f.Severity, f.Code, plain(f.Message))
	}
}

// person says who is deleted: the one action that cannot be taken back must not stand there as a bare account name.
func (v *planText) person(b *bufio.Writer, op *plan.Operation) {
	have := map[string]string{}
	for i, name := range v.p.Header.Managed {
		if i < len(op.Current) {
			have[name] = op.Current[i]
		}
	}
	who := strings.TrimSpace(have[schema.FirstName] + " " + have[schema.LastName])
	if end := have[schema.EndDate]; end != "" {
		who += ", contract until " + v.dates.one(schema.EndDate, end)
	}
	if who = strings.TrimPrefix(who, ", "); who != "" {
		fmt.Fprintf(b, "    %s\n", plain(who))
	}
}

func rowOf(op *plan.Operation) string {
	if op.Row == 0 {
		return ""
	}
	return fmt.Sprintf("   row %d", op.Row)
}

// others prints blocked or untouched accounts with their reasons; those whose reason the counts said already are not repeated.
func (v *planText) others(b *bufio.Writer, a plan.Action) {
	total := v.p.Trailer.Counts.Blocked
	for _, w := range v.p.Trailer.Whole {
		total -= w.Rows
	}
	if a == plan.Untouched {
		total = v.p.Trailer.Counts.Untouched
		if v.reasons[a] != severalReasons {
			return
		}
	}
	shown := 0
	for i := range v.p.Operations {
		op := &v.p.Operations[i]
		if op.Action != a || v.p.Trailer.WholeOf(op) != nil {
			continue
		}
		if v.o.Max > 0 && shown == v.o.Max {
			break
		}
		shown++
		name := plain(op.AccountName)
		if name == "" {
			name = "(no account name)"
		}
		fmt.Fprintf(b, "%s%s   %s\n", v.palette.action(a, symbol(a)+" "+name), rowOf(op), plain(op.Reason))
	}
	v.rest(b, total-int64(shown))
	if shown > 0 {
		fmt.Fprintln(b)
	}
}

// verdict prints limits, refusals, routes and the fingerprint.
func (v *planText) verdict(b *bufio.Writer) {
	t := &v.p.Trailer
	var limits []string
	for _, l := range t.Limits {
		if s := limitText(l); s != "" {
			if n := t.Counts.Removals - t.Counts.End - t.Counts.Delete; l.Name == "removals" && n > 0 {
				s += fmt.Sprintf(", with %s a contract", was(n, "update that ends", "updates that end"))
			}
			if !l.OK {
				s = v.palette.red(s)
			}
			limits = append(limits, s)
		}
	}
	if len(limits) > 0 {
		fmt.Fprintf(b, "limits   %s\n", strings.Join(limits, " · "))
	}
	if t.Counts.Sent() > 0 {
		fmt.Fprintf(b, "route    %s\n", routeText(t))
		for _, line := range routeReasons(t.Routes) {
			fmt.Fprintf(b, "         %s\n", plain(line))
		}
		if t.DeletesFirst {
			fmt.Fprintln(b, "         deletes go first: there is no room for the creates before")
		}
		fmt.Fprintln(b, "         what is left out of an upload is never removed by it")
	}
	for _, r := range t.Refusals {
		fmt.Fprintf(b, "%s  %s\n", v.palette.red("refused"), plain(r.Message))
	}
	if t.Safe {
		fmt.Fprintf(b, "plan     %s, good until the remote moves\n", v.palette.bold(t.Fingerprint))
		return
	}
	fmt.Fprintf(b, "hint     %s\n", plain(plan.Hint(t.Refusals)))
	fmt.Fprintf(b, "plan     %s, %s\n", v.palette.bold(t.Fingerprint), v.palette.red("unsafe: it will not be applied"))
}

// emptyAllowed reports whether a list without rows passes for one that is long enough, because somebody said so.
func emptyAllowed(l plan.LimitCheck) bool { return l.Name == "input" && l.OK && l.Bound > l.Got }

// limitText is one limit in words: removals 17 = 1.3% (max 5%) ok.
func limitText(l plan.LimitCheck) string {
	word := "ok"
	switch {
	case l.Allowed:
		word = "allowed by --allow-removals"
	case emptyAllowed(l):
		word = "allowed by --allow-empty"
	case !l.OK && l.Name == "input":
		word = "too few"
	case !l.OK:
		word = "too many"
	}
	switch {
	case l.Name == "capacity":
		return fmt.Sprintf("capacity %s / %s %s", number(l.Got), number(l.Bound), word)
	case l.Name == "input":
		return fmt.Sprintf("input %s = %s (min %s) %s", number(l.Got), percent(l.Got, l.Of), l.Limit, word)
	case l.OK && (l.Got == 0 || l.Bound < 0):
		return ""
	}
	return fmt.Sprintf("%s %s = %s (max %s) %s", l.Name, number(l.Got), percent(l.Got, l.Of), l.Limit, word)
}

func percent(n, of int64) string {
	if of == 0 {
		return "all"
	}
	return fmt.Sprintf("%.1f%%", float64(n)*100/float64(of))
}

// routeText is how the plan reaches the tenant: rows, patches, calls, and the time that the pace alone takes.
func routeText(t *plan.Trailer) string {
	var rows int64
	for _, rc := range t.Routes {
		if rc.Route == plan.Upload {
			rows += rc.Operations
		}
	}
	var parts []string
	if rows > 0 {
		parts = append(parts, count(rows, "row")+" in 1 bulk upload")
	}
	if n := t.Requests.Patches; n == 1 {
		parts = append(parts, "1 patch")
	} else if n > 1 {
		parts = append(parts, number(n)+" patches")
	}
	if n := t.Requests.Deletes; n > 0 {
		parts = append(parts, count(n, "bulk delete"))
	}
	if n := t.Requests.Uploads; n > 1 {
		parts[0] += fmt.Sprintf(" and %s at its job", count(n-1, "look"))
	}
	parts = append(parts, count(t.Requests.Reads, "read"))
	if n := t.Requests.Other; n > 0 {
		parts = append(parts, number(n)+" for token, source and schema")
	}
	s := strings.Join(parts, " · ")
	if t.Requests.Seconds == 0 {
		return s + fmt.Sprintf(": %s, within one window of the service's pace", count(t.Requests.Total, "request"))
	}
	return s + fmt.Sprintf(": %s, at least %s at the service's pace", count(t.Requests.Total, "request"), duration(t.Requests.Seconds))
}

// routeReasons says for each route why it was taken; classes that share route and reason share a line.
func routeReasons(routes []plan.RouteCount) []string {
	var lines []string
	for i, rc := range routes {
		same := func(o plan.RouteCount) bool { return o.Route == rc.Route && o.Reason == rc.Reason }
		if slices.ContainsFunc(routes[:i], same) {
			continue
		}
		var classes []string
		for _, o := range routes[i:] {
			if same(o) {
				classes = append(classes, string(o.Class))
			}
		}
		lines = append(lines, fmt.Sprintf("%s by %s: %s", strings.Join(classes, " and "), routeName(rc.Route), rc.Reason))
	}
	return lines
}

// routeName is a route in the words of the service.
func routeName(r plan.Route) string {
	switch r {
	case plan.Upload:
		return "bulk upload"
	case plan.BulkDelete:
		return "bulk delete"
	}
	return string(r)
}

func duration(seconds int64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 7200:
		return fmt.Sprintf("%d min", (seconds+30)/60)
	}
	return fmt.Sprintf("%.1f h", float64(seconds)/3600)
}

func (v *planText) next(b *bufio.Writer) {
	if v.p.Trailer.Counts.Operations() == 0 {
		return
	}
	fmt.Fprintf(b, "\nReview:  %s\n", v.command("show", "--format html -o review.html"))
	if v.o.Apply && v.p.Trailer.Counts.Sent() > 0 {
		with := "--expect " + v.p.Trailer.Fingerprint
		if v.p.Header.Source.SourceID == "" { // made without a tenant
			with = "--source NAME " + with
		}
		fmt.Fprintf(b, "Apply:   %s\n", v.command("apply", with))
	}
}

// PlanJSON writes a whole plan as one document: the header's fields, the operations with their routes, the trailer.
func PlanJSON(w io.Writer, p *plan.Plan) error {
	type operation struct {
		plan.Operation
		Route plan.Route `json:"route"`
	}
	ops := make([]operation, len(p.Operations))
	for i, op := range p.Operations {
		ops[i] = operation{op, op.Route}
	}
	return document(w, struct {
		FormatVersion string       `json:"format_version"`
		Kind          string       `json:"kind"`
		Header        plan.Header  `json:"header"`
		Operations    []operation  `json:"operations"`
		Trailer       plan.Trailer `json:"trailer"`
	}{FormatVersion, "plan", p.Header, ops, p.Trailer})
}
