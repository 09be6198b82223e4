package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/nelm-reconcile/nelm-reconcile/pkg/plan"
	"github.com/nelm-reconcile/nelm-reconcile/pkg/schema"
)

// sentences say what a plan does to whom, for somebody who reads nothing else.
func sentences(p *plan.Plan) []string {
	c := p.Trailer.Counts
	var does []string
	for _, x := range []struct {
		n    int64
		verb string
	}{{c.Create, "create"}, {c.Update, "change"}, {c.End, "end"}, {c.Delete, "delete"}} {
		if x.n > 0 {
			does = append(does, x.verb+" "+count(x.n, "account"))
		}
	}
	would := "If it is approved, this plan will "
	if !p.Trailer.Safe {
		would = "It would "
	}
	var out []string
	if len(does) == 0 {
		out = append(out, "This plan changes nothing in the tenant.")
	} else {
		out = append(out, would+and(does)+".")
	}
	if p.Header.Undoes != "" {
		out = append(out, fmt.Sprintf("It takes back %s.", takesBack(&p.Header)))
	}
	if n := c.Removals - c.End - c.Delete; n > 0 {
		out = append(out, fmt.Sprintf("%s a contract: the limit on removals counts %s with the accounts that are ended or deleted.", was(n, "of the updates ends", "of the updates end"), verb(n, "it", "them")))
	}
	for _, l := range p.Trailer.Limits {
		if l.Allowed {
			out = append(out, fmt.Sprintf("It is over the limit on %s, %s of at most %s, and was allowed by exactly this number.", plain(l.Name), number(l.Got), number(l.Bound)))
		}
	}
	if c.Delete > 0 {
		out = append(out, "Deleting is for good: a record that is made again has a new id and none of the old approvals or access.")
	}
	if c.Blocked > 0 {
		out = append(out, fmt.Sprintf("%s blocked, and nothing happens to %s.", was(c.Blocked, "line is", "lines are"), verb(c.Blocked, "it", "them")))
	}
	var rest []string
	if c.Same > 0 {
		rest = append(rest, was(c.Same, "account is", "accounts are")+" already as the list says")
	}
	if c.Untouched > 0 {
		rest = append(rest, was(c.Untouched, "is", "are")+" left alone for a reason that is given below")
	}
	if len(rest) > 0 {
		out = append(out, and(rest)+".")
	}
	out[len(out)-1] += " Nobody else is touched."
	return out
}

// noneMissing says that nobody counts as missing because of blocked rows, unless the plan has people who do.
func noneMissing(p *plan.Plan, and string) string {
	if p.Trailer.Counts.End+p.Trailer.Counts.Delete > 0 {
		return ""
	}
	return and + " nobody counts as missing"
}

// wholeSentences say what is wrong with the list as a whole, which its lines are not needed for.
func wholeSentences(p *plan.Plan) []string {
	var out []string
	for _, w := range p.Trailer.Whole {
		s := wholeSentence(w.Finding)
		if w.Rows > 0 {
			s += fmt.Sprintf(" %s blocked for it%s.", was(w.Rows, "row is", "rows are"), noneMissing(p, ", and"))
		}
		out = append(out, s)
	}
	return out
}

func was(n int64, one, many string) string { return number(n) + " " + verb(n, one, many) }

func verb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func and(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// takesBack is what a plan of undo reverses; empty for any other.
func takesBack(h *plan.Header) string {
	switch {
	case h.UndoesRun != "":
		return "run " + plain(h.UndoesRun)
	case h.Undoes != "":
		return "plan " + plain(h.Undoes)
	}
	return ""
}

// legend says how the values on the page are to be read.
func legend(h *plan.Header, o HTMLOptions) string {
	zone := h.Options.Zone
	if zone == "" {
		zone = "UTC"
	}
	s := fmt.Sprintf("Days are those of %s: a start is its first second, an end its last.", plain(zone))
	if !o.ShowPII {
		s += " What changes is shown in full; personal data that stays is masked (•••) and not in this file."
	}
	return s
}

// today is the day that counted as today, where it is not the day on which the plan was made; far tells whether more than a day lies
// between the two.
func (d dates) today(h *plan.Header) (day string, far bool) {
	if h.Options.AsOf.IsZero() {
		return "", false
	}
	asOf, made := h.Options.AsOf.In(d.zone), h.Created.In(d.zone)
	if day = asOf.Format(time.DateOnly); day == made.Format(time.DateOnly) {
		return "", false
	}
	next, last := made.AddDate(0, 0, 1).Format(time.DateOnly), made.AddDate(0, 0, -1).Format(time.DateOnly)
	return day, day != next && day != last
}

// asOf says which day counted as today, where it is not the day on which the plan was made.
func asOf(h *plan.Header, d dates) (sentence string, far bool) {
	day, far := d.today(h)
	if day == "" {
		return "", false
	}
	return fmt.Sprintf("%s counted as today (--as-of); the plan was made on %s", day, h.Created.In(d.zone).Format(time.DateOnly)), far
}

// farToday is the warning about a plan that was made as of another time.
func farToday(h *plan.Header, d dates) string {
	if s, far := asOf(h, d); far {
		return s + ": what ends and who is gone was judged by that day."
	}
	return ""
}

// leftOutRows are the rows with errors of a plan that was made in spite of them. Those that a fault of the whole list blocks are not
// among them: it refuses the plan.
func leftOutRows(p *plan.Plan) int64 {
	if !p.Header.Options.SkipInvalid {
		return 0
	}
	n := p.Trailer.Counts.Invalid
	for _, w := range p.Trailer.Whole {
		if w.Finding.Code == schema.CodeColumnSwapped {
			n -= w.Rows
		}
	}
	return n
}

// leftOut says what happened to the rows with errors; nothing of a plan that they stop.
func leftOut(p *plan.Plan) string {
	switch n := leftOutRows(p); {
	case !p.Header.Options.SkipInvalid:
		return ""
	case n == 0:
		return "would be left out (--skip-invalid); there are none"
	default:
		return number(n) + " left out on purpose (--skip-invalid)"
	}
}

// made are the facts about how a plan came to be.
func made(p *plan.Plan, d dates) []fact {
	h := &p.Header
	missing := map[plan.OnMissing]string{
		plan.KeepMissing: "are kept", plan.EndMissing: "end on " + d.one(schema.EndDate, h.Options.EndDate.Format(rfc3339)), plan.DeleteMissing: "are deleted",
	}[h.Options.OnMissing]
	if h.Options.DeleteAfter != "" {
		missing += ", if they ended at least " + h.Options.DeleteAfter + " ago"
	}
	who := "an application's token"
	switch {
	case h.Against != "":
		who = ""
	case h.Access.User && h.Access.Admin:
		who = strings.TrimSpace(h.Access.UserName + " (an administrator's token)")
	case h.Access.User:
		who = strings.TrimSpace(h.Access.UserName + " (a token that may only move end dates)")
	}
	remote := number(h.Read.Records) + " records"
	if !h.Read.At.IsZero() {
		remote += ", read " + d.minute(h.Read.At)
	}
	if h.Against != "" {
		remote = number(h.Read.Records) + " records of " + h.Against + ", which stands for the tenant"
	}
	today, _ := asOf(h, d)
	blank := map[string]string{"keep": "leaves the value as it is", "clear": "empties the value"}[h.Options.Blank]
	list := facts(
		fact{"List", fmt.Sprintf("%s, %s", h.Input.File, count(h.Input.Rows, "row"))},
		fact{"SHA-256 of the list", h.Input.SHA256},
		fact{"Read as", h.Input.Dialect},
	)
	if h.Undoes != "" { // it has no list
		list, missing, blank = nil, "", ""
	}
	return append(list, facts(
		fact{"Compared with", remote},
		fact{"Managed attributes", strings.Join(h.Managed, ", ")},
		fact{"Accounts that the list lacks", missing},
		fact{"A blank cell", blank},
		fact{"Rows with errors", leftOut(p)},
		fact{"Scope", h.Options.Scope},
		fact{"Time zone", h.Options.Zone},
		fact{"Today", today},
		fact{"Planned by", who},
		fact{"Takes back run", h.UndoesRun},
		fact{"Takes back plan", h.Undoes},
		fact{"Plan", h.ID},
		fact{"Schema", h.Schema.Fingerprint},
		fact{"Program", h.Tool},
	)...)
}
